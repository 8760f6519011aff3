"""The clock of the local cloud, which only the engine and the app read."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that can be moved forward, either running in between or standing still."""

    def __init__(self, start: datetime | None = None, *, running: bool = False) -> None:
        """Set the clock to ``start`` (UTC; by default now); ``running`` makes it tick."""
        self.running = running
        self._set_to = start or datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        """Return the current time (UTC)."""
        shown, since = self._set_to
        return shown + timedelta(seconds=time.monotonic() - since) if self.running else shown

    def advance_to(self, moment: datetime) -> None:
        """Move the clock forward to ``moment``; one that has passed changes nothing."""
        if moment > self.now():
            self._set_to = moment, time.monotonic()


def iso(time: datetime) -> str:
    """Return a time (UTC) in ISO 8601, to the millisecond."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
