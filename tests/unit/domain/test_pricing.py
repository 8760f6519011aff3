from datetime import timedelta

import msgspec
import pytest
from msgspec import UNSET

from chalicelib.domain.cart import Cart, PriceSeen
from chalicelib.domain.pricing import LineItem, price
from tests.support.builders import NOW, add
from tests.support.catalog import CATALOG, LANGUAGE, without
from tests.support.products import MUG, TEAPOT


def test_a_cart_costs_what_its_lines_cost() -> None:
    priced = price(
        Cart([add(MUG, 2), add(TEAPOT, 1, NOW + timedelta(minutes=1))], NOW), CATALOG, LANGUAGE
    )
    assert priced.items == (
        LineItem(MUG, "Stoneware mug", unit_price=1450, quantity=2, subtotal=2900),
        LineItem(TEAPOT, "Cast-iron teapot", unit_price=5900, quantity=1, subtotal=5900),
    )
    assert priced.total == 8800
    assert priced.currency == "EUR"
    assert priced.updated_at == NOW + timedelta(minutes=1)


def test_an_empty_cart_costs_nothing() -> None:
    priced = price(Cart([], NOW), CATALOG, LANGUAGE)
    assert (priced.items, priced.total, priced.updated_at) == ((), 0, None)


def test_what_is_no_longer_sold_is_left_out() -> None:
    priced = price(Cart([add("SOLD-OUT"), add(MUG)], NOW), CATALOG, LANGUAGE)
    assert [item.sku for item in priced.items] == [MUG]
    assert priced.total == 1450


def test_a_withdrawn_product_is_shown_and_costs_nothing() -> None:
    priced = price(
        Cart([add(TEAPOT, 3), add(MUG, at=NOW + timedelta(minutes=1))], NOW),
        without(TEAPOT),
        LANGUAGE,
    )
    assert priced.items == (
        LineItem(TEAPOT, "Cast-iron teapot", 5900, quantity=3, subtotal=0, available=False),
        LineItem(MUG, "Stoneware mug", 1450, quantity=1, subtotal=1450),
    )
    assert priced.total == 1450
    assert [item.sku for item in priced.available] == [MUG]
    assert priced.unsold == {TEAPOT}


@pytest.mark.parametrize("withdrawn", [(), (MUG,), (TEAPOT,), (MUG, TEAPOT)])
def test_each_line_can_be_ordered_or_not(withdrawn: tuple[str, ...]) -> None:
    priced = price(Cart([add(TEAPOT), add(MUG)], NOW), without(*withdrawn), LANGUAGE)
    assert priced.unsold == set(withdrawn)
    assert {item.sku for item in priced.available} == {MUG, TEAPOT} - set(withdrawn)


def test_a_line_tells_what_it_costs_now_and_what_it_cost_when_it_was_added() -> None:
    seen = {MUG: PriceSeen("1", 1300, "EUR")}
    (mug,) = price(Cart([add(MUG)], NOW, prices_seen=seen), CATALOG, LANGUAGE).items
    assert (mug.unit_price, mug.unit_price_at_add, mug.subtotal) == (1450, 1300, 1450)


@pytest.mark.parametrize("currency", ["CHF", "USD"])
def test_a_price_in_another_currency_is_not_told(currency: str) -> None:
    seen = {MUG: PriceSeen("1", 1300, currency)}
    (mug,) = price(Cart([add(MUG)], NOW, prices_seen=seen), CATALOG, LANGUAGE).items
    assert mug.unit_price_at_add is UNSET


def test_a_cart_that_knows_of_more_changes_keeps_the_prices_that_were_seen() -> None:
    seen = PriceSeen("019cade21100", 1300, "EUR")
    cart = Cart([add(MUG)], NOW, prices_seen={MUG: seen})
    assert cart.knowing([add(TEAPOT)]).price_seen(MUG) == cart.until(NOW).price_seen(MUG) == seen


def test_a_line_tells_only_what_is_not_as_usual() -> None:
    line = msgspec.to_builtins(LineItem(MUG, "Stoneware mug", 1450, quantity=1, subtotal=1450))
    assert set(line) == {"sku", "name", "unit_price", "quantity", "subtotal"}
    gone = msgspec.to_builtins(LineItem(MUG, "Mug", 1450, quantity=1, subtotal=0, available=False))
    assert gone["available"] is False
