"""From the cart to the order, its payment, and what happens where that does not come."""

import json
from contextlib import suppress
from functools import partial

import pytest
from playwright.sync_api import Route, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.people import MUG
from tests.support.products import MUG as SKU
from tests.support.seconds import HOUR

SENCHA = "Sencha, 100 g"


@pytest.fixture
def ada(ada):
    """Ada, with two mugs in her cart."""
    ada.add(MUG, 2)
    expect(ada.progress(MUG)).to_have_text("In your cart: 2")
    return ada


def pay(ada, choice):
    """Decide on the payment page, and go back to the shop."""
    ada.page.get_by_role("link", name="Pay €29.00").click()
    assert_accessible(ada.page)
    ada.page.get_by_role("button", name=choice).click()
    if choice != "Nothing":
        ada.page.get_by_role("button", name="Back to the shop").click()


def test_what_the_check_out_shows_is_ordered_paid_for_and_told(ada):
    ada.button("Check out").click()
    dialog = ada.page.get_by_role("dialog", name="Your order")
    expect(dialog.get_by_role("listitem")).to_have_text(
        "2 \N{MULTIPLICATION SIGN} Stoneware mug €29.00"
    )
    expect(ada.page.locator("#checkout-total")).to_have_text("€29.00")
    assert_accessible(ada.page)
    with ada.page.expect_request("**/orders") as asked:
        ada.button("Place order").click()
    lines = [{"sku": SKU, "quantity": 2, "unit_price": 1450}]
    assert asked.value.post_data_json == {
        "seen": {"lines": lines, "total": 2900, "currency": "EUR"}
    }
    expect(ada.order).to_contain_text("Your order is placed. Please pay by")
    expect(ada.announced).to_have_text("Your order is placed.")
    expect(ada.lines).to_have_count(0)
    order_id = asked.value.response().json()["order_id"]
    expect(ada.order).to_contain_text(f"Order number {order_id}")
    assert_accessible(ada.page)
    pay(ada, "Pay")
    expect(ada.order).to_contain_text("Thank you! Your order is paid.")
    expect(ada.lines).to_have_count(0)
    ada.order.get_by_role("button", name="Close").click()
    expect(ada.order).to_be_hidden()
    ada.open()
    expect(ada.cart).to_contain_text("Your cart is empty.")


def test_a_cart_that_is_not_known_yet_cannot_be_ordered(ada):
    ada.button("Sign out").click()
    ada.add(SENCHA)
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    carts: list[Route] = []

    def hold(route: Route) -> None:
        carts.append(route)

    ada.page.route("**/cart", hold)
    ada.sign_in("Ada")
    expect(ada.lines).to_have_count(1)
    expect(ada.button("Check out")).to_be_disabled()
    ada.button("Check out").press("Enter")
    expect(ada.page.get_by_role("dialog", name="Your order")).to_be_hidden()
    for cart in carts:
        cart.continue_()
    ada.page.unroute("**/cart")
    expect(ada.lines).to_have_count(2)
    expect(ada.button("Check out")).to_be_enabled()


def test_who_walks_away_gets_everything_back_in_the_cart(ada, cloud):
    ada.page.clock.install()
    ada.check_out()
    expect(ada.order).to_contain_text("Please pay by")
    pay(ada, "Nothing")
    expect(ada.order).to_contain_text("Please pay by")
    expect(ada.lines).to_have_count(0)
    with ada.page.expect_response("**/orders/*"):
        ada.page.clock.fast_forward("10:00")  # from now on the page looks once a minute
    cloud.advance(HOUR // 2 + 60)
    cancelled = expect(ada.order)
    for _ in range(20):  # a minute that passes before the page waits for it does not count
        ada.page.clock.fast_forward("01:05")
        with suppress(AssertionError):
            cancelled.to_contain_text("was not paid in time and is cancelled.", timeout=3_000)
            break
    cancelled.to_contain_text("was not paid in time and is cancelled.")
    expect(ada.quantity(MUG)).to_have_value("2")
    expect(ada.button("Check out")).to_be_visible()


def test_a_payment_that_is_refused_cancels_the_order(ada):
    ada.check_out()
    pay(ada, "Refuse")
    expect(ada.order).to_contain_text("The payment was refused")
    expect(ada.quantity(MUG)).to_have_value("2")


def test_an_order_of_another_cart_than_was_seen_is_refused_and_looked_at_again(ada, visit):
    """In a second tab, the same customer goes on shopping while the first shows the check-out."""
    ada.button("Check out").click()
    other = ada.open_tab().sign_in("Ada")
    other.add(MUG)
    other.add(SENCHA)
    expect(other.progress(SENCHA)).to_have_text("In your cart: 1")
    ada.button("Place order").click()
    problem = ada.page.locator("#problems")
    expect(problem).to_contain_text("Something is different from what you saw:")
    expect(problem).to_contain_text(f"{MUG}: 3 in your cart, not 2.")
    expect(problem).to_contain_text(f"{SENCHA} is in your cart, too.")
    expect(ada.quantity(MUG)).to_have_value("3")
    assert_accessible(ada.page)
    problem.get_by_role("button", name="Look again").click()
    expect(ada.page.locator("#checkout-total")).to_have_text("€60.40")
    ada.button("Place order").click()
    expect(ada.order).to_contain_text("Your order is placed.")
    expect(problem).to_be_hidden()


def test_an_order_is_followed_after_a_reload_and_in_another_tab(ada):
    # The route stays to the end: Playwright may not take it away while it is fetching.
    is_placed = False

    def hold(route: Route) -> None:
        if is_placed:
            route.continue_()
        else:
            route.fulfill(json={**route.fetch().json(), "status": "requested"})

    ada.context.route("**/orders/*", hold)
    ada.check_out()
    expect(ada.order).to_contain_text("Placing your order")
    ada.open()
    expect(ada.order).to_contain_text("Placing your order")
    other = ada.open_tab().sign_in("Ada")
    expect(other.order).to_contain_text("Placing your order")
    ordered = f"2 \N{MULTIPLICATION SIGN} {MUG} €29.00"
    expect(other.order.get_by_role("listitem")).to_have_text(ordered)
    is_placed = True
    for tab in (ada, other):
        expect(tab.order).to_contain_text("Please pay by")
        expect(tab.lines).to_have_count(0)
    pay(other, "Pay")
    expect(other.order).to_contain_text("Your order is paid.")
    later = ada.open_tab().sign_in("Ada")
    expect(later.cart).to_contain_text("Your cart is empty.")
    expect(later.order).to_be_hidden()


def test_a_cart_that_is_too_long_for_an_order_says_so(ada):
    for code, status in (("too_many_lines", 400), ("request_too_large", 413)):
        ada.page.route("**/orders", partial(refuse, code, status))
        ada.check_out()
        problem = ada.page.locator("#problems")
        expect(problem).to_contain_text("One order can hold 80 different products.")
        ada.button("Look again").click()
        ada.button("Back to the cart").click()
        ada.page.unroute("**/orders")


REFUSALS: list[tuple[str, list[tuple[int, int, int, int | None]], str]] = [
    ("out_of_stock", [], "There is not enough of something left."),
    ("cart_changed", [(2, 2, 1450, 1290)], f"{MUG} costs €12.90 now, not €14.50."),
    ("cart_changed", [(2, 2, 1450, None)], f"{MUG} is not sold any more."),
]


def fulfil(answer, route):
    route.fulfill(body=answer)


def refuse(code, status, route):
    error = {"code": code, "message": "Something technical."}
    route.fulfill(json={"error": error}, status=status)


def test_each_reason_of_a_refusal_is_told_in_words_of_a_shopper(ada):
    ada.page.route("**/orders", partial(fulfil, '{"order_id": "1"}'))
    names = ("quantity_seen", "quantity", "unit_price_seen", "unit_price")
    for reason, found, words in REFUSALS:
        differs = [{"sku": SKU, **dict(zip(names, one, strict=True))} for one in found]
        order = {"status": "rejected", "reason": reason, "differs": differs, "lines": []}
        answer = json.dumps(order)
        ada.page.route("**/orders/*", partial(fulfil, answer))
        ada.check_out()
        expect(ada.page.locator("#problems")).to_contain_text(words)
        expect(ada.quantity(MUG)).to_have_value("2")
        ada.button("Dismiss").click()
        ada.page.unroute("**/orders/*")


def test_a_shop_without_orders_empties_the_cart_and_says_thank_you(visit):
    visitor = visit()
    config = {"stage": "local"}
    visitor.page.route("**/config.json", lambda route: route.fulfill(json=config))
    visitor.open().sign_in("Ada")
    visitor.add(MUG)
    expect(visitor.progress(MUG)).to_have_text("In your cart: 1")
    visitor.check_out()
    expect(visitor.cart).to_contain_text("Thank you! Your order is placed.")
    visitor.open()
    expect(visitor.cart).to_contain_text("Your cart is empty.")
