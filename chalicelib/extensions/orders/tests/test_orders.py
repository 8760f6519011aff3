"""Orders from the cart to the payment, and back: the whole system, played in the local cloud."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.shop_folder import read_page_texts
from chalicelib.domain import webhooks
from chalicelib.domain.cart import MAY_RETURN
from chalicelib.domain.signing import Keys
from chalicelib.extensions.orders.events import MAX_LINES
from chalicelib.extensions.orders.order import GRACE, TIME_TO_PAY
from infra.local.cloud import LocalCloud
from infra.local.engine.http import Request
from infra.local.web import routes
from tests.support.catalog import FOLDER, SHOP
from tests.support.products import MUG, TEA
from tests.support.shopper import Answer, Shopper

MINUTE = 60
PRICES = {MUG: 1450, TEA: 1690}
SLOW = "VASE-FAILS-5-MIN"


def seen(**quantities: int) -> dict[str, Any]:
    """Return what a page shows of a cart with these quantities of mugs and teas."""
    of = {{"mugs": MUG, "teas": TEA}[name]: quantity for name, quantity in quantities.items()}
    lines = [
        {"sku": sku, "quantity": quantity, "unit_price": PRICES[sku]}
        for sku, quantity in of.items()
    ]
    total = sum(PRICES[sku] * quantity for sku, quantity in of.items())
    return {"lines": lines, "total": total, "currency": "EUR"}


def ask(shopper: Shopper, cart: Mapping[str, Any], key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return shopper.send("POST", "/orders", {"seen": cart}, **headers)


def order(shopper: Shopper, cart: Mapping[str, Any], key: str | None = None) -> str:
    """Ask for an order; return its id."""
    answer = ask(shopper, cart, key)
    assert answer.status == 202, answer
    return str(answer.json["order_id"])


def status(shopper: Shopper, order_id: str) -> str:
    return str(shopper.get(f"/orders/{order_id}").json["status"])


def placed(cloud: LocalCloud, shopper: Shopper, **quantities: int) -> str:
    """Fill a cart and order it; return the order's id."""
    of = {{"mugs": MUG, "teas": TEA}[name]: quantity for name, quantity in quantities.items()}
    for sku, quantity in of.items():
        shopper.add(sku, quantity)
    cloud.settle()
    order_id = order(shopper, seen(**quantities))
    cloud.settle()
    assert status(shopper, order_id) == "awaiting_payment"
    return order_id


def quantities(shopper: Shopper) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in shopper.cart()["items"]}


def told(cloud: LocalCloud, *kinds: str) -> list[dict[str, Any]]:
    """Return the events of some kinds, each once, as the archive has them."""
    found = {
        event["detail"]["metadata"]["event_id"]: event
        for event in cloud.state()["events"]
        if event["detail-type"] in kinds
    }
    return list(found.values())


def local(cloud: LocalCloud, name: str, **body: object) -> int:
    request = Request("POST", f"/_local/{name}", body=json.dumps(body).encode())
    answer = routes.handle(cloud, request)
    cloud.settle()
    return answer.status


@pytest.fixture
def provider(cloud: LocalCloud) -> Callable[..., int]:
    """Report a payment as the provider does; return the status of the answer."""

    def report(
        order_id: str,
        outcome: str = "paid",
        age: float = 0,
        *,
        forged: bool = False,
        **fields: object,
    ) -> int:
        known = {"id": "p1", "order_id": order_id, "outcome": outcome}
        body = json.dumps({**known, "amount": 2900, "currency": "EUR", **fields}).encode()
        found = cloud.client("ssm").get_parameter(Name="/cart-local/payment-keys")
        key = msgspec.json.decode(found["Parameter"]["Value"], type=Keys)[0]
        signed_at = cloud.clock.now() - timedelta(seconds=age)
        signed = webhooks.sign(body + (b" " if forged else b""), key, signed_at)
        headers = {"Content-Type": "application/json", "Payment-Signature": signed}
        answer = cloud.request("POST", "/payments", headers, body)
        cloud.settle()
        return answer.status

    return report


class TestPlacing:
    def test_an_order_is_placed_of_what_was_seen(self, cloud, ada):
        order_id = placed(cloud, ada, mugs=2, teas=1)
        shown = ada.get(f"/orders/{order_id}").json
        assert [(line["name"], line["quantity"]) for line in shown["lines"]] == [
            ("Stoneware mug", 2),
            ("Sencha, 100 g", 1),
        ]
        assert (shown["total"], shown["currency"]) == (4590, "EUR")
        assert quantities(ada) == {}

    def test_what_was_accepted_is_found_at_once(self, cloud, ada):
        ada.add(MUG, 2)
        answer = ask(ada, seen(mugs=2))
        assert answer.headers["Location"] == answer.json["links"]["order"]
        assert status(ada, answer.json["order_id"]) == "requested"

    def test_only_who_ordered_finds_the_order(self, cloud, ada, grace):
        order_id = placed(cloud, ada, mugs=1)
        assert grace.get(f"/orders/{order_id}").status == 404
        assert ada.get("/orders/0190a0a0-0000-7000-8000-000000000000").status == 404
        assert ada.get("/orders/none").status == 404

    def test_requests_with_one_key_are_one_order_and_either_id_finds_it(self, cloud, ada):
        ada.add(MUG, 2)
        cloud.settle()
        first = order(ada, seen(mugs=2), key="a")
        cloud.advance(1)
        second = order(ada, seen(mugs=2), key="a")
        cloud.settle()
        assert first != second
        assert status(ada, first) == status(ada, second) == "awaiting_payment"
        assert len(told(cloud, "OrderPlaced")) == 1

    def test_two_orders_never_hold_the_same_add(self, cloud, ada):
        ada.add(MUG, 2)
        cloud.settle()
        ids = [order(ada, seen(mugs=2)) for _ in range(2)]
        cloud.advance(10 * MINUTE)
        assert sorted(status(ada, one) for one in ids) == ["awaiting_payment", "rejected"]

    def test_an_add_that_comes_late_is_waited_for(self, cloud, ada):
        cloud.faults.arm("function:persist_cart", 1)
        ada.add(MUG, 2)
        order_id = order(ada, seen(mugs=2))
        cloud.settle()
        assert status(ada, order_id) == "requested"
        cloud.advance(3 * MINUTE)
        assert status(ada, order_id) == "awaiting_payment"
        assert quantities(ada) == {}

    def test_an_add_that_never_comes_ends_the_wait(self, cloud, ada):
        order_id = order(ada, seen(mugs=2))
        cloud.advance(4 * MINUTE)
        assert status(ada, order_id) == "requested"
        cloud.advance(3 * MINUTE)
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["reason"]) == ("rejected", "cart_changed")
        assert shown["differs"] == [
            {
                "sku": MUG,
                "quantity_seen": 2,
                "quantity": 0,
                "unit_price_seen": 1450,
                "unit_price": 1450,
            }
        ]

    def test_a_late_add_that_was_not_seen_is_not_swallowed(self, cloud, ada):
        ada.add(MUG, 2)
        cloud.settle()
        cloud.faults.arm("function:persist_cart", 1)
        ada.add(MUG, 1)
        order(ada, seen(mugs=2))
        cloud.advance(10 * MINUTE)
        assert len(told(cloud, "OrderPlaced")) == 1
        assert quantities(ada) == {MUG: 1}

    def test_what_is_added_after_the_request_stays_in_the_cart(self, cloud, ada):
        ada.add(MUG, 2)
        cloud.settle()
        order_id = order(ada, seen(mugs=2))
        cloud.faults.arm("function:place_order", 1)
        cloud.advance(1)
        ada.add(TEA, 1)
        cloud.advance(10 * MINUTE)
        assert status(ada, order_id) == "awaiting_payment"
        assert quantities(ada) == {TEA: 1}

    @pytest.mark.parametrize(
        ("change", "differs"),
        [
            ({"unit_price": 1500}, (2, 2, 1450, 1500)),
            ({"withdrawn": True}, (2, 2, 1450, None)),
        ],
    )
    def test_another_price_is_told_at_once(self, cloud, ada, change, differs):
        ada.add(MUG, 2)
        cloud.settle()
        local(cloud, "catalog", sku=MUG, **change)
        order_id = order(ada, seen(mugs=2))
        cloud.settle()
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["reason"]) == ("rejected", "cart_changed")
        (one,) = shown["differs"]
        assert tuple(one[name] for name in one if name != "sku") == differs
        assert quantities(ada) == {MUG: 2}

    def test_what_is_in_the_cart_and_was_not_seen_is_told_at_once(self, cloud, ada):
        ada.add(MUG, 2)
        ada.add(TEA, 1)
        cloud.settle()
        order_id = order(ada, seen(mugs=2))
        cloud.settle()
        shown = ada.get(f"/orders/{order_id}").json
        assert [(one["sku"], one["quantity"]) for one in shown["differs"]] == [(TEA, 1)]

    @pytest.mark.parametrize(
        ("quantity", "price", "total"),
        [(10**6, 10**9, 2**53), (99, 10**9, 99 * 10**9), (10**6, 0, 0), (1, 1450, 2**53)],
    )
    def test_the_greatest_amounts_that_are_accepted_are_shown(
        self, cloud, ada, quantity, price, total
    ):
        line = {"sku": MUG, "quantity": quantity, "unit_price": price}
        order_id = order(ada, {"lines": [line], "total": total, "currency": "EUR"})
        shown = ada.get(f"/orders/{order_id}")
        assert shown.status == 200
        assert shown.json["lines"][0]["subtotal"] == quantity * price
        cloud.advance(10 * MINUTE)
        assert status(ada, order_id) == "rejected"

    @pytest.mark.parametrize(("lines", "status"), [(79, 422), (80, 422), (81, 400), (130, 400)])
    def test_more_lines_than_an_order_may_have_are_refused_in_a_sentence(self, ada, lines, status):
        """Up to that many, what counts is that these products were never sold."""
        each = [{"sku": f"X-{n}", "quantity": 1, "unit_price": 1} for n in range(lines)]
        answer = ask(ada, {"lines": each, "total": lines, "currency": "EUR"})
        assert answer.status == status
        if status == 400:
            message = "An order has 80 lines at most."
            details = {"max_lines": 80}
            error = {"code": "too_many_lines", "message": message, "details": details}
            assert answer.json["error"] == error
        else:
            assert answer.json["error"]["code"] == "unknown_sku"

    def test_the_page_names_the_limit_in_every_language(self):
        for language in SHOP.languages:
            texts = read_page_texts(FOLDER, language)
            assert str(MAX_LINES) in str(texts.messages["error_too_many_lines"])

    def test_a_price_that_no_product_can_have_is_malformed(self, ada):
        line = {"sku": MUG, "quantity": 99, "unit_price": 2**53}
        body = {"seen": {"lines": [line], "total": 0, "currency": "EUR"}}
        answer = ada.send("POST", "/orders", body)
        assert (answer.status, answer.json["error"]["code"]) == (400, "malformed_request")

    def test_a_total_that_is_none_is_told(self, cloud, ada):
        ada.add(MUG, 2)
        cloud.settle()
        order_id = order(ada, {**seen(mugs=2), "total": 1})
        cloud.settle()
        assert status(ada, order_id) == "rejected"

    @pytest.mark.parametrize(
        ("cart", "answer"),
        [
            ({}, 400),
            ({**seen(mugs=1), "lines": []}, 400),
            ({**seen(mugs=1), "lines": seen(mugs=1)["lines"] * 2}, 400),
            ({**seen(mugs=1), "total": -1}, 400),
            ({**seen(mugs=1), "currency": "euro"}, 400),
            ({**seen(mugs=1), "more": 1}, 400),
            ({**seen(mugs=1), "lines": [{**seen(mugs=1)["lines"][0], "quantity": 0}]}, 400),
            ({**seen(mugs=1), "lines": [{**seen(mugs=1)["lines"][0], "sku": "NONE"}]}, 422),
        ],
    )
    def test_a_request_that_is_not_as_documented_is_refused(self, cloud, ada, cart, answer):
        refused = ask(ada, cart)
        assert refused.status == answer
        assert set(refused.json) == {"error"}

    def test_a_guests_adds_are_ordered_after_the_merge(self, cloud, ada):
        token = json.loads(cloud.request("POST", "/guest").body)["guest_token"]
        headers = {"Guest-Token": token, "Content-Type": "application/json"}
        cloud.request("POST", "/guest/cart", headers, json.dumps({"sku": MUG, "quantity": 2}))
        ada.send("POST", "/cart/merge", {"guest_token": token})
        cloud.settle()
        order_id = order(ada, seen(mugs=2))
        cloud.settle()
        assert status(ada, order_id) == "awaiting_payment"
        assert quantities(ada) == {}


class TestStock:
    def test_no_more_is_sold_than_there_is(self, cloud, ada, grace):
        local(cloud, "catalog", sku=MUG, stock=3)
        placed(cloud, ada, mugs=2)
        grace.add(MUG, 2)
        cloud.settle()
        order_id = order(grace, seen(mugs=2))
        cloud.settle()
        shown = grace.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["reason"]) == ("rejected", "out_of_stock")
        assert quantities(grace) == {MUG: 2}

    def test_the_last_one_is_sold(self, cloud, ada):
        local(cloud, "catalog", sku=MUG, stock=2)
        placed(cloud, ada, mugs=2)

    def test_a_cancelled_order_gives_its_stock_back(self, cloud, ada, grace):
        local(cloud, "catalog", sku=MUG, stock=2)
        placed(cloud, ada, mugs=2)
        cloud.advance(31 * MINUTE)
        placed(cloud, grace, mugs=2)


class TestPaying:
    def test_an_order_is_paid(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        assert provider(order_id) == 202
        assert status(ada, order_id) == "paid"
        cloud.advance(31 * MINUTE)
        assert status(ada, order_id) == "paid"
        assert quantities(ada) == {}
        assert len(told(cloud, "OrderPaid")) == 1
        assert told(cloud, "OrderCancelled") == []

    def test_a_payment_that_is_reported_twice_is_one(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        assert [provider(order_id), provider(order_id)] == [202, 202]
        assert status(ada, order_id) == "paid"
        assert len(told(cloud, "OrderPaid")) == 1
        assert told(cloud, "OrderRefundDue") == []

    def test_who_pays_twice_gets_the_second_payment_back(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        provider(order_id)
        provider(order_id, id="p2")
        (refund,) = told(cloud, "OrderRefundDue")
        assert refund["detail"]["data"]["payment_id"] == "p2"
        assert ada.get(f"/orders/{order_id}").json["refund_due"] is True

    def test_who_refuses_gets_the_lines_back(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        provider(order_id, "refused")
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["reason"]) == ("cancelled", "payment_refused")
        assert quantities(ada) == {MUG: 2}

    def test_who_walks_away_gets_the_lines_back(self, cloud, ada):
        order_id = placed(cloud, ada, mugs=2)
        cloud.advance(29 * MINUTE)
        assert status(ada, order_id) == "awaiting_payment"
        cloud.advance(2 * MINUTE)
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["reason"]) == ("cancelled", "payment_timed_out")
        assert quantities(ada) == {MUG: 2}

    def test_who_pays_too_late_is_told_of_the_refund(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        cloud.advance(31 * MINUTE)
        assert provider(order_id) == 202
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown["refund_due"]) == ("cancelled", True)
        assert provider(order_id) == 202
        assert len(told(cloud, "OrderRefundDue")) == 1
        assert told(cloud, "OrderPaid") == []

    def test_who_pays_in_time_gets_the_order_however_late_the_bus_tells_of_it(
        self, cloud, ada, provider
    ):
        order_id = placed(cloud, ada, mugs=2)
        cloud.advance(30 * MINUTE - 1)
        cloud.faults.arm("function:settle_order", 99)
        assert provider(order_id) == 202
        cloud.advance(20 * 3600)
        cloud.faults.arm("function:settle_order", 0)
        shown = ada.get(f"/orders/{order_id}").json
        assert (shown["status"], shown.get("refund_due")) == ("paid", None)
        assert quantities(ada) == {}
        assert told(cloud, "OrderCancelled", "OrderRefundDue") == []
        cloud.replay(cloud.clock.now() - timedelta(days=1), cloud.clock.now())
        cloud.settle()
        assert ada.get(f"/orders/{order_id}").json == shown
        assert len(told(cloud, "OrderPaid")) == 1

    def test_a_wrong_amount_that_is_noted_pays_for_nothing(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        cloud.faults.arm("function:settle_order", 99)
        provider(order_id, amount=1)
        cloud.advance(32 * MINUTE)
        assert status(ada, order_id) == "cancelled"

    def test_a_refusal_that_is_noted_ends_the_order(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        cloud.faults.arm("function:settle_order", 99)
        provider(order_id, "refused")
        cloud.advance(32 * MINUTE)
        assert ada.get(f"/orders/{order_id}").json["reason"] == "payment_refused"

    def test_a_line_that_was_bought_meanwhile_does_not_return(self, cloud, ada, provider):
        placed(cloud, ada, mugs=2)
        cloud.advance(1)
        again = placed(cloud, ada, mugs=1)
        provider(again, amount=1450)
        cloud.advance(31 * MINUTE)
        assert quantities(ada) == {}

    @pytest.mark.parametrize(
        "how", [{"forged": True}, {"age": 301}, {"age": -301}], ids=["forged", "old", "ahead"]
    )
    def test_what_the_provider_did_not_sign_just_now_is_refused(self, cloud, ada, provider, how):
        order_id = placed(cloud, ada, mugs=2)
        assert provider(order_id, **how) == 401
        assert status(ada, order_id) == "awaiting_payment"
        assert told(cloud, "PaymentReceived") == []

    @pytest.mark.parametrize("signed", ["", "t=1,v1=", "t=1,v1=" + "0" * 64, "v1=x", "t=9" * 99])
    def test_what_is_not_a_signature_is_refused(self, cloud, signed):
        of = {"id": "p", "order_id": "0190a0a0-0000-7000-8000-000000000000"}
        body = {**of, "outcome": "paid", "amount": 1, "currency": "EUR"}
        headers = {"Content-Type": "application/json", "Payment-Signature": signed}
        assert cloud.request("POST", "/payments", headers, json.dumps(body)).status == 401

    @pytest.mark.parametrize("body", ["", "{}", "[", "null", '{"id": 1}', "x" * 9000])
    def test_whoever_did_not_sign_is_told_nothing_about_the_body(self, cloud, body):
        forged = {"Payment-Signature": "t=1,v1=" + "0" * 64}
        for headers in ({}, forged, {"Content-Type": "text/x"}):
            assert cloud.request("POST", "/payments", headers, body).status == 401

    def test_an_order_is_not_paid_by_another_amount(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        provider(order_id, amount=1)
        provider(order_id, currency="USD")
        assert status(ada, order_id) == "awaiting_payment"

    def test_what_was_not_ordered_is_not_paid_for(self, cloud, provider):
        assert provider("0190a0a0-0000-7000-8000-000000000000") == 202
        assert told(cloud, "OrderPaid") == []


def test_nobody_is_reminded_of_what_they_ordered(cloud, ada, provider):
    order_id = placed(cloud, ada, mugs=2)
    provider(order_id)
    cloud.advance(3 * 86_400)
    assert [run for run in cloud.state()["invocations"] if run["function"] == "send_reminder"] != []
    assert [mail for mail in cloud.inbox if "List-Unsubscribe" in mail.headers] == []


class TestPersonalData:
    def cart_of(self, cloud, shopper):
        (one, *_) = told(cloud, "OrderPlaced")
        return one["detail"]["data"]["cart_id"]

    def test_a_forgotten_customers_orders_stay_without_address_and_name(self, cloud, ada):
        order_id = placed(cloud, ada, mugs=2)
        cart_id = self.cart_of(cloud, ada)
        before = ada.get(f"/orders/{order_id}").json
        cloud.forget(cart_id, "ada@example.com")
        kept = json.dumps(cloud.client("dynamodb").scan(TableName="cart-local")["Items"])
        assert "ada@example.com" not in kept
        assert "Ada" not in kept
        assert ada.get(f"/orders/{order_id}").json == before
        assert cloud.forget(cart_id, "ada@example.com") == (0, 0)

    def test_a_forgotten_customers_order_still_ends(self, cloud, ada, provider):
        order_id = placed(cloud, ada, mugs=2)
        cloud.forget(self.cart_of(cloud, ada))
        provider(order_id)
        assert status(ada, order_id) == "paid"

    def test_who_asks_for_their_data_gets_their_orders_and_nobody_elses(self, cloud, ada, grace):
        order_id = placed(cloud, ada, mugs=2)
        cart_id = self.cart_of(cloud, ada)
        placed(cloud, grace, mugs=1)
        exported = json.dumps(cloud.export(cart_id)["orders"])
        assert order_id in exported
        assert "ada@example.com" in exported
        assert "grace@example.com" not in exported


def test_a_replay_of_everything_changes_nothing(cloud, ada, provider):
    start = cloud.clock.now()
    paid = placed(cloud, ada, mugs=2)
    provider(paid)
    left = placed(cloud, ada, teas=1)
    cloud.advance(40 * MINUTE)
    before = {one: ada.get(f"/orders/{one}").json for one in (paid, left)}
    events = {event["detail"]["metadata"]["event_id"] for event in orders_told(cloud)}
    cloud.replay(start, cloud.clock.now())
    cloud.advance(10 * MINUTE)
    assert {one: ada.get(f"/orders/{one}").json for one in (paid, left)} == before
    assert {event["detail"]["metadata"]["event_id"] for event in orders_told(cloud)} == events
    assert quantities(ada) == {TEA: 1}


def orders_told(cloud: LocalCloud) -> list[dict[str, Any]]:
    return told(cloud, "OrderPlaced", "OrderPaid", "OrderCancelled", "OrderRejected")


def test_an_order_is_cancelled_before_a_cart_stops_waiting_for_its_lines() -> None:
    assert TIME_TO_PAY + GRACE + timedelta(minutes=60) < MAY_RETURN
