"""Wherever ``note_recovered`` is killed or halted, the report and the dashboard are the same."""

import json
import re

import pytest

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.extensions.recovered import report
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.support.leaks import logged_lines
from tests.support.plugin import MORNING
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import Shopper
from tests.support.weather import Weather, broken_by_crashes, broken_by_races, points, strike

TOLD = "2026-03-03 1 1 1 1 2900 EUR"
NOTED = {("sent", 1, 0), ("followed", 1, 0), ("ordered", 1, 2900)}


def play(weather: Weather) -> list[str]:
    """Have somebody be reminded, come back by the mail's link, and order."""
    clock = Clock(MORNING)
    with (
        LocalCloud.start(clock=clock, network=weather, seed=1) as cloud,
        logged_lines() as lines,
    ):
        strike(cloud, weather, "note_recovered")
        ada = Shopper(cloud, "ada@example.com")
        ada.add(MUG, 2)
        cloud.advance(DAY + 2 * HOUR)
        (link,) = set(re.findall(r"#cart-link=(\S+)", cloud.inbox[0].text or ""))
        cloud.request("GET", "/guest/cart", {"Cart-Link": link})
        cloud.advance(HOUR)
        line = {"sku": MUG, "quantity": 2, "unit_price": 1450}
        ada.send("POST", "/orders", {"seen": {"lines": [line], "total": 2900, "currency": "EUR"}})
        cloud.advance(HOUR / 3)
        table = Table(cloud.client("dynamodb"), "cart-local")
        rows = list(report.lines(table, MORNING, clock.now()))[1:-2]
        told = [" ".join(row.split()) for row in rows]
        broken = [] if told == [TOLD] else [f"the report tells {told}"]
        found = [each for each in map(json.loads, lines) if each["outcome"] == "noted"]
        noted = {(each["kind"], each["step"], each.get("total", 0)) for each in found}
        return broken if noted == NOTED else [*broken, f"what is logged is {noted}"]


@pytest.mark.exhaustive
def test_no_crash_breaks_a_promise():
    assert broken_by_crashes(play) == {}


@pytest.mark.exhaustive
def test_no_race_breaks_a_promise():
    assert broken_by_races(play) == {}


def test_it_is_killed_at_every_kind_of_call_that_it_makes():
    assert {place for place, _ in points(play)} == {
        "note_recovered PutItem",
        "note_recovered Query",
    }
