"""The clocks of the functions: each is off by an amount of its own, which changes now and then."""

from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from chalicelib.domain.ids import MAX_CLOCK_SKEW

MAX_OFF: Final = MAX_CLOCK_SKEW / 2
"""How far a clock is from the right time at most, so that no two differ by more than is assumed."""

_SET_EVERY: Final = timedelta(hours=5)


class Clocks:
    """Tells how far the clock of each function is from the right time, at any time.

    A clock is set every few hours, forward or back, so that a function may see the same moment
    twice.
    """

    def __init__(self, seed: str, off_by: timedelta) -> None:
        """Draw from ``seed`` clocks that are off by ``off_by`` at most."""
        self._seed = seed
        self._off_by = off_by

    def error_of(self, function: str, now: datetime) -> timedelta:
        """Return how far the clock of a function is ahead at ``now``; negative if it is behind."""
        if not self._off_by:
            return timedelta()
        times_set = int(now.timestamp() // _SET_EVERY.total_seconds())
        return self._off_by * _share(f"{self._seed}/{function}/{times_set}")


@lru_cache
def _share(seed: str) -> float:
    """Draw what a clock is off by, from the one limit (-1) to the other (1)."""
    return Random(seed).uniform(-1, 1)
