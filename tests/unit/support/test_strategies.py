"""The strategies draw what they are there for; without this they might go quietly soft."""

import unicodedata
from typing import Any

import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import MalformedEvent
from chalicelib.domain.events import Customer, ItemAddedToCart, parse
from tests.support import strategies
from tests.support.builders import CART_ID, NOW, item_added, on_bus
from tests.support.strategies import ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (strategies.names, lambda name: name.isascii() and "," in name and len(name) > 76),
        (strategies.names, lambda name: ZERO_WIDTH_JOINER in name),
        (strategies.names, lambda name: ZERO_WIDTH_NON_JOINER in name),
        (strategies.names, lambda name: "=?" in name and "=0D=0A" in name),
        (strategies.names, lambda name: "\N{FAMILY}" in name or "\N{WOMAN}" in name),
        (strategies.addresses, lambda address: "ß" in address),
        (strategies.addresses, lambda address: "xn--" in address),
        (strategies.addresses, lambda address: not address.partition("@")[0].isascii()),
        (strategies.odd_skus, lambda sku: "%" in sku),
        (strategies.deep_json(), lambda text: text.startswith("[" * 1_000)),
    ],
)
def test_what_people_type_is_drawn(strategy: st.SearchStrategy[Any], wanted: Any) -> None:
    find(strategy, wanted, settings=settings(phases=[Phase.generate], max_examples=500))


@given(strategies.names, strategies.addresses, strategies.valid_skus)
def test_events_take_these_names_addresses_and_skus_as_they_are(
    name: str, address: str, sku: str
) -> None:
    assume(not any(unicodedata.category(sign) == "Cs" for sign in name))  # half a character
    added = item_added(sku, customer=Customer(CART_ID, address, name))
    assert parse(on_bus(added), ItemAddedToCart, now=NOW) == added


@given(strategies.odd_skus)
def test_events_take_no_odd_sku(sku: str) -> None:
    event = on_bus(item_added())
    event["detail"]["data"]["sku"] = sku
    with pytest.raises(MalformedEvent):
        parse(event, ItemAddedToCart, now=NOW)
