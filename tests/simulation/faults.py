"""What goes wrong, where and when: drawn while a history is played, or given in advance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final, NamedTuple

from tests.support.branches import Branches
from tests.support.seconds import DAY


class Kind(StrEnum):
    """What can happen to a call to AWS or, the last three, to a delivery."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    STALLED_BEFORE = "stalled before"
    STALLED_AFTER = "stalled after"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    REQUEST_LOST = "timed out, undone"
    ANSWER_LOST = "timed out, done"
    ENTRIES_REFUSED = "entries refused"
    DUPLICATED = "duplicated"
    LATE = "late"
    DUPLICATED_LATE = "duplicated, late"


ON_CALLS: Final = tuple(Kind)[:9]
ON_DELIVERIES: Final = tuple(Kind)[9:]


class Site(NamedTuple):
    """The ``number``-th time (from 1) that something passes a place."""

    place: str
    number: int


@dataclass(frozen=True)
class Fault:
    """What happens; ``amount`` is seconds, or how many times in a row."""

    kind: Kind
    amount: float = 1.0

    def __str__(self) -> str:
        if self.kind in _IN_SECONDS:
            return f"{self.kind} by {self.amount:.0f} s"
        return f"{self.kind}, {self.amount:.0f} times" if self.kind in _IN_TIMES else self.kind


_IN_SECONDS = frozenset(
    {Kind.STALLED_BEFORE, Kind.STALLED_AFTER, *ON_DELIVERIES},
)
_IN_TIMES = frozenset(ON_CALLS) - _IN_SECONDS - {Kind.KILLED_BEFORE, Kind.KILLED_AFTER}


class Weather:
    """Decides at each site whether something goes wrong, and remembers what did."""

    def __init__(
        self,
        random: Random,
        rates: Mapping[Kind, float],
        given: Mapping[Site, Fault] | None = None,
        branches: Branches[Site, Fault, Any] | None = None,
    ) -> None:
        """Draw faults at these rates (each kind's own probability), or make those ``given``.

        Of ``branches`` each has another fault.
        """
        self._random = random
        self._rates = rates
        self._given = given
        self._branches = branches
        self.passed: Counter[str] = Counter()
        self.struck: dict[Site, Fault] = {}
        self.calm = False

    def at(self, place: str, kinds: Sequence[Kind]) -> Fault | None:
        """Return what goes wrong this time, of these kinds, if anything does."""
        if self.calm:
            return None
        self.passed[place] += 1
        site = Site(place, self.passed[place])
        fault = self._drawn(kinds) if self._given is None else self._given.get(site)
        fault = (self._branches and self._branches.at(site)) or fault
        if fault is not None:
            self.struck[site] = fault
        return fault

    def _drawn(self, kinds: Sequence[Kind]) -> Fault | None:
        for kind in kinds:
            if self._random.random() < self._rates.get(kind, 0):
                return Fault(kind, _amount(kind, self._random))
        return None


def _amount(kind: Kind, random: Random) -> float:
    if kind in _IN_TIMES:
        return random.choice((1, 2, 3, 3, 5))
    if kind in {Kind.STALLED_BEFORE, Kind.STALLED_AFTER}:
        return random.uniform(1, 25)
    if kind is Kind.DUPLICATED:
        return random.uniform(0, 20)
    if kind in ON_DELIVERIES:
        return random.choice((5, 60, 3_600, DAY)) * random.random()
    return 1
