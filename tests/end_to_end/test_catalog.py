"""Products that change while the shop is open: ``POST /_local/catalog``."""

import json

import pytest

from infra.local.engine.http import Request
from infra.local.web import routes
from tests.support.products import MUG


def change(cloud, **fields):
    request = Request("POST", "/_local/catalog", body=json.dumps(fields).encode())
    return routes.handle(cloud, request)


def on_sale(cloud) -> dict[str, int]:
    products = json.loads(cloud.request("GET", "/products").body)["products"]
    return {product["sku"]: product["unit_price"] for product in products}


def test_a_new_price_counts_at_once_on_the_shelf_and_in_carts(cloud, ada):
    ada.add(MUG, 2)
    cloud.settle()
    answer = change(cloud, sku=MUG, unit_price=999)
    assert (answer.status, answer.json()["unit_price"]) == (200, 999)
    assert on_sale(cloud)[MUG] == 999
    assert ada.cart()["total"] == 2 * 999


def test_a_withdrawn_product_is_not_sold_until_it_comes_back(cloud, ada):
    change(cloud, sku=MUG, withdrawn=True)
    assert MUG not in on_sale(cloud)
    assert ada.add(MUG).status == 422
    change(cloud, sku=MUG, withdrawn=False)
    assert MUG in on_sale(cloud)
    assert ada.add(MUG).status == 202


def test_a_replay_of_what_was_done_before_a_product_was_withdrawn_fails_nothing(cloud, ada):
    start = cloud.clock.now()
    ada.add(MUG, 2)
    ada.add(MUG, 1)
    ada.remove(MUG)
    ada.add(MUG, 3)
    cloud.settle()
    change(cloud, sku=MUG, withdrawn=True)
    cloud.settle()
    cloud.advance(60)
    before, runs = ada.cart(), len(cloud.state()["invocations"])
    cloud.replay(start, cloud.clock.now())
    cloud.settle()
    assert ada.cart() == before
    functions = [run["function"] for run in cloud.state()["invocations"][runs:]]
    assert (functions.count("persist_cart"), functions.count("record_failure")) == (4, 0)


def test_what_is_not_named_stays_as_it_was(cloud):
    before = on_sale(cloud)[MUG]
    assert change(cloud, sku=MUG, stock=3).json() == {
        "sku": MUG,
        "unit_price": before,
        "stock": 3,
        "withdrawn": False,
    }
    assert change(cloud, sku=MUG, stock=None).json()["stock"] is None


def test_each_change_is_told_on_the_bus(cloud):
    change(cloud, sku=MUG, unit_price=999)
    change(cloud, sku=MUG, withdrawn=True)
    cloud.settle()
    told = [each for each in cloud.state()["events"] if each["source"] == "shop.catalog"]
    kinds = [each["detail-type"] for each in told]
    assert kinds == ["ProductChanged", "ProductChanged", "ProductWithdrawn"]
    assert told[0]["detail"]["data"]["unit_price"] == 999
    ids = [each["detail"]["metadata"]["event_id"] for each in told]
    assert ids == sorted(ids)


def test_another_local_cloud_begins_with_the_products_as_they_are_written(cloud):
    assert on_sale(cloud)[MUG] == 1450


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sku": MUG},
        {"sku": "NO-SUCH", "withdrawn": True},
        {"sku": MUG, "unit_price": -1},
        {"sku": MUG, "unit_price": 1.5},
        {"sku": MUG, "unit_price": None},
        {"sku": MUG, "unit_price": 10**10},
        {"sku": MUG, "stock": "many"},
        {"sku": MUG, "stock": True},
        {"sku": MUG, "withdrawn": "yes"},
        {"sku": MUG, "withdrawn": None},
    ],
)
def test_what_is_no_change_is_refused_in_a_sentence(cloud, fields):
    answer = change(cloud, **fields)
    assert answer.status == 400
    assert answer.json()["error"]["message"].endswith(".")
    assert on_sale(cloud)[MUG] == 1450
