"""What happened can be read off the archive alone, without looking into a table."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.cloud import LocalCloud
from infra.local.web import catalog
from tests.support.products import MUG
from tests.support.seconds import DAY
from tests.support.shopper import Shopper


def told(cloud: LocalCloud, kind: str) -> list[dict[str, Any]]:
    """Return the data of all events of a kind."""
    events = [event for event in cloud.state()["events"] if event["detail-type"] == kind]
    return [event["detail"]["data"] for event in events]


def outcomes(cloud: LocalCloud) -> list[str]:
    """Return what became of each wake-up, read off the events alone: by what each follows from."""
    events = cloud.state()["events"]
    ids = [
        event["detail"]["metadata"]["event_id"]
        for event in events
        if event["detail-type"] == "CartReminderDue"
    ]
    told = [event for event in events if event["source"] == "cart.reminders"]
    by_cause: dict[str, list[str]] = {wake_up: [] for wake_up in ids}
    for event in told:
        cause = event["detail"]["metadata"].get("causation_id")
        if cause in by_cause:
            by_cause[cause].append(event["detail"]["data"].get("reason", "sent"))
    return [outcome for outcomes in by_cause.values() for outcome in outcomes or ["unknown"]]


def test_a_line_tells_its_price_now_and_at_the_latest_add(cloud, ada):
    ada.add(MUG)
    cloud.settle()
    catalog.change(cloud, {"sku": MUG, "unit_price": 1290})
    [line] = ada.cart()["items"]
    assert (line["unit_price"], line["unit_price_at_add"]) == (1290, 1450)
    cloud.advance(1)
    ada.add(MUG)
    cloud.settle()
    [line] = ada.cart()["items"]
    assert (line["unit_price"], line["unit_price_at_add"]) == (1290, 1290)


def test_a_reminder_that_was_sent_is_told_once(cloud, ada):
    ada.add(MUG)
    cloud.advance(2 * DAY)
    (sent,) = told(cloud, "ReminderSent")
    (due,) = told(cloud, "CartReminderDue")
    assert (sent["window"], sent["step"]) == (due["window"], due["step"]) == (due["window"], 1)
    assert outcomes(cloud) == ["sent"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ada: ada.check_out(), "cart_empty"),
        (lambda ada: ada.remove(MUG), "cart_empty"),
        (lambda ada: ada.send("PUT", "/cart/reminders", {"wanted": False}), "opted_out"),
    ],
)
def test_a_reminder_that_was_not_sent_is_told_with_the_reason(cloud, ada, change, reason):
    ada.add(MUG)
    cloud.advance(60)
    change(ada)
    cloud.advance(2 * DAY)
    assert outcomes(cloud) == [reason]
    assert told(cloud, "ReminderSent") == []


def test_a_later_add_is_told_to_have_the_reminder(cloud, ada):
    ada.add(MUG)
    cloud.advance(DAY / 2)
    ada.add(MUG)
    cloud.advance(2 * DAY)
    assert outcomes(cloud) == ["superseded", "sent"]


def test_a_reminder_is_told_even_if_it_could_not_be_at_first(cloud, ada):
    ada.add(MUG)
    cloud.advance(60)
    cloud.faults.arm("events", 3)
    cloud.advance(2 * DAY)
    assert outcomes(cloud) == ["sent"]
    assert len(cloud.inbox) == 1


def test_a_bounce_is_told_without_the_address(cloud):
    bea = Shopper(cloud, "bounce@simulator.amazonses.com", "Bea")
    bea.add(MUG)
    cloud.advance(2 * DAY)
    (suppressed,) = told(cloud, "AddressSuppressed")
    assert suppressed["reason"] == "bounced"
    bea.add(MUG)
    cloud.advance(2 * DAY)
    assert outcomes(cloud) == ["sent", "suppressed"]
    facts = ("ReminderSent", "ReminderSkipped", "AddressSuppressed")
    assert "@" not in str([told(cloud, kind) for kind in facts])


def test_an_add_tells_what_the_product_cost(cloud, ada):
    ada.add(MUG, 2)
    (added,) = told(cloud, "ItemAddedToCart")
    assert (added["unit_price"], added["currency"]) == (1450, "EUR")


@pytest.mark.parametrize(
    ("wanted", "kind"), [(False, "RemindersStopped"), (True, "RemindersAllowed")]
)
def test_what_is_decided_on_the_page_is_told(cloud, ada, wanted, kind):
    assert ada.send("PUT", "/cart/reminders", {"wanted": wanted}).status == 200
    (decided,) = told(cloud, kind)
    assert decided["how"] == "page"
    assert set(decided) <= {"cart_id", "how", "wording"}


def test_what_is_decided_by_a_mails_link_is_told(cloud, ada):
    ada.add(MUG)
    cloud.advance(2 * DAY)
    link = urlsplit(re.findall(r"http\S+/unsubscribe\?\S+", cloud.inbox[0].text or "")[0])
    for _ in range(2):
        assert cloud.request("POST", f"{link.path}?{link.query}").status == 200
    assert [decided["how"] for decided in told(cloud, "RemindersStopped")] == ["link", "link"]


def test_a_decision_that_could_not_be_told_is_told_when_it_is_repeated(cloud, ada):
    cloud.faults.arm("events", 3)
    assert ada.send("PUT", "/cart/reminders", {"wanted": False}).status == 503
    assert told(cloud, "RemindersStopped") == []
    cloud.faults.arm("events", 0)
    assert ada.send("PUT", "/cart/reminders", {"wanted": False}).status == 200
    assert len(told(cloud, "RemindersStopped")) == 1
