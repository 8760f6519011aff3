"""``python -m tests.simulation``: play random histories, or one of them again."""

import sys
from collections import Counter

import click

from tests.simulation import report
from tests.simulation.play import Outcome
from tests.simulation.runner import play_seed, play_seeds, simplest

PROGRESS_EVERY = 100
IS_TERMINAL = sys.stdout.isatty()


@click.command()
@click.option("--seeds", default=200, show_default=True, help="How many histories to play.")
@click.option("--first", default=0, show_default=True, help="The seed to begin with.")
@click.option("--seed", type=int, help="Play only the history of this seed, and print all of it.")
def main(seeds: int, first: int, seed: int | None) -> None:
    """Play random histories, each against the promises that the system makes."""
    sys.exit(_play_one(seed) if seed is not None else _play_many(range(first, first + seeds)))


def _play_one(seed: int) -> int:
    outcome = play_seed(seed)
    for line in outcome.timeline:
        click.echo(str(line))
    click.echo(report.figures(outcome.figures))
    return _explain(outcome) if outcome.broken else 0


def _play_many(seeds: range) -> int:
    totals = Counter[str]()
    broken: Outcome | None = None
    label = f"Playing {len(seeds):,} histories"
    with click.progressbar(play_seeds(seeds), len(seeds), label, show_pos=True) as outcomes:
        for outcome in outcomes:
            totals.update(outcome.figures)
            if outcome.broken:
                broken = outcome
                break
            if not IS_TERMINAL and totals["histories"] % PROGRESS_EVERY == 0:
                click.echo(f"{totals['histories']:,} of {len(seeds):,} histories")
    if broken is not None:
        return _explain(broken)
    click.echo(report.figures(totals))
    click.echo("No promise was broken.")
    return 0


def _explain(outcome: Outcome) -> int:
    click.echo(f"Seed {outcome.history.seed}: {outcome.broken[0]}\nShrinking its history …")
    click.echo(report.timeline(simplest(outcome)))
    return 1


if __name__ == "__main__":
    main()
