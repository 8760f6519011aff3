"""Where the button of a reminder leads: to the cart, in a tab that knows nobody."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.people import MUG
from tests.support.products import MUG as SKU

PHONE = {"viewport": {"width": 390, "height": 700}}
DESK = {"viewport": {"width": 1280, "height": 500}}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def arrived(request, visit, cloud):
    """Somebody who opened the link of a mail in a new tab, and has an account with a cart."""
    visitor = visit(url=f"{cloud.url}#cart", **request.param)
    return visitor.open()


def test_the_link_shows_the_cart_and_offers_to_sign_in(arrived):
    expect(arrived.page.locator("#cart-title")).to_be_in_viewport()
    expect(arrived.cart).to_contain_text("Sign in to see your cart.")
    expect(arrived.cart.get_by_role("button", name="Sign in", exact=True)).to_be_in_viewport()
    arrived.cart.get_by_role("button", name="Sign in", exact=True).click()
    expect(arrived.button("I am Ada")).to_be_focused()
    expect(arrived.button("I am Ada")).to_be_in_viewport()


def test_who_signs_in_is_brought_to_the_cart(arrived):
    arrived.cart.get_by_role("button", name="Sign in", exact=True).click()
    arrived.sign_in("Ada")
    expect(arrived.page.locator("#cart-title")).to_be_focused()
    expect(arrived.page.locator("#cart-title")).to_be_in_viewport()
    expect(arrived.cart).to_contain_text("Your cart is empty.")
    expect(arrived.page.locator("#cart-state")).to_be_in_viewport()
    expect(arrived.cart.get_by_role("button", name="Sign in", exact=True)).to_be_hidden()


def test_a_guest_with_a_cart_is_told_that_the_account_has_another_one(visit, cloud):
    visitor = visit().open()
    visitor.add(MUG)
    expect(visitor.progress(MUG)).to_have_text("In your cart: 1")
    visitor.page.goto("about:blank")
    visitor.page.goto(f"{cloud.url}#cart")
    expect(visitor.cart).to_contain_text("This is your cart as a guest.")
    visitor.cart.get_by_role("button", name="Sign in", exact=True).click()
    visitor.sign_in("Ada")
    expect(visitor.line(MUG)).to_be_visible()


def test_who_is_signed_in_already_sees_the_cart_at_once(ada, cloud):
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    ada.page.goto(f"{cloud.url}#cart")
    ada.page.reload()
    expect(ada.page.locator("#cart-title")).to_be_focused()
    expect(ada.line(MUG)).to_be_visible()
    expect(ada.cart.get_by_role("button", name="Sign in", exact=True)).to_be_hidden()


def test_who_came_without_a_link_is_not_asked_to_sign_in(shopper):
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    expect(shopper.cart.get_by_role("button", name="Sign in", exact=True)).to_be_hidden()


IN_CART = {"sku": SKU, "name": MUG, "quantity": 2, "unit_price": 1450, "subtotal": 2900}
GONE = {"sku": "X", "name": "X", "quantity": 1, "unit_price": 9, "subtotal": 0, "available": False}
LINKED = {"items": [IN_CART, GONE], "total": 2900, "currency": "EUR"}


def test_a_mails_own_link_shows_its_cart_to_look_at_and_leaves_no_trace(visit, cloud):
    visitor = visit(url=f"{cloud.url}#cart-link=signed.token", **PHONE)
    asked = []

    def answer(route):
        asked.append(route.request.headers.get("cart-link"))
        route.fulfill(json=LINKED)

    visitor.page.route("**/guest/cart", answer)
    visitor.open()
    expect(visitor.cart).to_contain_text("This is the cart that our mail is about.")
    expect(visitor.cart.get_by_role("listitem")).to_have_text(
        f"2 \N{MULTIPLICATION SIGN} {MUG} €29.00"
    )
    expect(visitor.cart.get_by_role("button", name=f"Remove {MUG}")).to_have_count(0)
    expect(visitor.page).to_have_url(f"{cloud.url}#cart")
    assert_accessible(visitor.page)
    assert asked == ["signed.token"]
    assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0
    visitor.cart.get_by_role("button", name="Sign in", exact=True).click()
    visitor.sign_in("Ada")
    expect(visitor.cart).to_contain_text("Your cart is empty.")
    assert visitor.page.evaluate("history.state") is None


def test_a_link_that_is_good_no_more_or_whose_cart_is_ordered_asks_to_sign_in(visit, cloud):
    visitor = visit(url=f"{cloud.url}#cart-link=forged")
    visitor.open()
    expect(visitor.cart).to_contain_text("Sign in to see your cart.")
    expect(visitor.cart.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    ordered = {**LINKED, "items": [GONE]}
    visitor.page.route("**/guest/cart", lambda route: route.fulfill(json=ordered))
    with visitor.page.expect_response("**/guest/cart"):
        visitor.page.reload()
    expect(visitor.cart).to_contain_text("Sign in to see your cart.")
    expect(visitor.page.locator("#linked")).to_be_hidden()
