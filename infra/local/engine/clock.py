"""The one clock of the local cloud: the app, moto and the engine all read it."""

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from freezegun import freeze_time


class Clock:
    """A clock that can be moved forward, either running in between or standing still.

    While it is entered it replaces the process's time: ``time.time()`` and ``datetime.now()``
    give what it shows, in every thread.
    """

    def __init__(self, start: datetime | None = None, *, running: bool = False) -> None:
        """Set the clock to ``start`` (aware; now if None); ``running`` makes it tick."""
        self._start = start
        self.running = running
        self._freezer: Any = None
        self._frozen: Any = None

    def __enter__(self) -> Self:
        self._freezer = freeze_time(self._start or datetime.now(UTC), tick=self.running)
        self._frozen = self._freezer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._freezer.stop()

    def now(self) -> datetime:
        """Return the current time (UTC)."""
        return datetime.now(UTC)

    def advance(self, delta: timedelta) -> None:
        """Move the clock forward by ``delta``."""
        # Not freezegun's tick(): it forgets the time that a running clock ran since its start.
        self._frozen.move_to(self.now() + delta)

    def advance_to(self, moment: datetime) -> None:
        """Move the clock forward to ``moment``; one that has passed is left alone."""
        if moment > self.now():
            self._frozen.move_to(moment)
