"""``python -m tests.simulation.mutants``: does the simulation notice a bug when there is one?"""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from typing import Final, NamedTuple

import click

from tests.simulation.history import history_of
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.runner import play_seed

SEEDS: Final = 200


class Verdict(NamedTuple):
    """Which history noticed a bug, by which promise; ``seed`` is None if none of them did."""

    name: str
    seed: int | None
    promise: str


def judge(number: int) -> Verdict:
    """Play histories with a bug in the code until one breaks a promise.

    Raises:
        RuntimeError: that history breaks a promise without the bug, too, so it proves nothing.
    """
    mutation = MUTATIONS[number]
    for seed in _seeds_for(mutation):
        with mutation.patch():
            broken = play_seed(seed).broken
        if broken and not _is_sound(seed):
            raise RuntimeError(f"Seed {seed} breaks a promise without any bug.")
        if broken:
            return Verdict(mutation.name, seed, broken[0])
    return Verdict(mutation.name, None, "")


@cache
def _is_sound(seed: int) -> bool:
    """Tell whether the history of a seed keeps all promises, with no bug in the code."""
    return not play_seed(seed).broken


def _seeds_for(mutation: Mutation) -> list[int]:
    """Return all seeds, those of the histories that may show a bug first."""
    return sorted(range(SEEDS), key=lambda seed: not mutation.needs(history_of(seed)))


def verdicts() -> Iterator[Verdict]:
    """Judge every mutation, on all processors, in the order in which that is done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        judging = [pool.submit(judge, number) for number in range(len(MUTATIONS))]
        for judged in as_completed(judging):
            yield judged.result()


@click.command()
def main() -> None:
    """Show which deliberate bugs the simulation notices, and by what."""
    missed = 0
    click.echo(f"Looking for {len(MUTATIONS)} deliberate bugs in {SEEDS} histories each:")
    for number, verdict in enumerate(verdicts(), 1):
        missed += verdict.seed is None
        seed = "MISSED" if verdict.seed is None else f"seed {verdict.seed}"
        click.echo(f"{number:>3}/{len(MUTATIONS)} {seed:>8}  {verdict.name}")
        if verdict.promise:
            click.echo(f"{'':15}    {verdict.promise[:110]}")
    noticed = len(MUTATIONS) - missed
    click.echo(f"{noticed} of {len(MUTATIONS)} bugs noticed, within {SEEDS} histories each.")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
