"""A clock that stands still for the application, until a test moves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from unittest import mock

from chalicelib import clock
from chalicelib.domain.ids import EPOCH

_MICROSECOND: Final = timedelta(microseconds=1)


class StandingClock:
    """Shows one time (UTC)."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def nanoseconds(self) -> int:
        """Return the nanoseconds since 1970, as ``chalicelib.clock.read`` does."""
        return (self._at - EPOCH) // _MICROSECOND * 1_000

    def move_to(self, at: datetime) -> None:
        """Show another time, be it later or earlier."""
        self._at = at

    def tick(self, delta: timedelta) -> None:
        """Show a time that is later by ``delta``."""
        self._at += delta


@contextmanager
def standing_clock(at: datetime) -> Iterator[StandingClock]:
    """Stop the application's clock at a time (UTC).

    It is the application's alone, and takes next to nothing: freezegun changes every module that
    knows a function of ``time``.
    """
    standing = StandingClock(at)
    with mock.patch.object(clock, "read", standing.nanoseconds):
        yield standing
