"""What is kept about people: not for ever, erased when they ask, and never in a log."""

import json
from typing import Any

import pytest

from chalicelib.telemetry import logs
from infra.local.cloud import LocalCloud
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.leaks import leaked_by, leaks, logged_lines
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR

LONGEST = {"ADDRESS": 365, "PREFERENCES": 3650, "CART": 121}
"""Days for which the core's items may be kept, by the kind of their partition."""


def items(cloud: LocalCloud) -> list[dict[str, Any]]:
    return list(cloud.client("dynamodb").scan(TableName="cart-local")["Items"])


def cart_id_of(cloud: LocalCloud, email: str) -> str:
    claims = cloud.parts.identity.verify(cloud.sign_in(email))
    assert claims is not None
    return claims["sub"]


@pytest.fixture
def busy(cloud, ada, grace):
    """A cloud in which each kind of item is kept of two customers, and a schedule is pending."""
    for customer in (ada, grace):
        customer.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    cloud.faults.arm("function:persist_cart", 6)
    for customer in (ada, grace):
        customer.add(MUG)
    cloud.advance(HOUR)
    for mail in cloud.inbox:
        link = mail.headers["List-Unsubscribe"].strip("<>").partition("8000")[2]
        assert cloud.request("POST", link).status == 200
    event = {"metadata": {"version": "1.0"}, "data": {"customer": {"email": "Ada@Example.com"}}}
    cloud.client("events").put_events(
        Entries=[
            {
                "EventBusName": "cart-local",
                "Source": "cart.api",
                "DetailType": "ItemAddedToCart",
                "Detail": json.dumps(event),
            }
        ]
    )
    cloud.settle()
    return cloud


def test_every_item_expires(busy):
    now = busy.clock.now().timestamp()
    kinds = {item["sk"]["S"].partition("#")[0] for item in items(busy)}
    assert kinds >= {"LINE", "REMINDER", "FAILURE", "OPT_OUT"}
    for item in items(busy):
        days = LONGEST.get(item["pk"]["S"].partition("#")[0], 121)  # of an extension
        assert now < int(item["expires_at"]["N"]) <= now + days * DAY, item["pk"]


class TestForgetting:
    def test_leaves_nothing_of_the_customer_and_all_of_others(self, busy, grace):
        ada_id = cart_id_of(busy, "ada@example.com")
        before, graces = items(busy), grace.cart()
        erased = busy.forget(ada_id, "ada@example.com")
        left = items(busy)
        assert erased.items == len(before) - len(left)
        assert erased.schedules == 1
        for text in (ada_id, "ada@example.com"):
            assert text not in json.dumps(left).lower()
            assert text not in str(busy.state()["schedules"])
        assert grace.cart() == graces
        assert len(busy.state()["schedules"]) == 1

    def test_twice_is_the_same_as_once(self, busy):
        ada_id = cart_id_of(busy, "ada@example.com")
        busy.forget(ada_id, "ada@example.com")
        assert busy.forget(ada_id, "ada@example.com") == (0, 0)

    def test_sends_no_reminder_that_was_on_its_way(self, cloud, ada):
        ada.add(MUG)
        cloud.advance(HOUR)
        cloud.forget(cart_id_of(cloud, "ada@example.com"))
        cloud.advance(3 * DAY)
        assert cloud.inbox == []

    def test_spares_a_cart_whose_id_begins_alike(self, cloud, ada):
        ada.add(MUG)
        cloud.advance(HOUR)
        beginning = cart_id_of(cloud, "ada@example.com").rpartition("-")[0]
        assert cloud.forget(beginning) == (0, 0)

    def test_has_to_be_done_again_after_a_replay(self, cloud, ada):
        start = cloud.clock.now()
        ada.add(MUG)
        cloud.advance(HOUR)
        ada_id = cart_id_of(cloud, "ada@example.com")
        cloud.forget(ada_id)
        cloud.replay(start, cloud.clock.now())
        cloud.advance(HOUR)
        assert ada.cart()["items"] != []
        cloud.forget(ada_id)
        assert ada.cart()["items"] == []


@pytest.mark.parametrize(
    "text",
    [
        '{"to":"ada@example.com"}',
        "GET /unsubscribe?email=ada%40example.com",
        "Hello Ada, you left",
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
        "token=3f6c2a3e.1780000000." + "A" * 43,
    ],
)
def test_a_leak_is_found(text):
    assert leaks(text)


def test_a_leak_is_found_in_a_log_line():
    with LocalCloud.start(seed=1) as cloud, logged_lines() as lines:
        logs.Hop("persist_cart", to="ada@example.com").ended("skipped", reason="no")
        assert leaked_by(cloud, lines)
