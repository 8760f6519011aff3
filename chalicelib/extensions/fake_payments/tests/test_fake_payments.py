"""A payment is decided on the page of the fake provider, or in the local cloud."""

import json

import pytest

from infra.local.engine.http import Request
from infra.local.web import routes
from tests.support.products import MUG


@pytest.fixture
def order_id(cloud, ada):
    ada.add(MUG, 2)
    cloud.settle()
    line = {"sku": MUG, "quantity": 2, "unit_price": 1450}
    answer = ada.send(
        "POST", "/orders", {"seen": {"lines": [line], "total": 2900, "currency": "EUR"}}
    )
    cloud.settle()
    return answer.json["order_id"]


def decide(cloud, **body):
    request = Request("POST", "/_local/payments", body=json.dumps(body).encode())
    status = routes.handle(cloud, request).status
    cloud.settle()
    return status


def status(shopper, order_id):
    return shopper.get(f"/orders/{order_id}").json["status"]


def test_the_page_offers_to_pay_and_to_refuse(cloud, order_id):
    page = cloud.request("GET", f"/pay/{order_id}")
    assert page.status == 200
    for text in (b"outcome=paid", b"outcome=refused", b"Nothing", "€29.00".encode()):
        assert text in page.body


@pytest.mark.parametrize(
    ("wanted", "language", "said"),
    [
        ("de-AT", "de", ("29,00\N{NO-BREAK SPACE}€ für Ihre Bestellung", "Bezahlen", "Ablehnen")),
        ("en-GB", "en", ("€29.00 for your order", "Pay", "Refuse")),
        ("fr", "en", ("€29.00 for your order", "Pay", "Refuse")),
    ],
)
def test_the_page_speaks_its_readers_language(cloud, order_id, wanted, language, said):
    page = cloud.request("GET", f"/pay/{order_id}", {"Accept-Language": wanted})
    assert dict(page.headers)["Content-Language"] == language
    for text in (f'<html lang="{language}">', "Leaf &amp; Bean", *said):
        assert text in page.body.decode()


@pytest.mark.parametrize(
    ("outcome", "title"), [("paid", "Sie haben bezahlt"), ("refused", "Sie haben nicht bezahlt")]
)
def test_what_was_decided_is_said_in_the_readers_language(cloud, order_id, outcome, title):
    decided = cloud.request(
        "POST", f"/pay/{order_id}?outcome={outcome}", {"Accept-Language": "de"}
    ).body.decode()
    assert f"<h1>{title}</h1>" in decided
    assert "Zurück zum Shop" in decided


@pytest.mark.parametrize(("outcome", "wanted"), [("paid", "paid"), ("refused", "cancelled")])
def test_what_is_decided_in_the_local_cloud_is_reported(cloud, ada, order_id, outcome, wanted):
    assert decide(cloud, order_id=order_id, outcome=outcome) == 200
    assert status(ada, order_id) == wanted


@pytest.mark.parametrize("outcome", ["paid", "refused"])
def test_what_is_decided_on_the_page_is_reported(cloud, ada, order_id, outcome):
    assert cloud.request("POST", f"/pay/{order_id}?outcome={outcome}").status == 200
    cloud.settle()
    assert status(ada, order_id) == {"paid": "paid", "refused": "cancelled"}[outcome]


@pytest.mark.parametrize("unknown", ["none", "0190a0a0-0000-7000-8000-000000000000"])
def test_what_was_not_ordered_has_no_page(cloud, unknown):
    assert cloud.request("GET", f"/pay/{unknown}").status == 404
    assert decide(cloud, order_id=unknown, outcome="paid") == 400
