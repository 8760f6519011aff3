"""That the shelf leads to a product: by a search among many, and to its own page."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen

COLOURS = ("red", "green", "blue", "white", "black")
KINDS = ("Mug", "Bowl", "Plate", "Jug", "Äpfel")
CATEGORIES = {
    "Mug": "To drink",
    "Jug": "To drink",
    "Bowl": "To eat",
    "Plate": "To eat",
    "Äpfel": "To eat",
}


@pytest.fixture
def crowded(visit):
    """Somebody in front of a shelf with 25 products."""
    products = [
        {
            "sku": f"{kind[0].encode().hex().upper()}-{colour.upper()}",
            "name": kind,
            "description": f"Glazed {colour}.",
            "unit_price": 900,
            **({} if colour == "black" else {"category": CATEGORIES[kind]}),
        }
        for kind in KINDS
        for colour in COLOURS
    ]
    answer = {"currency": "EUR", "products": products}
    visitor = visit(reduced_motion="reduce")
    visitor.page.route("**/products", lambda route: route.fulfill(json=answer))
    visitor.page.goto(visitor.url)
    expect(visitor.page.locator(".product")).to_have_count(25)
    return visitor


SEARCHES = [("MUG", 5), ("blue", 5), ("  blue jug ", 1), ("äPFEL", 5), ("(", 0), ("", 25)]


def test_a_search_leaves_the_products_that_have_all_its_words(crowded):
    for words, count in SEARCHES:
        crowded.page.get_by_label("Find products").fill("something else")
        crowded.page.get_by_label("Find products").fill(words)
        expect(crowded.page.locator(".product:visible")).to_have_count(count)
        noun = "product" if count == 1 else "products"
        expect(crowded.page.locator("#shelf-state")).to_have_text(f"{count} {noun}")


def test_a_category_leaves_its_products_and_goes_with_a_search(crowded):
    shown = crowded.page.locator(".product:visible")
    drink = crowded.button("To drink")
    drink.click()
    expect(shown).to_have_count(8)
    expect(drink).to_have_attribute("aria-pressed", "true")
    crowded.page.get_by_label("Find products").fill("blue")
    expect(shown).to_have_count(2)
    crowded.button("All").click()
    expect(shown).to_have_count(5)
    expect(drink).to_have_attribute("aria-pressed", "false")


def test_the_search_is_for_everybody_on_every_screen(crowded):
    crowded.page.get_by_label("Find products").fill("blue")
    assert_accessible(crowded.page)
    assert_fits_every_screen(crowded.page)


def test_of_a_thousand_products_the_first_are_shown_and_all_are_found(crowded):
    products = [
        {"sku": f"M-{n}", "name": f"Mug {n:04}", "description": "Glazed.", "unit_price": 900}
        for n in range(1_000)
    ]
    answer = {"currency": "EUR", "products": products}
    crowded.page.route("**/products", lambda route: route.fulfill(json=answer))
    crowded.page.reload()
    shown, more = crowded.page.locator(".product"), crowded.button("Show more products")
    expect(shown).to_have_count(60)
    more.click()
    expect(shown).to_have_count(120)
    assert shown.nth(60).evaluate("product => product === document.activeElement")
    search = crowded.page.get_by_label("Find products")
    search.fill("mug 0997")
    expect(shown).to_have_count(1)
    expect(more).to_be_hidden()
    search.fill("")
    expect(shown.get_by_role("heading").first).to_have_text("Mug 0000")
    expect(crowded.page.locator("#shelf-state")).to_have_text("1000 products")
    expect(shown).to_have_count(60)
    assert_accessible(crowded.page)


def test_a_product_with_a_page_of_its_own_leads_there(crowded):
    mug = {"sku": "MUG", "name": "Mug", "description": "Red.", "unit_price": 9}
    products = [{**mug, "url": "https://shop.example/mug?red"}, {**mug, "sku": "BOWL"}]
    answer = {"currency": "EUR", "products": products}
    crowded.page.route("**/products", lambda route: route.fulfill(json=answer))
    crowded.page.reload()
    expect(crowded.page.locator(".product")).to_have_count(2)
    links = crowded.page.locator(".product a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://shop.example/mug?red")


def test_a_few_products_need_no_search(shopper):
    expect(shopper.page.get_by_label("Find products")).to_be_hidden()
