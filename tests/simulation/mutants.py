"""``python -m tests.simulation.mutants``: is a bug noticed when there is one?"""

import multiprocessing
import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from typing import Final, NamedTuple

import click

from tests.simulation.history import history_of
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.runner import play_seed
from tests.simulation.under_test import noticing

SEEDS: Final = 200
_UNFIT: Final = re.compile(r" raised (TypeError|AttributeError|NameError|ImportError)\(")


class Verdict(NamedTuple):
    """What noticed a bug, a seed or a file of tests, and by which promise; None if nothing did."""

    name: str
    noticed_by: str | None
    promise: str = ""


def judge(number: int) -> Verdict:
    """Play histories with a bug in the code until one breaks a promise, or run its tests.

    Raises:
        RuntimeError: a history or test fails without the bug, too, or the bug does not fit the
            code any more and fails by itself, so it proves nothing.
    """
    mutation = MUTATIONS[number]
    if mutation.tests:
        return Verdict(mutation.name, noticing(mutation.patch, mutation.tests))
    for seed in _seeds_for(mutation):
        with mutation.patch():
            broken = play_seed(seed).broken
        if broken and not _is_sound(seed):
            raise RuntimeError(f"Seed {seed} breaks a promise without any bug.")
        if broken and _UNFIT.search(broken[0]):
            raise RuntimeError(f"“{mutation.name}” does not fit the code any more: {broken[0]}")
        if broken:
            return Verdict(mutation.name, f"seed {seed}", broken[0])
    return Verdict(mutation.name, None)


@cache
def _is_sound(seed: int) -> bool:
    """Tell whether the history of a seed keeps all promises, with no bug in the code."""
    return not play_seed(seed).broken


def _seeds_for(mutation: Mutation) -> list[int]:
    """Return all seeds, those of the histories that may show a bug first."""
    return sorted(range(SEEDS), key=lambda seed: not mutation.needs(history_of(seed)))


def verdicts(numbers: Sequence[int]) -> Iterator[Verdict]:
    """Judge mutations, on all processors, in the order in which that is done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        judging = [pool.submit(judge, number) for number in numbers]
        for judged in as_completed(judging):
            yield judged.result()


@click.command()
@click.option("--only-tests", is_flag=True, help="Leave out the bugs that histories notice.")
def main(*, only_tests: bool) -> None:
    """Show which deliberate bugs the simulation and the tests notice, and by what."""
    numbers = [n for n, each in enumerate(MUTATIONS) if each.tests or not only_tests]
    missed = 0
    click.echo(f"Looking for {len(numbers)} deliberate bugs, in {SEEDS} histories or by tests:")
    for number, verdict in enumerate(verdicts(numbers), 1):
        missed += verdict.noticed_by is None
        noticed_by = verdict.noticed_by or "MISSED"
        click.echo(f"{number:>3}/{len(numbers)} {noticed_by:>8}  {verdict.name}")
        if verdict.promise:
            click.echo(f"{'':15}    {verdict.promise[:110]}")
    click.echo(f"{len(numbers) - missed} of {len(numbers)} bugs noticed.")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
