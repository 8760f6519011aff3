"""What a visitor can do without an account, and what is left of it after signing in."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import MUG
from tests.support.seconds import DAY, HOUR, MINUTE

SENCHA = "Sencha, 100 g"
BEANS = "Ethiopian beans, 250 g"
FOREVER = 1_000


def test_a_guest_has_a_cart_that_is_kept_and_can_be_changed(shopper, cloud):
    cloud.fail("function:persist_cart", 1)
    shopper.add(MUG, 2)
    expect(shopper.progress(MUG)).to_have_text("Accepted …")
    cloud.advance(2 * MINUTE)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")
    expect(shopper.announced).to_have_text(f"{MUG} is in your cart.")
    shopper.add(SENCHA)
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    shopper.button(f"Remove {MUG}").click()
    expect(shopper.announced).to_have_text(f"{MUG} was removed from your cart.")
    shopper.open()
    expect(shopper.line(SENCHA)).to_contain_text("In your cart")
    expect(shopper.lines).to_have_count(1)


def test_a_visitor_who_only_looks_gets_no_cart(shopper):
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    assert shopper.page.evaluate("localStorage.length") == 0


def test_a_guest_finds_the_cart_in_another_tab(shopper, visit):
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    other = shopper.open_tab()
    expect(other.progress(MUG)).to_have_text("In your cart: 1")
    other.add(MUG)
    expect(other.progress(MUG)).to_have_text("In your cart: 2")
    shopper.open()
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")


def test_guests_are_asked_to_sign_in_to_check_out(shopper):
    shopper.add(MUG)
    shopper.button("Sign in to check out").click()
    expect(shopper.button("I am Ada")).to_be_focused()
    shopper.sign_in("Ada")
    expect(shopper.cart).to_contain_text("We will remind you by mail on")
    shopper.check_out()
    expect(shopper.order).to_contain_text("Your order is placed.")


def test_signing_in_shows_the_union_of_both_carts(ada):
    ada.add(MUG)
    ada.add(BEANS)
    expect(ada.progress(BEANS)).to_have_text("In your cart: 1")
    ada.button("Sign out").click()
    expect(ada.lines).to_have_count(0)
    ada.add(MUG, 2)
    ada.add(SENCHA)
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    ada.sign_in("Ada")
    expect(ada.progress(MUG)).to_have_text("In your cart: 3")
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(ada.lines).to_have_count(3)
    ada.open()
    expect(ada.progress(MUG)).to_have_text("In your cart: 3")
    expect(ada.lines).to_have_count(3)


def test_a_merge_that_the_bus_did_not_take_is_sent_again_with_its_key(shopper, cloud):
    keys: list[str] = []

    def note(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.continue_()

    shopper.page.route("**/cart/merge", note)
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    cloud.fail("events", FOREVER)
    shopper.sign_in("Ada")
    expect(shopper.banner).to_contain_text("The shop is busy right now.")
    expect(shopper.line(MUG)).to_be_visible()
    cloud.fail("events", 0)
    shopper.open()
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    assert len(keys) > 1
    assert len(set(keys)) == 1


def test_what_was_still_on_its_way_when_signing_in_comes_along(shopper, cloud):
    cloud.fail("function:persist_cart", 1)
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("Accepted …")
    shopper.sign_in("Ada")
    expect(shopper.announced).to_have_text("What you chose before is in your cart.")
    expect(shopper.line(MUG)).to_contain_text("Accepted …")
    cloud.advance(2 * MINUTE)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    shopper.open()
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")


def test_what_was_done_before_the_merge_stays_in_sight(shopper, cloud):
    pending = "**/guest/cart/requests/*"
    shopper.page.route(pending, lambda route: route.fulfill(json={"status": "pending"}))
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("Accepted …")
    cloud.advance(1)
    shopper.page.unroute(pending)
    cloud.fail("function:persist_cart", 1)
    shopper.sign_in("Ada")
    for _ in range(3):
        shopper.page.wait_for_event("response", lambda answer: "/cart/requests/" in answer.url)
    expect(shopper.line(MUG)).to_contain_text("Accepted …")
    cloud.advance(2 * MINUTE)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")


def test_what_was_not_sent_when_signing_in_comes_along(shopper):
    shopper.page.route("**/guest", lambda route: route.abort())
    shopper.add(MUG, 2)
    expect(shopper.banner).to_contain_text("The shop cannot be reached.")
    shopper.sign_in("Ada")
    expect(shopper.banner).to_be_empty()
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")


def test_signing_out_begins_with_a_new_guest(shopper):
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    shopper.sign_in("Ada")
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    shopper.button("Sign out").click()
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    assert shopper.page.evaluate("localStorage.length") == 0
    shopper.add(SENCHA)
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    shopper.sign_in("Grace")
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(shopper.lines).to_have_count(1)


def test_who_signed_in_in_another_tab_goes_on_as_a_new_guest_in_this_one(shopper, cloud):
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    other = shopper.open_tab()
    with other.page.expect_response("**/cart/merge"):
        other.sign_in("Ada")
    cloud.advance(2 * HOUR)
    shopper.add(SENCHA)
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(shopper.lines).to_have_count(1)
    expect(shopper.banner).to_be_empty()
    shopper.sign_in("Ada")
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")


@pytest.mark.parametrize("is_signing_in", [False, True])
def test_an_expired_guest_loses_nothing_that_the_page_knows(shopper, is_signing_in):
    shopper.add(MUG, 2)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")
    shopper.page.route("**/guest/cart**", refuse, times=1)
    shopper.page.route("**/cart/merge", refuse, times=1)
    if is_signing_in:
        shopper.sign_in("Ada")
    else:
        shopper.add(SENCHA)
        expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")
    expect(shopper.banner).to_be_empty()
    shopper.open()
    expect(shopper.progress(MUG)).to_have_text("In your cart: 2")


def refuse(route: Route) -> None:
    """Answer as the API does when a guest's token has expired."""
    error = {"code": "invalid_guest_token", "message": "This guest token is not valid (any more)."}
    route.fulfill(status=401, json={"error": error})


def test_a_guest_who_comes_back_after_a_month_begins_anew(shopper, cloud):
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    cloud.advance(31 * DAY)
    shopper.open()
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    shopper.add(SENCHA)
    expect(shopper.progress(SENCHA)).to_have_text("In your cart: 1")
