"""Changing how many of a product are in the cart, where they are listed."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import MUG
from tests.support.seconds import MINUTE

FOREVER = 1_000


@pytest.fixture
def ada(ada):
    """Ada, with five mugs in her cart."""
    ada.add(MUG, 5)
    expect(ada.progress(MUG)).to_have_text("In your cart: 5")
    return ada


def test_one_more_and_one_less(ada):
    ada.button(f"One more {MUG}").click()
    expect(ada.progress(MUG)).to_have_text("In your cart: 6")
    expect(ada.line(MUG)).to_contain_text("€87.00")
    for _ in range(3):
        ada.button(f"One less {MUG}").click()
    expect(ada.quantity(MUG)).to_have_value("3")
    expect(ada.line(MUG)).to_contain_text("€43.50")
    expect(ada.progress(MUG)).to_have_text("In your cart: 3")
    expect(ada.announced).to_have_text(f"Fewer of {MUG} are in your cart.")
    ada.open()
    expect(ada.quantity(MUG)).to_have_value("3")


def test_a_quantity_can_be_typed(ada):
    for wanted in ("2", "120"):  # the latter takes two adds
        ada.quantity(MUG).fill(wanted)
        ada.quantity(MUG).press("Enter")
        expect(ada.progress(MUG)).to_have_text(f"In your cart: {wanted}")
    ada.open()
    expect(ada.quantity(MUG)).to_have_value("120")
    ada.quantity(MUG).fill("0")
    ada.quantity(MUG).press("Enter")
    expect(ada.progress(MUG)).to_be_empty()
    ada.open()
    expect(ada.lines).to_have_count(0)


def test_what_is_no_quantity_changes_nothing(ada):
    for nonsense in ("", "-1", "1.5", "1000"):
        ada.quantity(MUG).fill(nonsense)
        ada.quantity(MUG).blur()
        expect(ada.quantity(MUG)).to_have_value("5")
        expect(ada.progress(MUG)).to_have_text("In your cart: 5")


def test_one_less_than_one_is_left_to_remove(ada):
    ada.quantity(MUG).fill("2")
    ada.button(f"One less {MUG}").press("Enter")
    less = ada.button(f"One less {MUG}")
    expect(less).to_be_disabled()
    expect(less).to_be_focused()
    less.press("Enter")
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")


@pytest.mark.parametrize("lost", ["DELETE", "POST"])
def test_lowering_with_an_answer_lost_in_between_leaves_the_rest_once(ada, lost):
    answers: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if answers or route.request.method != lost:
            route.fallback()
            return
        answers.append(lost)
        route.fetch()
        route.abort()

    ada.page.route("**/cart**", lose_the_answer)
    ada.button(f"One less {MUG}").click()
    expect(ada.banner).to_contain_text("The shop cannot be reached.")
    expect(ada.quantity(MUG)).to_have_value("4")
    expect(ada.progress(MUG)).to_have_text("In your cart: 4")
    expect(ada.banner).to_be_empty()


def test_lowering_goes_on_when_the_tab_was_closed_in_between(ada):
    ada.page.route("**/cart", lambda route: route.abort())
    with ada.page.expect_response("**/cart/MUG-STONE-350"):
        ada.button(f"One less {MUG}").click()
    expect(ada.banner).to_contain_text("The shop cannot be reached.")
    ada.page.unroute("**/cart")
    ada.open()
    expect(ada.quantity(MUG)).to_have_value("4")
    expect(ada.progress(MUG)).to_have_text("In your cart: 4")


def test_what_could_not_be_lowered_can_be_lowered_again(ada, cloud):
    cloud.fail("function:persist_cart", FOREVER)
    ada.button(f"One less {MUG}").click()
    expect(ada.progress(MUG)).to_have_text("Accepted …")
    cloud.advance(10 * MINUTE)
    expect(ada.cart).to_contain_text(f"{MUG} could not be lowered to 4 in your cart.")
    cloud.fail("function:persist_cart", 0)
    ada.button("Try again").click()
    expect(ada.progress(MUG)).to_have_text("In your cart: 4")
    expect(ada.cart).not_to_contain_text("could not be")
