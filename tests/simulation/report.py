"""What the simulation tells a person: figures when all is well, a timeline when not."""

from collections import Counter
from collections.abc import Iterator

from tests.simulation.play import Outcome


def figures(totals: Counter[str]) -> str:
    """Return the figures of many histories as a table."""
    width = max((len(f"{count:,}") for count in totals.values()), default=0)
    return "\n".join(f"  {totals[name]:>{width},}  {name}" for name in _ordered(totals))


def speed(totals: Counter[str]) -> float:
    """Return how many histories a second of CPU time was enough for."""
    return 1000 * totals["histories"] / max(totals["CPU milliseconds"], 1)


def timeline(outcome: Outcome) -> str:
    """Return how a history went and which promises it broke."""
    history = outcome.history
    what = f"{len(history.steps)} steps and {len(history.faults or {})} faults"
    return "\n".join(
        [
            f"Seed {history.seed} breaks a promise. Of its history, {what} are enough:",
            "",
            *(f"  {line}" for line in outcome.timeline),
            "",
            *(f"  BROKEN: {promise}" for promise in outcome.broken),
            "",
            f"Play all of it again: make simulate SEED={history.seed}",
        ]
    )


def _ordered(totals: Counter[str]) -> Iterator[str]:
    plain = [name for name in totals if not name.startswith("fault: ")]
    faults = sorted(name for name in totals if name.startswith("fault: "))
    yield from plain
    yield from faults
