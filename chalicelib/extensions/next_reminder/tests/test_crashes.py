"""Wherever ``next_reminder`` is killed or halted, each step of a plan is mailed once."""

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from tests.support.plans import planned_shop
from tests.support.plugin import MORNING
from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import Shopper
from tests.support.weather import Weather, broken_by_crashes, broken_by_races, points, strike

PLAN = ("3h", "1d", "3d")


@pytest.fixture(autouse=True)
def shop():
    with planned_shop(PLAN):
        yield


def play(weather: Weather) -> list[str]:
    """Have one cart be left alone, and another one be filled again after its first reminder."""
    with LocalCloud.start(CartProject(), clock=Clock(MORNING), network=weather, seed=1) as cloud:
        strike(cloud, weather, "next_reminder")
        patient, busy = (Shopper(cloud, f"{name}@example.com") for name in ("patient", "busy"))
        patient.add(MUG)
        busy.add(MUG)
        cloud.advance(6 * HOUR)
        busy.add(TEA)
        cloud.advance(8 * DAY)
        broken = [f"{each['name']} is left" for each in cloud.state()["schedules"]]
        for name, mails in (("patient", 3), ("busy", 4)):
            got = sum(mail.to == (f"{name}@example.com",) for mail in cloud.inbox)
            if got != mails:
                broken.append(f"{name} got {got} mails, not {mails}")
        if any(queue["visible"] for queue in cloud.state()["queues"].values()):
            broken.append("something is left in a queue")
        return broken


@pytest.mark.exhaustive
def test_no_crash_breaks_a_promise():
    assert broken_by_crashes(play) == {}


@pytest.mark.exhaustive
def test_no_race_breaks_a_promise():
    assert broken_by_races(play) == {}


def test_it_is_killed_at_every_kind_of_call_that_it_makes():
    assert {place for place, _ in points(play)} == {
        "next_reminder Query",
        "next_reminder CreateSchedule",
    }
