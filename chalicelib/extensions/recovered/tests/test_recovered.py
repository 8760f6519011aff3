"""What reminders brought is told by step and day, whatever comes twice, late or out of order."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain import events, ids
from chalicelib.domain.events import ReminderFollowed, ReminderSent, ReminderSkipped
from chalicelib.extensions.recovered import report
from chalicelib.extensions.recovered.consumers import OrderPlaced
from tests.support import builders
from tests.support.infrastructure import of_type
from tests.support.leaks import logged_lines
from tests.support.plans import open_shop
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
WINDOW = 1_772_442_000
ORDER = builders.new_id()


def event(data, at: datetime = MONDAY) -> dict:
    tail = ids.intent_bits(*map(str, (data.detail_type, data.cart_id, at)))
    return builders.on_bus(events.first(ids.event_id(at, tail), data))


def order(cart: str, at: datetime, total: int = 2900) -> dict:
    return event(OrderPlaced(cart, builders.new_id(at), total, "EUR"), at)


def sent(cart: str, step: int = 1, at: datetime = MONDAY) -> dict:
    return event(ReminderSent(cart, WINDOW, step), at)


def note(cloud, *told: dict) -> None:
    cloud.advance(20 * DAY)  # so that none of them is dated in the future
    functions = cloud.parts.functions
    for each in told:
        functions.invoke(functions.full_name("note_recovered"), each)


def table(cloud) -> Table:
    return Table(cloud.client("dynamodb"), "cart-local")


def rows(cloud) -> list[tuple]:
    days = [report.partition(MONDAY + timedelta(day)) for day in range(30)]
    facts = [fact for day in days for fact in table(cloud).query(day)]
    found = report.rows(facts, MONDAY - WEEK, MONDAY + 4 * WEEK)
    return [(row.day.day, row.step, *row[2:]) for row in found]


def test_facts_count_once_in_whatever_order_they_come():
    facts = (
        sent("ada"),
        event(ReminderFollowed("ada", WINDOW, 1)),
        order("ada", MONDAY + timedelta(days=2)),
        sent("grace"),
    )
    for told in permutations(facts):
        with open_shop(["1d"]) as cloud:
            note(cloud, *told, told[0])
            assert rows(cloud) == [(2, 1, 2, 1, 1, {"EUR": 2900})]


def test_an_order_counts_for_the_latest_reminder_within_a_week(cloud):
    note(
        cloud,
        sent("ada", 1),
        sent("ada", 2, MONDAY + timedelta(days=2)),
        order("ada", MONDAY + timedelta(days=1), 100),
        order("ada", MONDAY + timedelta(days=3), 200),
        order("ada", MONDAY + timedelta(days=9, seconds=1), 400),
        order("ada", MONDAY - timedelta(seconds=1), 800),
        order("grace", MONDAY + timedelta(days=3), 1600),
    )
    assert rows(cloud) == [(2, 1, 1, 0, 1, {"EUR": 100}), (4, 2, 1, 0, 1, {"EUR": 200})]


def test_who_was_held_out_is_compared_with_who_was_reminded(cloud):
    held = (
        ReminderSkipped("eve", WINDOW, 1, "held_out"),
        ReminderSkipped("eve", WINDOW, 2, "held_out"),
    )
    note(
        cloud,
        *(sent(cart) for cart in ("ada", "grace")),
        *map(event, held),
        event(ReminderSkipped("bob", WINDOW, 1, "cart_empty")),
        order("ada", MONDAY + timedelta(days=1)),
        order("eve", MONDAY + timedelta(days=1)),
    )
    found = report.lines(table(cloud), MONDAY - WEEK, MONDAY + WEEK)
    assert list(found)[-2:] == [
        "Reminded: 1 of 2 carts ordered within 7 days: 50.0 %",
        "Held out: 1 of 1 carts ordered within 7 days: 100.0 %",
    ]


def test_a_mail_that_brings_somebody_back_to_order_is_in_the_report(cloud, ada):
    since = cloud.clock.now()
    ada.add(MUG, 2)
    cloud.advance(DAY + 2 * HOUR)
    (link,) = re.findall(r"#cart-link=(\S+)", cloud.inbox[0].text)
    assert cloud.request("GET", "/guest/cart", {"Cart-Link": link}).status == 200
    seen = {
        "lines": [{"sku": MUG, "quantity": 2, "unit_price": 1450}],
        "total": 2900,
        "currency": "EUR",
    }
    assert ada.send("POST", "/orders", {"seen": seen}).status == 202
    cloud.advance(HOUR / 2)
    told = list(report.lines(table(cloud), since, cloud.clock.now()))
    assert [" ".join(line.split()) for line in told[1:-2]] == ["2026-03-03 1 1 1 1 2900 EUR"]


def dashboard_rows(lines: list[str]) -> dict[tuple, dict]:
    """Count noted lines as the dashboard's queries do: each event once, by day and step."""
    found = [json.loads(line) for line in lines]
    noted = {each["event_id"]: each for each in found if each["outcome"] == "noted"}
    counted = defaultdict(Counter)
    for each in noted.values():
        if "step" in each:
            counted[each["day"], each["step"]][each["kind"]] += 1
            counted[each["day"], each["step"]]["revenue"] += each.get("total", 0)
    return counted


def test_the_lines_that_the_dashboard_counts_come_to_the_report(cloud):
    told = [
        sent("ada", 1),
        event(ReminderFollowed("ada", WINDOW, 1)),
        sent("ada", 2, MONDAY + timedelta(days=2)),
        sent("grace", 1),
        order("ada", MONDAY + timedelta(days=1), 100),
        order("ada", MONDAY + timedelta(days=3), 200),
        order("ada", MONDAY + timedelta(days=9, seconds=1), 400),
        order("grace", MONDAY - timedelta(seconds=1), 800),
        event(ReminderSkipped("eve", WINDOW, 1, "held_out")),
    ]
    with logged_lines() as lines:
        note(cloud, *told, *told)
    found = {
        (int(day[-2:]), step): (c["sent"], c["followed"], c["ordered"], c["revenue"])
        for (day, step), c in dashboard_rows(lines).items()
        if c["sent"]
    }
    told_by_the_report = {row[:2]: (*row[2:5], row[5].get("EUR", 0)) for row in rows(cloud)}
    assert found == told_by_the_report == {(2, 1): (2, 1, 1, 100), (4, 2): (1, 0, 1, 200)}


def test_the_dashboard_asks_for_fields_that_the_lines_have(cloud):
    with logged_lines() as lines:
        note(cloud, sent("ada"), order("ada", MONDAY + timedelta(days=1)))
    fields = set().union(*map(json.loads, lines))
    (dashboard,) = (
        each for each in of_type("CloudWatch::Dashboard") if each.logical_id == "RecoveredDashboard"
    )
    widgets = json.loads(dashboard.properties["DashboardBody"])["widgets"]
    queries = [one["properties"]["query"] for one in widgets if one["type"] == "log"]
    assert len(queries) == 2
    for query in queries:
        source, *commands = query.split("\n| ")
        assert source == "SOURCE '/aws/lambda/cart-prod-note_recovered'"
        made = re.findall(r" as (\w+)", query)
        words = re.sub(
            r"'[^']*'|\b(?:filter|stats|sort|by|as|and|in|desc|asc)\b", "", " ".join(commands)
        )
        asked = set(re.findall(r"[a-z_]+\b(?!\()", words)) - set(made)
        assert asked
        assert asked <= fields


def test_a_replay_changes_nothing(cloud, ada):
    start = cloud.clock.now()
    ada.add(MUG)
    cloud.advance(2 * DAY)
    before = rows(cloud)
    cloud.replay(start, cloud.clock.now())
    cloud.advance(HOUR)
    assert rows(cloud) == before != []


@pytest.mark.parametrize("detail", [{}, {"metadata": {}}, {"data": {"total": -1}}])
def test_what_is_no_such_event_is_refused(cloud, detail):
    entry = {"Source": "cart.orders", "DetailType": "OrderPlaced", "Detail": json.dumps(detail)}
    cloud.client("events").put_events(Entries=[{**entry, "EventBusName": "cart-local"}])
    cloud.advance(HOUR)
    assert rows(cloud) == []
