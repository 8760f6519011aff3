"""The events of a bus: the entries of PutEvents that they are made from, and their archive."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.local.aws.eventbridge_patterns import matches
from infra.local.engine import arns
from infra.local.engine.sdk import Parameters

MAX_ENTRIES: Final = 10
MAX_REQUEST_BYTES: Final = 1024 * 1024
"""The size that all entries of one PutEvents may have together."""


def error_in_all(entries: Sequence[Parameters]) -> str | None:
    """Return why a call with these entries is refused as a whole, None if it is accepted."""
    if not 1 <= len(entries) <= MAX_ENTRIES:
        return f"Entries holds 1 to {MAX_ENTRIES} entries."
    if sum(_size(entry) for entry in entries) > MAX_REQUEST_BYTES:
        return f"The entries have more than {MAX_REQUEST_BYTES} bytes together."
    return None


def bus_name(entry: Parameters) -> str:
    """Return the name of the bus that an entry is for."""
    name = str(entry.get("EventBusName") or "default")
    return arns.parse(name).name if name.startswith("arn:") else name


def time_of(entry: Parameters, now: datetime) -> datetime:
    """Return the time that an entry gives to its event, which is ``now`` if it says nothing."""
    time: datetime = entry.get("Time", now)
    return time.astimezone(UTC)


def _size(entry: Parameters) -> int:
    """Return the size of an entry as AWS counts it ("Calculating … event entry size")."""
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources", ())
    return (14 if "Time" in entry else 0) + sum(len(str(text).encode()) for text in texts)


def error_in(entry: Parameters) -> tuple[str, str] | None:
    """Return the error code and message of an entry that is refused, None if it is accepted."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: it is required."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return "MalformedDetail", "Detail is malformed."
    if not isinstance(detail, dict):
        return "MalformedDetail", "Detail is not a JSON object."
    return None


@dataclass
class Archive:
    """Keeps the events of a bus that match a pattern, for ``retention``."""

    bus: str
    pattern: Mapping[str, Any]
    retention: timedelta
    _events: deque[tuple[datetime, Mapping[str, Any]]] = field(default_factory=deque)

    def keep(self, event: Mapping[str, Any], now: datetime) -> None:
        """Keep an event that came over the bus at ``now``, unless a replay brought it."""
        self._expire(now)
        if "replay-name" not in event and matches(self.pattern, event):
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
        # The clock moves forward only, so what came first expires first.
        while self._events and self._events[0][0] <= now - self.retention:
            self._events.popleft()
