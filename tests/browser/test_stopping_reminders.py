"""The page behind a mail's link to stop the reminders, in each of its states."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen
from tests.browser.people import MUG, Cloud, Visitor
from tests.support.seconds import DAY

LINK = re.compile(r"http\S+/unsubscribe\?token=\S+")


@pytest.fixture
def link(ada: Visitor, cloud: Cloud) -> str:
    """The link in the mail that reminds Ada of her cart."""
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    cloud.advance(2 * DAY)
    mail = next(mail for mail in cloud.inbox() if mail["to"].startswith(ada.town))
    return LINK.findall(mail["text"])[0]


@pytest.fixture
def reader(visit: Callable[..., Visitor]) -> Page:
    """The page of somebody who follows links in mails, and is not signed in."""
    return visit().page


@pytest.fixture
def look(reader: Page) -> Callable[[str], None]:
    """Look whether there is this heading, and a page that everybody can use, on any screen."""

    def see(heading: str) -> None:
        expect(reader.get_by_role("heading", level=1)).to_have_text(heading)
        expect(reader.get_by_role("link", name="To the shop")).to_have_attribute("href", "./")
        assert_accessible(reader)
        assert_fits_every_screen(reader)

    return see


def test_every_state_says_what_is_so_to_everybody(reader, look, link, cloud):
    reader.goto(link)
    look("No more reminders?")
    reader.get_by_role("button", name="Stop the reminders").click()
    look("No more reminders")
    reader.goto(link[:-1] + ("A" if link[-1] != "A" else "B"))
    look("This link is not complete")
    cloud.advance(61 * DAY)
    reader.goto(link)
    look("This link has expired")


def test_who_stopped_the_reminders_gets_none_and_keeps_the_cart(reader, link, ada, cloud):
    reader.goto(link)
    reader.get_by_role("button", name="Stop the reminders").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("No more reminders")
    reader.get_by_role("link", name="To the shop").click()
    assert urlsplit(reader.url).path == "/"
    mails = len(cloud.inbox())
    ada.open().sign_in("Ada")
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 2")
    cloud.advance(2 * DAY)
    assert len(cloud.inbox()) == mails


@pytest.fixture
def wish(ada: Visitor) -> Locator:
    """The switch beside Ada's cart."""
    return ada.page.get_by_role("checkbox", name="Remind me of my cart by mail")


def test_reminders_are_switched_off_and_on_again_beside_the_cart(ada, wish, cloud):
    ada.add(MUG)
    reminder = ada.page.locator("#reminder")
    expect(reminder).to_contain_text("We will remind you")
    expect(wish).to_be_checked()
    greeting = ada.page.locator("#greeting")
    expect(greeting).to_contain_text("a mail will remind you")
    wish.uncheck()
    expect(reminder).to_be_empty()
    expect(greeting).to_have_text("Welcome, Ada.")
    mails = len(cloud.inbox())
    cloud.advance(2 * DAY)
    assert len(cloud.inbox()) == mails
    ada.page.reload()
    ada.sign_in("Ada")
    expect(wish).not_to_be_checked()
    wish.check()
    expect(ada.announced).to_contain_text("We will remind you")
    ada.add(MUG)
    expect(reminder).to_contain_text("We will remind you")


def test_who_stopped_the_reminders_by_mail_sees_so_and_takes_it_back(reader, link, ada, wish):
    reader.goto(link)
    reader.get_by_role("button", name="Stop the reminders").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("No more reminders")
    ada.page.reload()
    ada.sign_in("Ada")
    expect(wish).not_to_be_checked()
    wish.check()
    expect(ada.announced).to_contain_text("We will remind you")
    ada.page.reload()
    expect(wish).to_be_checked()


def test_a_switch_that_was_not_saved_goes_back_and_says_so(ada, wish):
    ada.page.route("**/cart/reminders", lambda route: route.abort())
    wish.click()
    expect(ada.page.locator("#reminders-problem")).to_have_text(
        "That was not saved. Please try again."
    )
    expect(wish).to_be_checked()


def test_guests_have_nothing_to_switch(shopper):
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    expect(shopper.page.locator("#reminders")).to_be_hidden()


def test_the_switch_is_for_everybody(ada, wish):
    expect(wish).to_be_visible()
    assert_accessible(ada.page)
    assert_fits_every_screen(ada.page)
