from datetime import timedelta

import pytest

from chalicelib.domain.cart import Cart
from chalicelib.domain.pricing import LineItem, money, price
from tests.support.builders import NOW, add
from tests.support.products import MUG, TEAPOT


def test_a_cart_costs_what_its_lines_cost() -> None:
    priced = price(Cart([add(MUG, 2), add(TEAPOT, 1, NOW + timedelta(minutes=1))], NOW))
    assert priced.items == (
        LineItem(MUG, "Stoneware mug", unit_price=1450, quantity=2, subtotal=2900),
        LineItem(TEAPOT, "Cast-iron teapot", unit_price=5900, quantity=1, subtotal=5900),
    )
    assert priced.total == 8800
    assert priced.currency == "EUR"
    assert priced.updated_at == NOW + timedelta(minutes=1)


def test_an_empty_cart_costs_nothing() -> None:
    priced = price(Cart([], NOW))
    assert (priced.items, priced.total, priced.updated_at) == ((), 0, None)


def test_what_is_no_longer_sold_is_left_out() -> None:
    priced = price(Cart([add("SOLD-OUT"), add(MUG)], NOW))
    assert [item.sku for item in priced.items] == [MUG]
    assert priced.total == 1450


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "EUR", "€0.00"),
        (5, "EUR", "€0.05"),
        (1450, "EUR", "€14.50"),
        (123_456_789, "EUR", "€1,234,567.89"),
        (1450, "CHF", "14.50 CHF"),
    ],
)
def test_money_as_people_read_it(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text
