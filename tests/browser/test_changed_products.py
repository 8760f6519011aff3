"""A product in the cart that the shop sells no longer, or at another price."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.people import MUG
from tests.support.products import MUG as SKU

TEAPOT = "Cast-iron teapot"


@pytest.fixture
def withdraw(cloud):
    """Withdraw the mug, and have it back at the end."""
    yield lambda: cloud.withdraw(SKU)
    cloud.withdraw(SKU, withdrawn=False)


def put(visitor, product):
    visitor.add(product)
    expect(visitor.progress(product)).to_have_text("In your cart: 1")


def test_its_line_says_so_counts_nothing_and_can_be_removed(ada, withdraw):
    put(ada, MUG)
    put(ada, TEAPOT)
    withdraw()
    ada.page.reload()
    expect(ada.line(MUG)).to_contain_text("No longer available.")
    expect(ada.quantity(MUG)).to_be_hidden()
    expect(ada.page.locator("#total")).to_have_text("€59.00")
    expect(ada.page.locator("#cart-count")).to_have_text("1")
    assert_accessible(ada.page)
    ada.button(f"Remove {MUG}").click()
    expect(ada.line(MUG)).to_have_count(0)
    expect(ada.line(TEAPOT)).to_be_visible()


def test_a_cart_of_nothing_else_cannot_be_ordered_and_promises_no_mail(ada, withdraw):
    put(ada, MUG)
    withdraw()
    ada.page.reload()
    expect(ada.line(MUG)).to_contain_text("No longer available.")
    expect(ada.button("Check out")).to_be_hidden()
    expect(ada.page.locator("#reminder")).to_be_hidden()


def test_it_can_be_bought_again_once_it_is_back(ada, withdraw, cloud):
    put(ada, MUG)
    withdraw()
    cloud.withdraw(SKU, withdrawn=False)
    ada.page.reload()
    expect(ada.quantity(MUG)).to_have_value("1")
    expect(ada.page.locator("#total")).to_have_text("€14.50")


@pytest.fixture
def reprice(cloud):
    """Have the mug cost €12.90, and what it did at the end."""
    yield lambda: cloud.reprice(SKU, 1290)
    cloud.reprice(SKU, 1450)


@pytest.mark.parametrize(
    ("locale", "name", "words"),
    [
        ("en-GB", MUG, "Now €12.90 each, was €14.50"),
        ("de-DE", "Steingutbecher", "Jetzt je 12,90 €, vorher 14,50 €"),
    ],
)
def test_a_line_tells_what_it_cost_when_it_was_added(visit, reprice, locale, name, words):
    visitor = visit(locale=locale).open()
    visitor.product(name).get_by_role("button").click()
    expect(visitor.page.locator(".progress[data-state=done]").first).to_be_visible()
    reprice()
    visitor.page.reload()
    expect(visitor.line(name)).to_contain_text(words)
