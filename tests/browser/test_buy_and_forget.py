"""What the whole system is for: a cart is forgotten, and a mail remembers it."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.people import MUG, Visitor
from tests.browser.watcher import Watcher

BEANS = "Ethiopian beans, 250 g"


def sign_in_as(address: str, shop: Page) -> None:
    def keep_address(route: Route) -> None:
        customer: Any = route.request.post_data_json
        route.continue_(post_data={**customer, "email": address})

    shop.route("**/_local/sign-in", keep_address)
    shop.locator("#sign-in").click()
    shop.get_by_role("button", name="I am Ada").click()


def address_in(watcher: Watcher) -> str:
    return watcher.mails.first.locator(".note").inner_text().removeprefix("to ")


def test_a_cart_that_is_left_alone_is_remembered_in_a_mail(watcher: Watcher, ada: Visitor):
    ada.add(MUG, 2)
    ada.add(BEANS)
    expect(ada.line(BEANS)).to_contain_text("In your cart")
    expect(watcher.schedules).to_have_count(1)
    mails = watcher.mails.count()
    watcher.button("+1 day").click()
    watcher.button("+1 hour").click()
    expect(watcher.mails).to_have_count(mails + 1)
    expect(watcher.mail.get_by_role("row", name=MUG)).to_contain_text("€29.00")
    expect(watcher.mail.get_by_role("row", name=BEANS)).to_be_visible()


def test_the_mail_leads_back_to_the_cart_on_another_device(watcher: Watcher, ada: Visitor):
    ada.add(MUG, 3)
    expect(watcher.schedules).to_have_count(1)
    watcher.button("To the next schedule").click()
    expect(watcher.announced).to_contain_text("You left 3 items in your cart")
    shop = watcher.open_link_in_mail("Back to your cart")
    for look_again in (False, True):
        if look_again:
            shop.reload()
        expect(shop.locator("#cart")).to_contain_text("This is the cart that our mail is about.")
        expect(shop.locator("#linked li")).to_have_text(f"3 \N{MULTIPLICATION SIGN} {MUG} €43.50")
        expect(shop).to_have_url(f"{ada.url}#cart")
        expect(shop.locator(".line")).to_have_count(0)
        expect(shop.locator("main")).not_to_contain_text("Ada")
    sign_in_as(address_in(watcher), shop)
    expect(shop.locator(".line")).to_contain_text("€43.50")
    expect(shop.locator("#linked")).to_be_hidden()


def test_a_cart_that_was_ordered_and_paid_for_is_not_reminded_of(watcher: Watcher, ada: Visitor):
    ada.add(MUG)
    expect(ada.line(MUG)).to_contain_text("In your cart")
    reminders = watcher.mails.filter(has_text="You left")
    before = reminders.count()
    ada.check_out()
    ada.page.get_by_role("link", name="Pay").click()
    ada.page.get_by_role("button", name="Pay").click()
    expect(ada.page.get_by_role("heading", name="You have paid")).to_be_visible()
    expect(watcher.schedules).to_have_count(2)
    watcher.button("To the next schedule").click()
    expect(watcher.schedules).to_have_count(1)
    watcher.button("To the next schedule").click()
    expect(watcher.schedules).to_have_count(0)
    expect(watcher.hops.filter(has_text="reason=cart_empty").first).to_be_visible()
    expect(reminders).to_have_count(before)


def test_three_clicks_in_the_console_show_the_mail(watcher: Watcher):
    watcher.button("Add something as Ada").click()
    expect(watcher.page.locator("#step-wait")).to_have_attribute("aria-current", "step")
    watcher.button("Jump to the reminder").click()
    expect(watcher.page.locator("#step-read")).to_have_attribute("aria-current", "step")
    watcher.button("Read it").click()
    expect(watcher.mail.get_by_role("heading", name="Your cart is still here")).to_be_in_viewport()
