"""Wherever the functions that remind guests are killed or halted, a guest gets each mail once."""

import json
import re

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from tests.support.plans import planned_shop
from tests.support.plugin import MORNING
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR, MINUTE
from tests.support.shopper import Guest, Shopper, new_guest
from tests.support.weather import (
    API,
    Weather,
    broken_by_crashes,
    broken_by_races,
    points,
    strike,
)

EMAIL = "guest@example.com"
OURS = ("confirm_address", "plan_guest_reminder", "remind_guest", "forget_guest_address")
UNMARKED = {
    ("confirm_address SendEmail", 1, "after"),
    ("confirm_address PutItem", 2, "before"),
}
"""Where SES has taken the mail and that is not marked: the mail is sent again."""


@pytest.fixture(autouse=True)
def shop():
    with planned_shop(("3h", "1d")):
        yield


def play(weather: Weather) -> list[str]:
    """Have a guest leave an address, confirm it, be reminded twice, and sign in."""
    with LocalCloud.start(CartProject(), clock=Clock(MORNING), network=weather, seed=1) as cloud:
        weather.calm = True  # the first requests are not what this is about
        strike(cloud, weather, API, *OURS)
        guest = new_guest(cloud)
        assert guest is not None
        guest.add(MUG)
        cloud.settle()
        weather.calm = False
        _again(cloud, lambda: guest.send("PUT", "/cart/reminders", {"email": EMAIL}).status)
        cloud.advance(10 * MINUTE)
        questions = len(cloud.inbox)
        found = re.search(r"/guest/confirm\?token=\S+", cloud.inbox[0].text or "")
        assert found
        _again(cloud, lambda: cloud.request("POST", found[0]).status)
        cloud.advance(2 * DAY)
        reminders = len(cloud.inbox) - questions
        weather.calm = True
        return [*_ended(cloud, guest, weather), *_counted(questions, reminders, weather)]


def _again(cloud: LocalCloud, ask) -> None:
    while ask() >= 500:
        cloud.advance(1)


def _ended(cloud: LocalCloud, guest: Guest, weather: Weather) -> list[str]:
    """Have the guest sign in, and look at what is left."""
    weather.calm = False
    customer = Shopper(cloud, "customer@example.com")
    _again(
        cloud,
        lambda: customer.send("POST", "/cart/merge", {"guest_token": guest.token}).status,
    )
    cloud.advance(HOUR)
    weather.calm = True
    items = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
    kept = [item for item in items if item["pk"]["S"].startswith("GUEST_ADDRESS#")]
    broken = ["the address is kept after the merge"] if kept else []
    queues = json.dumps(cloud.state()["queues"])
    if re.search(r'"visible": [1-9]', queues):
        broken.append(f"something is left in a queue: {queues}")
    return broken


def _counted(questions: int, reminders: int, weather: Weather) -> list[str]:
    wanted = 2 if (weather.place, weather.number, weather.how) in UNMARKED else 1
    broken = [] if questions == wanted else [f"{questions} mails asked for the confirmation"]
    return broken if reminders == 2 else [*broken, f"{reminders} reminders came"]


@pytest.mark.exhaustive
def test_no_crash_breaks_a_promise():
    assert broken_by_crashes(play) == {}


@pytest.mark.exhaustive
def test_no_race_breaks_a_promise():
    assert broken_by_races(play) == {}


def test_they_are_killed_at_every_kind_of_call_that_they_make():
    assert {place for place, _ in points(play)} >= {
        "api GetItem",
        "api PutItem",
        "api PutEvents",
        "confirm_address GetItem",
        "confirm_address PutItem",
        "confirm_address SendEmail",
        "plan_guest_reminder GetItem",
        "plan_guest_reminder CreateSchedule",
        "remind_guest GetItem",
        "remind_guest Query",
        "remind_guest PutEvents",
        "forget_guest_address GetItem",
        "forget_guest_address PutItem",
        "forget_guest_address Query",
        "forget_guest_address DeleteItem",
    }
