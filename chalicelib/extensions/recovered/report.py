"""Whether reminders help: of the carts that were mailed at each step, how many ordered.

An order counts for the latest reminder of its cart that was mailed within a week before it. Whether
it would have come without a reminder, only the carts tell that were held out: of both kinds it is
counted how many ordered within a week of the first step. Everything is computed when it is asked
for, from facts whose order and repetition make no difference.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.adapters.dynamodb.table import Table

SENT: Final = "sent"
FOLLOWED: Final = "followed"
HELD_OUT: Final = "held_out"
ORDERED: Final = "ordered"

COUNTS_FOR: Final = timedelta(days=7)
"""How long after a reminder an order counts as brought by it."""

Fact = Mapping[str, Any]


class Row(NamedTuple):
    """What came of the mails of one step and day (UTC); ``revenue`` is by currency."""

    day: date
    step: int
    carts: int
    followed: int
    ordered: int
    revenue: Mapping[str, int]


class Share(NamedTuple):
    """How many carts there were, and how many of them ordered within a week."""

    carts: int
    ordered: int

    def __str__(self) -> str:
        percent = f"{100 * self.ordered / self.carts:.1f} %" if self.carts else "-"
        return (
            f"{self.ordered} of {self.carts} carts ordered within {COUNTS_FOR.days} days: {percent}"
        )


def partition(at: datetime) -> str:
    """Return the partition of what happened at a time."""
    return f"RECOVERED#{at.astimezone(UTC):%Y-%m-%d}"


def latest_before(order: Fact, mails: Iterable[Fact]) -> Fact | None:
    """Return the mail that an order counts for, None if there is no such one."""
    before = (mail for mail in mails if _counts(order, mail))
    return max(before, key=lambda mail: int(mail["at"]), default=None)


def place(fact: Fact) -> tuple[date, int]:
    """Return where a fact belongs in the report: its day (UTC) and its step."""
    return datetime.fromtimestamp(fact["at"], UTC).date(), int(fact["step"])


def rows(facts: Iterable[Fact], since: datetime, until: datetime) -> list[Row]:
    """Return what came of the reminders from ``since`` up to ``until`` (UTC), by day and step."""
    by_kind = _by_kind(facts)
    mails, orders = by_kind[SENT], defaultdict[tuple[date, int], list[Fact]](list)
    for order in by_kind[ORDERED]:
        brought_by = latest_before(order, mails)
        if brought_by:
            orders[place(brought_by)].append(order)
    followed = {(each["cart"], place(each)) for each in by_kind[FOLLOWED]}
    reached = defaultdict[tuple[date, int], set[str]](set)
    for mail in mails:
        if since.timestamp() <= mail["at"] < until.timestamp():
            reached[place(mail)].add(mail["cart"])
    return [
        Row(
            *where,
            carts=len(carts),
            followed=sum((cart, where) in followed for cart in carts),
            ordered=len({order["cart"] for order in orders[where]}),
            revenue=_revenue(orders[where]),
        )
        for where, carts in sorted(reached.items())
    ]


def shares(facts: Iterable[Fact], since: datetime, until: datetime) -> dict[str, Share]:
    """Return how many carts ordered that were reminded, and that were held out."""
    by_kind = _by_kind(facts)
    found = {}
    for kind in (SENT, HELD_OUT):
        began = [
            fact
            for fact in by_kind[kind]
            if fact["step"] == 1 and since.timestamp() <= fact["at"] < until.timestamp()
        ]
        ordered = [each for each in began if any(_counts(one, each) for one in by_kind[ORDERED])]
        found[kind] = Share(len(began), len(ordered))
    return found


def lines(table: Table, since: datetime, until: datetime) -> Iterator[str]:
    """Yield the report in words, a line each."""
    days = (until + COUNTS_FOR - since).days + 1
    partitions = [partition(since + timedelta(day)) for day in range(days)]
    facts = [fact for each in partitions for fact in table.query(each)]
    yield f"{'day':<12}{'step':>4}{'carts':>8}{'came back':>11}{'ordered':>9}  revenue"
    for row in rows(facts, since, until):
        money = ", ".join(f"{amount} {currency}" for currency, amount in row.revenue.items())
        counts = f"{row.step:>4}{row.carts:>8}{row.followed:>11}{row.ordered:>9}"
        yield f"{row.day!s:<12}{counts}  {money or '-'}"
    found = shares(facts, since, until)
    yield f"Reminded: {found[SENT]}"
    yield f"Held out: {found[HELD_OUT]}"


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    by_kind = defaultdict[str, list[Fact]](list)
    for fact in facts:
        by_kind[fact["kind"]].append(fact)
    return by_kind


def _counts(order: Fact, mail: Fact) -> bool:
    waited = timedelta(seconds=order["at"] - mail["at"])
    return bool(order["cart"] == mail["cart"]) and timedelta(0) <= waited < COUNTS_FOR


def _revenue(orders: Iterable[Fact]) -> Mapping[str, int]:
    revenue = Counter[str]()
    for order in orders:
        revenue[order["currency"]] += order["total"]
    return dict(sorted(revenue.items()))
