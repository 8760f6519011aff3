"""That everybody can use the page, and that nobody can abuse it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen
from tests.browser.people import MUG
from tests.support.seconds import HOUR, MINUTE

FOCUS_IS_VISIBLE = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is on ``target``, which has to be seen all the way."""
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS_IS_VISIBLE)
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("The keyboard does not lead there.")


def test_a_purchase_needs_no_mouse(shopper):
    keyboard = shopper.page.keyboard
    tab_to(shopper.page, shopper.page.locator("#sign-in"))
    keyboard.press("Enter")
    expect(shopper.button("I am Ada")).to_be_focused()
    keyboard.press("Enter")
    expect(shopper.page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(shopper.page, shopper.product(MUG).get_by_label("Quantity"))
    keyboard.type("3")
    keyboard.press("Enter")
    expect(shopper.progress(MUG)).to_have_text("In your cart: 3")
    tab_to(shopper.page, shopper.button("Check out"))
    keyboard.press("Enter")
    tab_to(shopper.page, shopper.button("Place order"))
    keyboard.press("Enter")
    expect(shopper.page.get_by_role("heading", name="Your cart")).to_be_focused()
    expect(shopper.order).to_contain_text("Your order is placed.")
    tab_to(shopper.page, shopper.page.get_by_role("link", name="Pay €43.50"))


def test_the_focus_stays_near_a_line_that_was_removed(ada):
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    tab_to(ada.page, ada.button(f"Remove {MUG}"))
    ada.page.keyboard.press("Enter")
    expect(ada.lines).to_have_count(0)
    expect(ada.page.get_by_role("heading", name="Your cart")).to_be_focused()


def test_axe_finds_nothing_in_any_state(visit, cloud):
    visitor = visit().open()
    assert_accessible(visitor.page)
    visitor.add(MUG)
    expect(visitor.progress(MUG)).to_have_text("In your cart: 1")
    assert_accessible(visitor.page)
    visitor.sign_in("Ada")
    expect(visitor.progress(MUG)).to_have_text("In your cart: 1")
    assert_accessible(visitor.page)
    cloud.fail("function:persist_cart", 3)
    visitor.button(f"One more {MUG}").click()
    expect(visitor.progress(MUG)).to_have_text("Accepted …")
    assert_accessible(visitor.page)
    cloud.advance(10 * MINUTE)
    expect(visitor.button("Try again")).to_be_visible()
    cloud.advance(2 * HOUR)
    visitor.add(MUG)
    expect(visitor.banner).to_contain_text("Your session has ended.")
    assert_accessible(visitor.page)


def test_nothing_is_wider_than_the_screen(visit, cloud):
    visitor = visit().open().sign_in("Katherine")
    for product in (MUG, "Ethiopian beans, 250 g"):
        visitor.add(product, 99)
        expect(visitor.progress(product)).to_have_text("In your cart: 99")
    assert_fits_every_screen(visitor.page)
    cloud.advance(2 * HOUR)
    visitor.add(MUG)
    expect(visitor.banner).to_contain_text("Your session has ended.")
    assert_fits_every_screen(visitor.page)


def test_on_a_phone_the_way_to_check_out_is_always_in_sight(visit):
    visitor = visit(viewport={"width": 390, "height": 700}).open().sign_in("Ada")
    bar = visitor.page.get_by_role("button", name="To your cart")
    expect(bar).to_be_hidden()
    visitor.add(MUG, 2)
    expect(bar).to_have_text("To your cart €29.00")
    expect(bar).to_be_in_viewport(ratio=1)
    bar.click()
    expect(visitor.button("Check out")).to_be_in_viewport(ratio=1)
    visitor.page.set_viewport_size({"width": 1280, "height": 700})
    expect(bar).to_be_hidden()
    expect(visitor.button("Check out")).to_be_in_viewport(ratio=1)


def test_motion_stops_for_those_who_want_none(visit, cloud):
    cloud.fail("function:persist_cart", 1)
    visitor = visit(reduced_motion="reduce").open().sign_in("Ada")
    visitor.add(MUG)
    expect(visitor.progress(MUG)).to_have_text("Accepted …")
    assert visitor.page.evaluate("document.getAnimations().length") == 0


def test_a_script_that_somebody_slipped_in_does_not_run(shopper):
    slip_in = """() => {
      const script = document.createElement("script");
      script.append("window.stolen = true");
      document.body.append(script);
    }"""
    with pytest.raises(Exception, match="TrustedHTML"):
        shopper.page.evaluate("document.body.innerHTML = '<b>hello</b>'")
    shopper.page.evaluate(slip_in)
    assert shopper.page.evaluate("window.stolen") is None
    assert shopper.errors
    shopper.errors.clear()
