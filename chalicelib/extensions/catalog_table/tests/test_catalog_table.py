"""A shop that has its products in a table: what events tell of them is sold, shown and mailed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chalicelib.domain import events, ids
from chalicelib.domain.catalog_events import ProductChanged, ProductEvent, ProductWithdrawn
from infra.local.cloud import LocalCloud
from infra.local.engine.http import Request
from infra.local.web import routes
from infra.shop.check import problems
from tests.support.catalog import CATALOG, FOLDER
from tests.support.products import MUG, TEA
from tests.support.shopper import Shopper

HOUR, DAY = 3_600, 86_400
A_WHILE = 61
"""Seconds after which nothing that was read before is still used."""


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    folder = copytree(FOLDER, tmp_path / "shop")
    text = (folder / "shop.toml").read_text("utf-8")
    (folder / "shop.toml").write_text(f'products = "table"\n{text}', "utf-8")
    assert problems(folder) == []
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    with LocalCloud.start(seed=1) as cloud:
        yield cloud


@pytest.fixture
def ada(cloud: LocalCloud) -> Shopper:
    return Shopper(cloud, "ada@example.com", "Ada")


def change(cloud: LocalCloud, **fields: Any) -> None:
    request = Request("POST", "/_local/catalog", body=json.dumps(fields).encode())
    assert routes.handle(cloud, request).status == 200
    cloud.advance(A_WHILE)


def put(cloud: LocalCloud, event: ProductEvent, seconds: int = 0) -> None:
    """Put an event on the bus that is dated some seconds from now."""
    at = cloud.clock.now() + timedelta(seconds=seconds)
    detail = events.encode(events.first(ids.event_id(at, 7), event))
    entry = {"Source": event.source, "DetailType": event.detail_type, "Detail": detail}
    cloud.client("events").put_events(Entries=[{**entry, "EventBusName": cloud.names.bus}])


def changed(sku: str = MUG, **fields: Any) -> ProductChanged:
    said = {"name": {"en": "Cup"}, "description": {"en": "A cup."}, "unit_price": 999}
    return ProductChanged(sku, **{**said, "currency": "EUR", **fields})


def on_sale(cloud: LocalCloud) -> dict[str, int]:
    products = json.loads(cloud.request("GET", "/products").body)["products"]
    return {product["sku"]: product["unit_price"] for product in products}


def results_of(cloud: LocalCloud) -> list[str]:
    return [hop.outcome for hop in cloud.hops() if hop.kind == "log" and hop.what == "keep_product"]


def test_it_begins_with_the_products_of_the_file(cloud: LocalCloud) -> None:
    assert on_sale(cloud) == {product.sku: product.unit_price for product in CATALOG}


def test_a_change_on_the_bus_is_sold_shown_and_mailed(cloud: LocalCloud, ada: Shopper) -> None:
    ada.add(MUG, 2)
    change(cloud, sku=MUG, unit_price=1290)
    assert on_sale(cloud)[MUG] == 1290
    assert ada.cart()["total"] == 2 * 1290
    cloud.advance(2 * DAY)
    assert "12.90" in (cloud.inbox[-1].text or "")


def test_a_withdrawn_product_stays_in_carts_and_is_not_sold(
    cloud: LocalCloud, ada: Shopper
) -> None:
    ada.add(MUG)
    change(cloud, sku=MUG, withdrawn=True)
    assert MUG not in on_sale(cloud)
    assert ada.add(MUG).status == 422
    assert [item["available"] for item in ada.cart()["items"]] == [False]
    change(cloud, sku=MUG, withdrawn=False)
    assert ada.add(MUG).status == 202


def test_a_new_product_can_be_bought(cloud: LocalCloud, ada: Shopper) -> None:
    assert ada.add("CUP-1").status == 422
    put(cloud, changed("CUP-1"))
    cloud.advance(A_WHILE)
    assert ada.add("CUP-1").status == 202
    cloud.settle()
    assert [item["name"] for item in ada.cart()["items"]] == ["Cup"]


def test_what_was_read_is_used_for_some_seconds_and_no_longer(
    cloud: LocalCloud, ada: Shopper
) -> None:
    ada.add(MUG)
    cloud.settle()
    before = reads(cloud)
    for _ in range(10):
        ada.add(MUG)
    assert reads(cloud) == before
    cloud.advance(6)
    ada.add(MUG)
    assert reads(cloud) == before + 1


def reads(cloud: LocalCloud) -> int:
    return sum(call.operation == "BatchGetItem" for call in cloud.calls)


THREE = [(changed(unit_price=1), 1), (ProductWithdrawn(MUG), 2), (changed(unit_price=3), 3)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("last", [2, 3])
def test_the_latest_event_counts_whichever_comes_first(
    cloud: LocalCloud, order: tuple[int, ...], last: int
) -> None:
    for number in (each for each in order if each < last):
        for _ in range(2):
            put(cloud, *THREE[number])
            cloud.settle()
    cloud.advance(A_WHILE)
    assert on_sale(cloud).get(MUG) == (None if last == 2 else 3)


def test_a_replay_brings_back_no_older_price(cloud: LocalCloud) -> None:
    start = cloud.clock.now() - timedelta(seconds=1)
    change(cloud, sku=MUG, unit_price=1)
    change(cloud, sku=MUG, unit_price=2)
    cloud.replay(start, cloud.clock.now())
    cloud.advance(A_WHILE)
    assert on_sale(cloud)[MUG] == 2
    assert results_of(cloud) == ["kept", "kept", "outdated", "outdated"]


@pytest.mark.parametrize(
    "event",
    [
        changed(currency="USD"),
        changed(unit_price=-1),
        changed(name={"english": "Cup"}),
        changed(image="cup.png"),
    ],
)
def test_what_cannot_be_sold_is_refused_and_kept_as_a_failed_job(
    cloud: LocalCloud, event: ProductChanged
) -> None:
    put(cloud, event)
    cloud.advance(HOUR)
    assert on_sale(cloud)[MUG] == 1450
    assert results_of(cloud) == ["rejected"]
    assert any(run["function"] == "record_failure" for run in cloud.state()["invocations"])


def test_a_withdrawal_of_what_was_never_there_is_no_product(
    cloud: LocalCloud, ada: Shopper
) -> None:
    put(cloud, ProductWithdrawn("NO-SUCH"))
    cloud.advance(A_WHILE)
    assert ada.add("NO-SUCH").status == 422
    assert ada.remove("NO-SUCH").status == 422
    assert ada.add(TEA).status == 202
