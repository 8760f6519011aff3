"""A cart that is left alone is reminded of step by step, until something ends the plan."""

from datetime import datetime, timedelta

import pytest

from chalicelib import wiring
from infra.local.web import catalog
from tests.support.plans import open_shop
from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR, MINUTE
from tests.support.shopper import Shopper

PLAN = ("3h", "1d", "3d")


@pytest.fixture
def cloud():
    with open_shop(PLAN) as cloud:
        yield cloud


@pytest.fixture
def ada(cloud):
    return Shopper(cloud, "ada@example.com", "Ada")


def sent(cloud) -> list[int]:
    """Return the steps that were mailed, as the bus tells; what it tells twice is one."""
    events = [event for event in cloud.state()["events"] if event["detail-type"] == "ReminderSent"]
    told = {event["detail"]["metadata"]["event_id"]: event["detail"]["data"] for event in events}
    return [data["step"] for data in told.values()]


def due(ada) -> datetime | None:
    text = ada.cart()["reminder_due_at"]
    return datetime.fromisoformat(text) if text else None


def test_each_step_is_mailed_at_the_time_that_the_cart_told(cloud, ada):
    ada.add(MUG)
    cloud.settle()
    told, mailed = [], []
    while due_at := due(ada):
        told.append(due_at)
        cloud.advance((due_at - cloud.clock.now()).total_seconds() - 1)
        before = len(cloud.inbox)
        cloud.advance(2 * MINUTE)
        mailed.append(len(cloud.inbox) - before)
    assert mailed == [1, 1, 1]
    assert sent(cloud) == [1, 2, 3]
    assert [later - told[0] for later in told[1:]] == [timedelta(hours=21), timedelta(hours=69)]


@pytest.mark.parametrize(
    "end",
    [
        lambda ada: ada.check_out(),
        lambda ada: ada.remove(MUG),
        lambda ada: ada.send("PUT", "/cart/reminders", {"wanted": False}),
    ],
)
@pytest.mark.parametrize("hours", [1, 6])
def test_nothing_comes_after_the_cart_was_emptied_or_the_reminders_stopped(cloud, ada, end, hours):
    ada.add(MUG)
    cloud.advance(hours * HOUR)
    before = len(cloud.inbox)
    end(ada)
    cloud.settle()
    assert due(ada) is None
    cloud.advance(10 * DAY)
    assert len(cloud.inbox) == before
    assert cloud.state()["schedules"] == []


def stop(_, ada, *, again=False):
    assert ada.send("PUT", "/cart/reminders", {"wanted": again}).status == 200


def withdraw(cloud, _, *, again=False):
    catalog.change(cloud, {"sku": MUG, "withdrawn": not again})


@pytest.mark.parametrize("undo", [stop, withdraw])
def test_a_step_that_is_promised_again_comes_though_the_one_before_it_was_skipped(cloud, ada, undo):
    ada.add(MUG)
    cloud.settle()
    undo(cloud, ada)
    cloud.advance(6 * HOUR)
    assert (due(ada), sent(cloud)) == (None, [])
    undo(cloud, ada, again=True)
    cloud.settle()
    due_at = due(ada)
    assert due_at is not None
    cloud.advance((due_at - cloud.clock.now()).total_seconds() + MINUTE)
    assert sent(cloud) == [2]


def test_a_newer_add_begins_the_plan_anew(cloud, ada):
    ada.add(MUG)
    cloud.advance(6 * HOUR)
    assert sent(cloud) == [1]
    ada.add(TEA)
    cloud.advance(10 * DAY)
    assert sent(cloud) == [1, 1, 2, 3]


def test_what_was_told_twice_is_scheduled_once(cloud, ada):
    start = cloud.clock.now()
    ada.add(MUG)
    for _ in range(4):
        cloud.advance(6 * HOUR)
        cloud.replay(start, cloud.clock.now())
    cloud.advance(10 * DAY)
    assert len(cloud.inbox) == 3
    assert sent(cloud) == [1, 2, 3]


def test_a_step_follows_when_the_one_before_it_is_told_late(cloud, ada):
    ada.add(MUG)
    cloud.faults.arm("function:next_reminder", 100)
    cloud.advance(2 * DAY)
    cloud.faults.arm("function:next_reminder", 0)
    assert sent(cloud) == [1]
    cloud.replay(cloud.clock.now() - timedelta(days=3), cloud.clock.now(), rule="next-reminder")
    cloud.advance(5 * DAY)
    assert sent(cloud) == [1, 2, 3]


def test_a_step_that_no_plan_has_any_more_is_not_sent(ada, cloud, monkeypatch):
    ada.add(MUG)
    cloud.advance(6 * HOUR)
    monkeypatch.setenv("REMINDER_DELAY_SECONDS", "10800")
    monkeypatch.setattr(wiring, "adapters", wiring.Adapters())
    cloud.advance(5 * DAY)
    assert sent(cloud) == [1]


def test_a_step_cannot_be_mailed_about_nothing(cloud, ada):
    ada.add(MUG)
    cloud.advance(6 * HOUR)
    ada.remove(MUG)
    ada.add(TEA)
    cloud.advance(MINUTE)
    ada.remove(TEA)
    cloud.advance(5 * DAY)
    assert sent(cloud) == [1]


def test_an_event_that_is_none_is_kept_and_not_retried(cloud):
    entry = {"Source": "cart.reminders", "DetailType": "ReminderSent", "Detail": "{}"}
    cloud.client("events").put_events(Entries=[{**entry, "EventBusName": "cart-local"}])
    cloud.advance(HOUR)
    runs = [run for run in cloud.state()["invocations"] if run["function"] == "next_reminder"]
    assert [run["outcome"] for run in runs] == ["succeeded"]
