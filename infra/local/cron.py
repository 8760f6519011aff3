"""Cron expressions with the syntax of EventBridge Scheduler: six fields, with ``?``, L, W and #.

Source: "Cron-based schedules" on the page "Schedule types in EventBridge Scheduler". Where that
page is silent this module is strict, so that what passes here does not fail on AWS. The libraries
on PyPI for this syntax did not do: they give up on a leap day that is far off, know no time zone
and read one L, W or # a field.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ISO_FRIDAY: Final = 5
_SATURDAY: Final = 7
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)

IsDay = Callable[[date], bool]


@dataclass(frozen=True)
class Cron:
    """A parsed expression, in local time."""

    minutes: frozenset[int]
    hours: frozenset[int]
    is_day: IsDay
    months: frozenset[int]
    years: frozenset[int]

    def times_from(self, start: datetime) -> Iterator[datetime]:
        """Give the local times at or after ``start`` (without a zone) in order."""
        for day in self._days_from(start.date()):
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    moment = datetime.combine(day, time(hour, minute))
                    if moment >= start:
                        yield moment

    def _days_from(self, start: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= start.year):
            for month in sorted(self.months):
                day = date(year, month, 1)
                while day.month == month:
                    if day >= start and self.is_day(day):
                        yield day
                    day += _DAY


def parse(fields: str) -> Cron:
    """Parse "minutes hours day-of-month month day-of-week year".

    Raises:
        ValueError: the expression is malformed; the message says which part.
    """
    match fields.upper().split():
        case [minutes, hours, day_of_month, month, day_of_week, year]:
            return Cron(
                minutes=_MINUTE.numbers(minutes),
                hours=_HOUR.numbers(hours),
                is_day=_days(day_of_month, day_of_week),
                months=_MONTH.numbers(month),
                years=_YEAR.numbers(year),
            )
        case parts:
            raise ValueError(f"cron takes six fields, not {len(parts)}: {fields!r}")


@dataclass(frozen=True)
class _Field:
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """Read one number or name."""
        if text in self.names:
            return self.first + self.names.index(text)
        return _whole_number(text, self.name, self.first, self.last)

    def numbers(self, text: str) -> frozenset[int]:
        """Read a list of numbers, ranges and steps."""
        return frozenset(number for item in text.split(",") for number in self._range(item))

    def _range(self, item: str) -> range:
        span, has_step, step = item.partition("/")
        first, has_last, last = span.partition("-")
        if span == "*":
            start, end = self.first, self.last
        else:
            start = self.number(first)
            end = self.number(last) if has_last else self.last if has_step else start
        if start > end:
            raise ValueError(f"{item!r} runs backwards")
        width = _whole_number(step, "step", 1, self.last) if has_step else 1
        return range(start, end + 1, width)


_MINUTE: Final = _Field("minute", 0, 59)
_HOUR: Final = _Field("hour", 0, 23)
_DAY_OF_MONTH: Final = _Field("day of the month", 1, 31)
_MONTH: Final = _Field("month", 1, 12, _MONTHS)
_DAY_OF_WEEK: Final = _Field("day of the week", 1, 7, _WEEKDAYS)
_YEAR: Final = _Field("year", 1970, 2199)


def _whole_number(text: str, name: str, first: int, last: int) -> int:
    if not (text.isascii() and text.isdigit() and first <= int(text) <= last):
        raise ValueError(f"{text!r} is no {name}: a number from {first} to {last} is needed")
    return int(text)


def _days(of_month: str, of_week: str) -> IsDay:
    """Combine the two fields that name days, one of which has to be left open with "?"."""
    if (of_month == "?") == (of_week == "?"):
        raise ValueError("either the day of the month or the day of the week has to be ?")
    if of_month == "?":
        tests = [_day_of_week(item) for item in of_week.split(",")]
    else:
        tests = [_day_of_month(item) for item in of_month.split(",")]
    return lambda day: any(test(day) for test in tests)


def _day_of_month(item: str) -> IsDay:
    """Read numbers, L (the last day) and nW (the weekday nearest to day n)."""
    if item == "L":
        return lambda day: (day + _DAY).month != day.month
    if item.endswith("W"):
        target = _DAY_OF_MONTH.number(item.removesuffix("W"))
        return lambda day: day == _nearest_weekday(day, target)
    days = _DAY_OF_MONTH.numbers(item)
    return lambda day: day.day in days


def _nearest_weekday(day: date, target: int) -> date | None:
    """Find the Monday to Friday nearest to the target day, without leaving the month."""
    try:
        wanted = day.replace(day=target)
    except ValueError:
        return None
    for offset in (0, -1, 1, -2, 2):
        near = wanted + timedelta(days=offset)
        if near.month == day.month and near.isoweekday() <= _ISO_FRIDAY:
            return near
    return None


def _day_of_week(item: str) -> IsDay:
    """Read numbers, names, L (Saturday), nL (the month's last) and n#k (the month's k-th)."""
    if item == "L":
        return lambda day: _number_of(day) == _SATURDAY
    if item.endswith("L"):
        last = _DAY_OF_WEEK.number(item.removesuffix("L"))
        return lambda day: _number_of(day) == last and (day + _WEEK).month != day.month
    if "#" in item:
        name, _, count = item.partition("#")
        weekday = _DAY_OF_WEEK.number(name)
        nth = _whole_number(count, "week of the month", 1, 5)
        return lambda day: _number_of(day) == weekday and (day.day - 1) // 7 + 1 == nth
    weekdays = _DAY_OF_WEEK.numbers(item)
    return lambda day: _number_of(day) in weekdays


def _number_of(day: date) -> int:
    """Count from Sunday as 1, as AWS does."""
    return day.isoweekday() % 7 + 1
