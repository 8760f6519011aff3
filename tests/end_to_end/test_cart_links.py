"""The link in a reminder shows its cart on any device, to look at, and not whose it is."""

import json
import re

import pytest

from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR, MINUTE

LINK = re.compile(r"http\S+/#cart-link=(\S+)")


@pytest.fixture
def link(cloud, ada) -> str:
    """The token in the link of the reminder that Ada got of two mugs."""
    ada.add(MUG, 2)
    cloud.advance(DAY + 2 * HOUR)
    (mail,) = cloud.inbox
    (found,) = LINK.findall(mail.text)
    assert found in mail.html.replace("&amp;", "&")
    return found


def read(cloud, token: str):
    return cloud.request("GET", "/guest/cart", {"Cart-Link": token})


def told(cloud) -> list[dict]:
    events = cloud.state()["events"]
    return [event["detail"] for event in events if event["detail-type"] == "ReminderFollowed"]


def test_it_shows_the_cart_as_it_is_now_and_nothing_of_whose_it_is(cloud, ada, link):
    ada.add(TEA)
    cloud.settle()
    answer = read(cloud, link)
    cart = json.loads(answer.body)
    assert answer.status == 200
    assert [item["sku"] for item in cart["items"]] == [MUG, TEA]
    assert cart["reminder_due_at"] is None, "when somebody gets mail is nobody else's business"
    assert not re.search(rb"ada|example", answer.body, re.IGNORECASE)


def test_it_is_told_once_however_often_it_is_opened(cloud, link):
    for _ in range(3):
        assert read(cloud, link).status == 200
        cloud.advance(HOUR)
    events = told(cloud)
    assert len({event["metadata"]["event_id"] for event in events}) == 1
    (sent,) = [e["detail"] for e in cloud.state()["events"] if e["detail-type"] == "ReminderSent"]
    assert events[0]["data"] == sent["data"]


def test_opening_it_changes_nothing_and_opens_nothing_else(cloud, ada, link):
    before = ada.cart()
    headers = {"Cart-Link": link, "Content-Type": "application/json"}
    for method, path, body in (
        ("POST", "/guest/cart", json.dumps({"sku": MUG, "quantity": 1})),
        ("DELETE", f"/guest/cart/{MUG}", ""),
        ("GET", "/cart", ""),
        ("GET", "/cart/reminders", ""),
        ("POST", "/orders", "{}"),
        ("POST", f"/unsubscribe?token={link}", ""),
        ("GET", f"/unsubscribe?token={link}", ""),
    ):
        assert cloud.request(method, path, headers, body).status in {400, 401, 403}, path
    assert cloud.request("GET", "/guest/cart", {"Guest-Token": link}).status == 401
    cloud.settle()
    assert ada.cart() == before


def test_a_reader_of_links_that_runs_no_page_asks_for_no_cart(cloud, link):
    """What stands behind the # is never sent."""
    assert cloud.request("GET", "/").status in {200, 301, 302, 307, 404}
    assert told(cloud) == []


def test_it_is_good_for_a_week(cloud, link):
    cloud.advance(7 * DAY - 3 * HOUR)
    assert read(cloud, link).status == 200
    cloud.advance(4 * HOUR)
    answer = read(cloud, link)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (401, "invalid_cart_link")


def test_other_tokens_and_altered_ones_are_refused(cloud, ada, link):
    subject, expiry, mac = link.split(".")
    unsubscribe = re.findall(r"token=(\S+)", cloud.inbox[0].text)[0]
    guest = json.loads(cloud.request("POST", "/guest").body)["guest_token"]
    for token in (
        f"{subject[:-1]}9.{expiry}.{mac}",
        f"{subject}.{int(expiry) + 1}.{mac}",
        f"{subject}.{expiry}.{mac[::-1]}",
        *(unsubscribe, guest, "nonsense", "~~.1.x"),
    ):
        assert read(cloud, token).status == 401, token
    assert told(cloud) == []


def test_a_request_needs_one_way_to_name_a_cart(cloud, link):
    guest = json.loads(cloud.request("POST", "/guest").body)["guest_token"]
    both = {"Cart-Link": link, "Guest-Token": guest}
    for headers in ({}, both):
        answer = cloud.request("GET", "/guest/cart", headers)
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (
            400,
            "malformed_request",
        )


def test_what_cannot_be_told_now_is_asked_for_again(cloud, link):
    cloud.faults.arm("events", 1)
    assert read(cloud, link).status == 503
    assert read(cloud, link).status == 200
    assert len(told(cloud)) == 1


def test_a_cart_that_was_ordered_meanwhile_is_empty(cloud, ada, link):
    ada.check_out()
    cloud.advance(MINUTE)
    assert json.loads(read(cloud, link).body)["items"] == []
