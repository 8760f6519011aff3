"""What a customer does on a good day."""

from playwright.sync_api import expect

from tests.browser.people import MUG
from tests.support.seconds import MINUTE

SENCHA = "Sencha, 100 g"


def test_an_add_is_accepted_first_and_in_the_cart_once_it_is_done(ada, cloud):
    cloud.fail("function:persist_cart", 1)
    ada.add(MUG, 2)
    expect(ada.progress(MUG)).to_have_text("Accepted …")
    expect(ada.line(MUG)).to_contain_text("€29.00")
    cloud.advance(2 * MINUTE)
    expect(ada.progress(MUG)).to_have_text("In your cart: 2")
    expect(ada.announced).to_have_text(f"{MUG} is in your cart.")


def test_the_cart_shows_its_total_and_when_the_reminder_comes(ada):
    ada.add(MUG, 2)
    ada.add(SENCHA)
    expect(ada.progress(MUG)).to_have_text("In your cart: 2")
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(ada.page.locator("#total")).to_have_text("€45.90")
    expect(ada.cart).to_contain_text("We will remind you by mail on")
    expect(ada.page.get_by_role("link", name="Cart: 3 things")).to_be_visible()


def test_many_clicks_in_a_row_all_count(ada):
    for _ in range(5):
        ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 5")
    ada.open()
    expect(ada.progress(MUG)).to_have_text("In your cart: 5")


def test_a_removed_line_is_gone_for_good(ada):
    ada.add(MUG)
    ada.add(SENCHA)
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    ada.button(f"Remove {MUG}").click()
    expect(ada.line(MUG)).to_have_count(0)
    expect(ada.announced).to_have_text(f"{MUG} was removed from your cart.")
    ada.open()
    expect(ada.line(SENCHA)).to_be_visible()
    expect(ada.lines).to_have_count(1)


def test_two_customers_see_only_their_own_carts(visit):
    ada, grace = visit().open().sign_in("Ada"), visit().open().sign_in("Grace")
    ada.add(MUG)
    grace.add(SENCHA, 3)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(grace.progress(SENCHA)).to_have_text("In your cart: 3")
    for customer, product in ((ada, MUG), (grace, SENCHA)):
        customer.open()
        expect(customer.line(product)).to_be_visible()
        expect(customer.lines).to_have_count(1)


def test_who_signs_out_leaves_nothing_for_the_next_one(ada):
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    ada.button("Sign out").click()
    expect(ada.lines).to_have_count(0)
    assert ada.page.evaluate("sessionStorage.length") == 0
    ada.sign_in("Grace")
    expect(ada.cart).to_contain_text("Your cart is empty.")


def test_the_page_works_below_a_stage_path(visit, cloud):
    visitor = visit(url=f"{cloud.url}api/")
    outside: list[str] = []
    visitor.page.on("request", lambda request: outside.append(request.url))

    def forward(route):
        route.fallback(url=route.request.url.replace("/api/", "/", 1))

    visitor.page.route(f"{cloud.url}api/**", forward)
    visitor.open().sign_in("Ada")
    visitor.add(MUG)
    expect(visitor.progress(MUG)).to_have_text("In your cart: 1")
    assert [url for url in outside if not url.startswith(f"{cloud.url}api/")] == []
