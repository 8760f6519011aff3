import json
import subprocess
from datetime import timedelta
from pathlib import Path

import playwright
import pytest

from chalicelib.domain import pricing
from chalicelib.domain.cart import Cart
from chalicelib.domain.pricing import LineItem, money, price
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


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "EUR", "€0.00"),
        (5, "EUR", "€0.05"),
        (1450, "EUR", "€14.50"),
        (123_456_789, "EUR", "€1,234,567.89"),
        (-5, "EUR", "-€0.05"),
        (-195, "EUR", "-€1.95"),
        (-123_456, "EUR", "-€1,234.56"),
        (1450, "CHF", "CHF\u00a014.50"),
        (-1450, "CHF", "-CHF\u00a014.50"),
        (1450, "USD", "$14.50"),
        (0, "JPY", "¥0"),
        (1450, "JPY", "¥1,450"),
        (-1450, "JPY", "-¥1,450"),
        (1_234_567, "KRW", "₩1,234,567"),
        (1450, "KWD", "KWD\u00a01.450"),
        (5, "BHD", "BHD\u00a00.005"),
        (-5, "TND", "-TND\u00a00.005"),
        (123_450, "HUF", "HUF\u00a01,234.50"),
    ],
)
def test_money_as_people_read_it(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text


AMOUNTS = (0, 1, 5, 99, 100, 999, 1450, 123_456_789, 10**13 + 1, -1, -195, -1_234_567)
EXECUTABLE = Path(playwright.__file__).parent / "driver" / "node"
SCRIPT = """
globalThis.document = { documentElement: { lang: "en" } };
const { money } = await import(process.argv[1]);
const currencies = Intl.supportedValuesOf("currency");
const amounts = JSON.parse(process.argv[2]);
const row = (currency) => [currency, amounts.map((amount) => money(amount, currency))];
console.log(JSON.stringify(Object.fromEntries(currencies.map(row))));
"""


def test_page_and_mail_write_every_amount_of_every_currency_the_same() -> None:
    words = Path(pricing.__file__).parents[1] / "storefront" / "words.js"
    done = subprocess.run(  # noqa: S603 - the Node that comes with Playwright
        [EXECUTABLE, "--input-type=module", "-e", SCRIPT, words, json.dumps(AMOUNTS)],
        capture_output=True,
        check=True,
        text=True,
    )
    page = json.loads(done.stdout)
    assert len(page) > 150
    mail = {currency: [money(amount, currency) for amount in AMOUNTS] for currency in page}
    assert page == mail
