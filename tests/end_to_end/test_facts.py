"""What happened can be read off the bus alone, without looking into a table."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.cloud import LocalCloud
from tests.support.products import MUG
from tests.support.seconds import DAY


def told(cloud: LocalCloud, kind: str) -> list[dict[str, Any]]:
    """Return the data of all events of a kind."""
    events = [event for event in cloud.state()["events"] if event["detail-type"] == kind]
    return [event["detail"]["data"] for event in events]


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
    assert set(decided) == {"cart_id", "how"}


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
