"""When a one-time schedule fires: ``at(...)`` as EventBridge Scheduler reads it."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", re.ASCII)


def due_at(expression: str, timezone: str) -> datetime:
    """Return when a schedule is due (UTC).

    Raises:
        ValueError: the local cloud knows no such expression, or the time zone is unknown.
    """
    parsed = _AT.fullmatch(expression)
    if parsed is None:
        raise ValueError(f"the local cloud knows at(yyyy-mm-ddThh:mm:ss) only, not {expression!r}")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone has the name {timezone!r}") from error
    return datetime.fromisoformat(parsed[1]).replace(tzinfo=zone).astimezone(UTC)
