"""Guests fill carts, sign in, and find everything there, whatever came first, twice or late."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.usecases.tokens import GUEST_LIFETIME
from infra.local.web.catalog import change
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import MUG, TEA, TEAPOT
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import Guest, Shopper, logged, new_guest


def quantities(cart: dict[str, Any]) -> dict[str, int]:
    return {item["sku"]: item["quantity"] for item in cart["items"]}


def shown_to(shopper: Shopper | Guest) -> dict[str, int]:
    return quantities(shopper.get("/cart").json)


@pytest.fixture
def guest(cloud) -> Guest:
    return arrived(cloud)


def arrived(cloud) -> Guest:
    guest = new_guest(cloud)
    assert guest is not None
    return guest


def merge(customer, guest: Guest, **headers: str):
    return customer.send("POST", "/cart/merge", {"guest_token": guest.token}, **headers)


def test_a_guest_has_a_cart_and_gets_no_mail(cloud, guest):
    accepted = guest.add(MUG, 2, **{"Idempotency-Key": "click"})
    assert accepted.status == 202
    guest.add(MUG, 2, **{"Idempotency-Key": "click"})
    guest.add(TEA)
    cloud.advance(1)
    assert guest.send("DELETE", f"/cart/{TEA}").status == 202
    cloud.settle()
    assert shown_to(guest) == {MUG: 2}
    status = cloud.request(
        "GET", accepted.json["links"]["status"].removeprefix("/api"), {"Guest-Token": guest.token}
    )
    assert status.json()["status"] == "succeeded"
    cloud.advance(3 * DAY)
    assert cloud.inbox == []
    assert cloud.state()["schedules"] == []


def test_two_guests_have_two_carts(cloud, guest):
    guest.add(MUG)
    cloud.settle()
    assert shown_to(arrived(cloud)) == {}


def test_signing_in_makes_one_cart_of_two_and_reminds_of_both(cloud, guest, ada):
    guest.add(MUG, 2)
    ada.add(TEA)
    cloud.advance(HOUR)
    accepted = merge(ada, guest)
    assert accepted.status == 202
    merge(ada, guest)
    cloud.settle()
    assert ada.request_status(accepted.json["request_id"]) == "succeeded"
    assert quantities(ada.cart()) == {MUG: 2, TEA: 1}
    guest.add(MUG, 1)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert quantities(ada.cart()) == {MUG: 3, TEA: 1}
    [mail] = cloud.inbox
    assert mail.to == ("ada@example.com",)
    assert "3 × Stoneware mug" in mail.text  # noqa: RUF001 - "times"


def test_an_add_that_is_persisted_after_its_cart_was_merged_is_in_the_cart(cloud, guest, ada):
    cloud.faults.arm("function:persist_cart", 1)
    guest.add(MUG)
    cloud.settle()
    merge(ada, guest)
    cloud.settle()
    assert ada.cart()["items"] == []
    cloud.advance(60)
    assert quantities(ada.cart()) == {MUG: 1}


def test_a_replay_of_everything_changes_nothing(cloud, guest, ada):
    start = cloud.clock.now()
    guest.add(MUG)
    merge(ada, guest)
    cloud.advance(A_DAY_AND_A_WINDOW)
    ada.check_out()
    cloud.advance(HOUR)
    cloud.replay(start, cloud.clock.now())
    cloud.advance(2 * DAY)
    assert ada.cart()["items"] == []
    assert len(cloud.inbox) == 1


def test_a_guests_cart_is_the_first_customers_who_merged_it(cloud, guest, ada, grace):
    guest.add(MUG)
    merge(ada, guest)
    cloud.settle()
    refused = merge(grace, guest).json["request_id"]
    cloud.settle()
    answer = grace.get(f"/cart/requests/{refused}").json
    assert (answer["status"], answer["error"]["code"]) == ("failed", "guest_cart_taken")
    assert grace.cart()["items"] == []
    assert quantities(ada.cart()) == {MUG: 1}
    assert logged(cloud, "persist_cart", error="guest_cart_taken")


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda token: token[:-1],
        lambda token: token.replace("guest-", "guest-0")[:-1],
        lambda _: "x" * 10_000,
        lambda _: "eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_a_token_that_is_none_opens_nothing(cloud, guest, ada, change):
    guest.add(MUG)
    cloud.settle()
    guest.token = change(guest.token)
    for answer in (
        guest.add(MUG),
        guest.send("GET", "/cart"),
        guest.send("DELETE", f"/cart/{MUG}"),
    ):
        assert answer.status in {400, 401}
    assert merge(ada, guest).status in {400, 401, 413}


def test_a_token_expires_and_the_error_says_so(cloud, guest):
    cloud.advance((GUEST_LIFETIME - timedelta(seconds=1)).total_seconds())
    assert guest.send("GET", "/cart").status == 200
    cloud.advance(1)
    answer = guest.send("GET", "/cart")
    assert (answer.status, answer.json["error"]["code"]) == (401, "invalid_guest_token")


def test_a_customers_token_is_no_guests_and_a_guests_no_customers(cloud, guest, ada):
    id_token = cloud.sign_in("ada@example.com")
    assert cloud.request("GET", "/guest/cart", {"Guest-Token": id_token}).status in {400, 401}
    bearer = {"Authorization": f"Bearer {guest.token}"}
    assert cloud.request("GET", "/cart", bearer).status == 401
    assert guest.send("POST", "/cart/checkout").status in {404, 405}


def test_forgetting_a_customer_forgets_the_guests_carts_too(cloud, guest, ada):
    guest.add(MUG)
    merge(ada, guest)
    cloud.settle()
    claims = cloud.parts.identity.verify(cloud.sign_in("ada@example.com"))
    cloud.forget(claims["sub"])
    assert cloud.client("dynamodb").scan(TableName="cart-local")["Items"] == []


@pytest.mark.parametrize("checked_out", [False, True])
def test_a_guests_token_shows_nothing_once_the_cart_is_a_customers(cloud, guest, ada, checked_out):
    """The browser may be somebody else's by then."""
    guest.add(MUG, 2)
    cloud.settle()
    assert quantities(guest.get("/cart").json) == {MUG: 2}
    merge(ada, guest)
    cloud.advance(1)
    if checked_out:
        ada.check_out()
    cloud.advance(1)
    guest.add(TEA)
    cloud.settle()
    assert guest.get("/cart").json["items"] == []
    assert guest.get("/cart").json["total"] == 0
    assert quantities(ada.cart()) == ({TEA: 1} if checked_out else {MUG: 2, TEA: 1})


def test_a_merge_that_was_refused_does_not_hide_the_cart_from_its_guest(cloud, guest, ada):
    guest.add(MUG)
    cloud.settle()
    ada.send("POST", "/cart/merge", {"guest_token": "guest-forged"})
    cloud.settle()
    assert quantities(guest.get("/cart").json) == {MUG: 1}


ASKED = [
    ("POST", "/cart", {"sku": TEA, "quantity": 2}),
    ("DELETE", f"/cart/{MUG}", None),
]


def status(guest: Guest, request_id: str) -> dict[str, Any]:
    return dict(guest.get(f"/cart/requests/{request_id}").json)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("hours", [1.1, 24, 24 * 20])
def test_what_a_guest_asks_for_long_after_the_merge_fails_in_words(cloud, guest, ada, asked, hours):
    guest.add(MUG)
    merge(ada, guest)
    cloud.advance(hours * HOUR)
    request_id = guest.send(*asked).json["request_id"]
    cloud.settle()
    told = status(guest, request_id)
    assert (told["status"], told["error"]["code"]) == ("failed", "cart_merged")
    assert told["job"]["sku"] == (TEA if asked[0] == "POST" else MUG)
    assert quantities(ada.cart()) == {MUG: 1}
    merge(ada, guest)
    cloud.settle()
    assert status(guest, request_id)["status"] == "succeeded"
    assert quantities(ada.cart()) == ({MUG: 1, TEA: 2} if asked[0] == "POST" else {})


def test_a_merge_that_is_repeated_with_its_key_lets_in_nothing_that_came_too_late(
    cloud, guest, ada
):
    key = {"Idempotency-Key": "signed-in"}
    guest.add(MUG)
    merge(ada, guest, **key)
    cloud.advance(2 * HOUR)
    request_id = guest.add(TEA).json["request_id"]
    merge(ada, guest, **key)
    cloud.settle()
    assert status(guest, request_id)["error"]["code"] == "cart_merged"
    assert quantities(ada.cart()) == {MUG: 1}


@pytest.mark.parametrize("asked", ASKED)
def test_what_a_guest_asks_for_right_after_the_merge_succeeds(cloud, guest, ada, asked):
    guest.add(MUG)
    merge(ada, guest)
    cloud.advance(0.9 * HOUR)
    request_id = guest.send(*asked).json["request_id"]
    cloud.settle()
    assert status(guest, request_id)["status"] == "succeeded"
    assert quantities(ada.cart()) == ({MUG: 1, TEA: 2} if asked[0] == "POST" else {})


def test_what_a_guest_asked_for_before_the_merge_has_succeeded_for_good(cloud, guest, ada):
    request_id = guest.add(MUG).json["request_id"]
    merge(ada, guest)
    cloud.advance(2 * HOUR)
    assert status(guest, request_id)["status"] == "succeeded"
    ada.check_out()
    cloud.advance(20 * DAY)
    assert status(guest, request_id)["status"] == "succeeded"


@pytest.mark.parametrize("has_own", [True, False])
@pytest.mark.parametrize("skus", [(MUG,), (MUG, TEA)])
def test_the_merge_of_what_is_no_longer_sold_promises_and_repeats_nothing(
    cloud, guest, ada, has_own, skus
):
    """What is no add moves no reminder, and begins none."""
    if has_own:
        ada.add(TEAPOT)
    for sku in skus:
        guest.add(sku)
    cloud.settle()
    for sku in skus:
        change(cloud, {"sku": sku, "withdrawn": True})
    due_at = ada.cart()["reminder_due_at"]
    cloud.advance(6 * HOUR)
    merge(ada, guest)
    cloud.settle()
    assert len(ada.cart()["items"]) == len(skus) + has_own
    assert ada.cart()["reminder_due_at"] == due_at
    cloud.advance(5 * DAY)
    assert len(cloud.inbox) == has_own
    assert (due_at is not None) == has_own


def test_the_merge_of_what_is_sold_again_is_reminded_of(cloud, guest, ada):
    guest.add(MUG)
    cloud.settle()
    change(cloud, {"sku": MUG, "withdrawn": True})
    merge(ada, guest)
    cloud.advance(6 * HOUR)
    change(cloud, {"sku": MUG, "withdrawn": False})
    assert ada.cart()["reminder_due_at"] is not None
    cloud.advance(5 * DAY)
    assert len(cloud.inbox) == 1
