"""The archive of an event bus, from which events can be replayed."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.aws.eventbridge_patterns import matches


@dataclass
class Archive:
    """Keeps the events of a bus that match a pattern, for ``retention`` (None: for ever)."""

    name: str
    bus: str
    pattern: Mapping[str, Any] | None = None
    retention: timedelta | None = None
    _events: deque[tuple[datetime, Mapping[str, Any]]] = field(default_factory=deque)

    def keep(self, event: Mapping[str, Any], now: datetime) -> None:
        """Keep an event that came over the bus at ``now``, unless a replay brought it."""
        self._expire(now)
        if "replay-name" in event:
            return
        if self.pattern is None or matches(self.pattern, event):
            self._events.append((now, event))

    def between(self, since: datetime, until: datetime, now: datetime) -> list[Mapping[str, Any]]:
        """Return the events whose ``time`` is from ``since`` until before ``until``."""
        self._expire(now)
        return [
            event
            for _, event in self._events
            if since <= datetime.fromisoformat(event["time"]) < until
        ]

    def _expire(self, now: datetime) -> None:
        if self.retention is not None:
            kept = now - self.retention
            # The clock moves forward only, so what came first expires first.
            while self._events and self._events[0][0] <= kept:
                self._events.popleft()
