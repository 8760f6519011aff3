"""When a schedule fires next: at(), rate() and cron() as EventBridge Scheduler reads them.

Source: "Schedule types in EventBridge Scheduler". Recurring local times that daylight saving
skips do not fire, and those that it repeats fire once, the first time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.local import cron

_EXPRESSION: Final = re.compile(r"(at|rate|cron)\((.*)\)", re.ASCII)
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_RATE: Final = re.compile(r"([1-9]\d*) (minute|hour|day)s?", re.ASCII)


def next_fire(expression: str, timezone: str, after: datetime, start: datetime) -> datetime | None:
    """Return the first time strictly later than ``after`` that a schedule fires, or None.

    All instants are aware; the answer is in UTC. ``timezone`` is an IANA name, and what at() and
    cron() are written in. ``start`` is the schedule's StartDate, or else when it was created: a
    rate is counted from it, its first time included; cron does not fire before it; at() does not
    ask for it.

    Raises:
        ValueError: the expression is malformed or the time zone unknown.
    """
    parsed = _EXPRESSION.fullmatch(expression)
    if parsed is None:
        raise ValueError(f"not at(...), rate(...) or cron(...): {expression!r}")
    kind, argument = parsed.groups()
    return _KINDS[kind](argument, _zone(timezone), after.astimezone(UTC), start.astimezone(UTC))


def _at(argument: str, zone: ZoneInfo, after: datetime, _start: datetime) -> datetime | None:
    if not _AT.fullmatch(argument):
        raise ValueError(f"at() takes yyyy-mm-ddThh:mm:ss, without a zone: {argument!r}")
    # A local time that daylight saving skips is taken to be that much later: a one-time schedule
    # that never fired would be worse.
    moment = datetime.fromisoformat(argument).replace(tzinfo=zone).astimezone(UTC)
    return moment if moment > after else None


def _rate(argument: str, _zone: ZoneInfo, after: datetime, start: datetime) -> datetime | None:
    parsed = _RATE.fullmatch(argument)
    if parsed is None:
        raise ValueError(f"rate() takes a number above 0 and minutes, hours or days: {argument!r}")
    period = timedelta(**{f"{parsed[2]}s": int(parsed[1])})
    return start + max(0, (after - start) // period + 1) * period


def _cron(argument: str, zone: ZoneInfo, after: datetime, start: datetime) -> datetime | None:
    since = max(after, start - timedelta.resolution)
    # Local time may jump back across midnight, so begin the search a day earlier.
    first = since.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    for moment in _instants(cron.parse(argument).times_from(first), zone):
        if moment > since:
            return moment
    return None


def _instants(local_times: Iterator[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    for local in local_times:
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:  # else the clock skips it
            yield moment


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone has the name {name!r}") from error


_KINDS: Final[Mapping[str, Callable[[str, ZoneInfo, datetime, datetime], datetime | None]]] = {
    "at": _at,
    "rate": _rate,
    "cron": _cron,
}
