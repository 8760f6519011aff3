"""``python -m tests.simulation``: play random histories, or one of them again."""

import json
import sys
from collections import Counter
from pathlib import Path

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
@click.option("--log", type=Path, help="Keep the figures of each history here; play only others.")
def main(seeds: int, first: int, seed: int | None, log: Path | None) -> None:
    """Play random histories, each against the promises that the system makes."""
    if seed is not None:
        sys.exit(_play_one(seed))
    sys.exit(_play_many(range(first, first + seeds), log))


def _play_one(seed: int) -> int:
    outcome = play_seed(seed)
    for line in outcome.timeline:
        click.echo(str(line))
    click.echo(report.figures(outcome.figures))
    return _explain(outcome) if outcome.broken else 0


def _play_many(seeds: range, log: Path | None) -> int:
    played = _figures_in(log, seeds)
    totals = sum(played.values(), Counter[str]())
    left = [seed for seed in seeds if seed not in played]
    broken: Outcome | None = None
    label = f"Playing {len(left):,} histories"
    with click.progressbar(play_seeds(left), len(left), label, show_pos=True) as outcomes:
        for outcome in outcomes:
            if outcome.broken:
                broken = outcome
                break
            totals.update(outcome.figures)
            _keep(log, outcome)
            if not IS_TERMINAL and totals["histories"] % PROGRESS_EVERY == 0:
                click.echo(f"{totals['histories']:,} of {len(seeds):,} histories")
    if broken is not None:
        return _explain(broken)
    click.echo(report.figures(totals))
    click.echo(f"{report.speed(totals):.1f} histories a CPU second. No promise was broken.")
    return 0


def _figures_in(log: Path | None, seeds: range) -> dict[int, Counter[str]]:
    """Return the figures of the histories that were played before, by their seeds."""
    if log is None or not log.exists():
        return {}
    lines = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    return {line["seed"]: Counter(line["figures"]) for line in lines if line["seed"] in seeds}


def _keep(log: Path | None, outcome: Outcome) -> None:
    if log is not None:
        line = json.dumps({"seed": outcome.history.seed, "figures": outcome.figures})
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _explain(outcome: Outcome) -> int:
    click.echo(f"Seed {outcome.history.seed}: {outcome.broken[0]}\nShrinking its history …")
    click.echo(report.timeline(simplest(outcome)))
    return 1


if __name__ == "__main__":
    main()
