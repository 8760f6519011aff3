"""The form by which a guest leaves an address to be reminded at, up to the reminder itself."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen
from tests.browser.people import MUG, Cloud, Visitor
from tests.support.seconds import DAY

LINK = re.compile(r"http\S+/guest/confirm\?token=\S+")


@pytest.fixture
def guest(shopper: Visitor) -> Visitor:
    """A guest with a cart."""
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    return shopper


@pytest.fixture
def email(guest: Visitor) -> str:
    """An address that nobody else has."""
    return f"guest@{guest.town}.example"


@pytest.fixture
def mails(email: str, cloud: Cloud) -> Callable[[], list[dict[str, Any]]]:
    """Return the mails to the guest, the latest last."""

    def arrived() -> list[dict[str, Any]]:
        cloud.advance(0)
        return [mail for mail in cloud.inbox() if email in mail["to"]]

    return arrived


def form_of(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("form", name="Remind me of my cart by mail")


def leave(visitor: Visitor, email: str) -> None:
    """Leave an address, with the keyboard alone."""
    form_of(visitor).get_by_label("E-mail address").press_sequentially(email)
    visitor.page.keyboard.press("Enter")


def test_a_guest_leaves_an_address_confirms_it_and_is_reminded(guest, email, mails, visit, cloud):
    leave(guest, email)
    expect(form_of(guest).get_by_role("status")).to_contain_text(f"in a mail to {email}.")
    (asked,) = mails()
    reader = visit().page
    reader.goto(LINK.findall(asked["text"])[0])
    reader.get_by_role("button", name="Yes, remind me").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("We will remind you")
    leave(guest.open(), email)
    expect(form_of(guest).get_by_role("status")).to_have_text("We will remind you of your cart.")
    cloud.advance(2 * DAY)
    assert MUG in mails()[-1]["text"]
    assert len(mails()) > 1


def test_only_guests_with_a_cart_are_asked_for_an_address(shopper):
    expect(form_of(shopper)).to_be_hidden()
    shopper.add(MUG)
    expect(form_of(shopper)).to_be_visible()
    leave(shopper, "guest")
    shopper.sign_in("Ada")
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    expect(form_of(shopper)).to_be_hidden()
    shopper.button("Sign out").click()
    shopper.add(MUG)
    expect(form_of(shopper).get_by_label("E-mail address")).to_have_value("")


@pytest.mark.parametrize("address", ["guest@localhost", "guest@10.0.0.1"])
def test_an_address_that_cannot_be_mailed_is_said_to_be_one(guest, address):
    leave(guest, address)
    expect(form_of(guest).get_by_role("alert")).to_have_text(
        "We cannot send mail to this address. Please check it."
    )
    assert_accessible(guest.page)


def test_an_address_that_did_not_arrive_can_be_sent_again(guest, email, mails):
    guest.page.route("**/guest/cart/reminders", lambda route: route.abort(), times=1)
    leave(guest, email)
    expect(form_of(guest).get_by_role("alert")).to_have_text(
        "That was not saved. Please try again."
    )
    form_of(guest).get_by_role("button", name="Remind me").click()
    expect(form_of(guest).get_by_role("status")).to_contain_text("Please confirm your address")
    expect(form_of(guest).get_by_role("alert")).to_be_hidden()
    assert len(mails()) == 1


def test_without_the_extension_guests_are_told_that_no_mail_comes(guest):
    guest.page.route("**/config.json", lambda route: route.fulfill(json={"stage": "local"}))
    guest.open()
    expect(guest.cart).to_contain_text("Guests get no mail.")
    expect(form_of(guest)).to_be_hidden()


def test_the_form_is_for_everybody(guest, email):
    expect(form_of(guest)).to_be_visible()
    leave(guest, email)
    expect(form_of(guest).get_by_role("status")).to_contain_text(email)
    assert_accessible(guest.page)
    assert_fits_every_screen(guest.page)
