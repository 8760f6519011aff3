"""The journey tells in order what happened to a cart, and is the same however it was made."""

import pytest

from chalicelib import extensions
from chalicelib.adapters.dynamodb.table import Table

(journey,) = extensions.members("commands", "journey")

MUG, TEA = "MUG-STONE-350", "TEA-SENCHA-100"
HOUR = 3_600


@pytest.fixture
def table(cloud):
    return Table(cloud.client("dynamodb"), "cart-local")


@pytest.fixture
def request_id(cloud, ada):
    """Play something about two carts; return the id of Ada's first request."""
    first = ada.add(MUG, 2).json["request_id"]
    cloud.advance(1)
    ada.add(TEA)
    cloud.advance(1)
    ada.remove(TEA)
    cloud.advance(30 * HOUR)
    return first


def cart_of(table, request_id):
    return table.get(f"JOURNEY_OF#{request_id}", "CART")["cart"]


def kept(cloud):
    found = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
    ours = [item for item in found if item["pk"]["S"].startswith("JOURNEY")]
    return sorted(ours, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def test_what_happened_is_told_in_order(cloud, grace, table, request_id):
    grace.add(TEA)
    cloud.settle()
    steps = list(journey(table, cart_of(table, request_id)))
    told = [step.split("  ")[1] for step in steps]
    assert told[:3] == ["ItemAddedToCart", "ItemAddedToCart", "ItemRemovedFromCart"]
    assert "CartReminderDue" in told[3:]
    assert 'sku="MUG-STONE-350" quantity=2' in steps[0]


def test_of_a_request_is_told_what_followed_from_it(table, request_id):
    steps = [step.split("  ")[1] for step in journey(table, request_id)]
    assert steps[0] == "ItemAddedToCart"
    assert "CartReminderDue" in steps
    assert "ItemRemovedFromCart" not in steps


def test_neither_name_nor_address_is_kept(cloud, request_id):
    assert "ada@example.com" not in str(kept(cloud))
    assert "'Ada'" not in str(kept(cloud))


def test_of_nobody_nothing_is_told(table):
    assert list(journey(table, "nobody")) == []


def test_deleted_and_rebuilt_by_a_replay_it_is_the_same(cloud, request_id):
    before = kept(cloud)
    start = cloud.clock.now()
    for item in before:
        key = {name: item[name] for name in ("pk", "sk")}
        cloud.client("dynamodb").delete_item(TableName="cart-local", Key=key)
    assert kept(cloud) == []
    cloud.replay(start.replace(year=2000), start, rule="note-step")
    cloud.settle()
    assert kept(cloud) == before


def test_a_replay_of_what_is_there_changes_nothing(cloud, request_id):
    before = kept(cloud)
    now = cloud.clock.now()
    cloud.replay(now.replace(year=2000), now, rule="note-step")
    cloud.settle()
    assert kept(cloud) == before


def test_a_person_gets_their_journey_and_has_it_forgotten(cloud, table, request_id):
    cart_id = cart_of(table, request_id)
    assert len(cloud.export(cart_id)["journey"]) >= 4
    cloud.forget(cart_id)
    assert kept(cloud) == []
