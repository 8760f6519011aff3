"""That the page speaks its reader's language, money, dates and errors included."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen
from tests.browser.people import MUG
from tests.support.seconds import MINUTE

BECHER = "Steingutbecher"


@pytest.fixture
def reader(visit):
    """Somebody whose browser asks for German."""
    return visit(locale="de-DE", timezone_id="Europe/Berlin", reduced_motion="reduce").open()


def in_cart(reader, quantity):
    return expect(reader.progress(BECHER)).to_have_text(f"Im Warenkorb: {quantity}")


def add(reader):
    reader.button(f"{BECHER} hinzufügen").click()


def test_a_purchase_in_german(reader, cloud):
    page = reader.page
    assert page.evaluate("document.documentElement.lang") == "de"
    expect(page.get_by_role("heading", name="Ihr Warenkorb")).to_be_visible()
    expect(reader.product(BECHER)).to_contain_text("14,50\N{NO-BREAK SPACE}€")
    add(reader)
    in_cart(reader, 1)
    expect(page.locator("#cart-link")).to_have_accessible_name("Warenkorb: 1 Artikel")
    form = page.get_by_role("form", name="Per Mail an meinen Warenkorb erinnern")
    expect(form.get_by_role("button")).to_have_text("Erinnern Sie mich")
    reader.button("Zum Bestellen anmelden").click()
    reader.button("Ich bin Ada").click()
    in_cart(reader, 1)
    days = "(Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch"
    reminder = re.compile(rf"Wir erinnern Sie per Mail: ({days}), \d+\. \w+ um \d\d:\d\d\.")
    expect(reader.cart).to_contain_text(reminder)
    assert_accessible(page)
    reader.button("Zur Kasse").click()
    assert_accessible(page)
    reader.button("Zahlungspflichtig bestellen").click()
    expect(reader.order).to_contain_text("Ihre Bestellung ist eingegangen. Bitte bezahlen Sie bis")
    expect(reader.order).to_contain_text("14,50\N{NO-BREAK SPACE}€ bezahlen")


def test_what_goes_wrong_is_said_in_german(reader, cloud):
    cloud.fail("function:persist_cart", 3)
    add(reader)
    expect(reader.progress(BECHER)).to_have_text("Angenommen …")
    cloud.advance(10 * MINUTE)
    expect(reader.cart).to_contain_text("Steingutbecher konnte nicht in den Warenkorb")
    expect(reader.cart).to_contain_text("Alle Versuche sind gescheitert.")
    expect(reader.button("Noch einmal versuchen")).to_be_visible()
    expect(reader.button("Verwerfen")).to_be_visible()
    assert_accessible(reader.page)


def test_a_cart_line_is_named_in_the_language_of_the_page(reader):
    """Whoever is signed in may read another language in the mail."""
    in_english = {"items": [{"sku": "MUG-STONE-350", "name": MUG, "quantity": 1, "unit_price": 1}]}
    reader.page.route("**/cart", lambda route: route.fulfill(json=in_english))
    reader.page.locator("#sign-in").click()
    reader.button("Ich bin Ada").click()
    expect(reader.page.locator(".line .name")).to_have_text(BECHER)


def test_german_fits_every_screen(reader):
    reader.page.locator("#sign-in").click()
    reader.button("Ich bin Katherine").click()
    add(reader)
    in_cart(reader, 1)
    assert_fits_every_screen(reader.page)


def test_who_reads_neither_language_gets_the_first_of_the_shop(visit):
    visitor = visit(locale="fr-FR").open()
    assert visitor.page.evaluate("document.documentElement.lang") == "en"
    expect(visitor.product(MUG)).to_contain_text("€14.50")
    expect(visitor.button(f"Add {MUG} to cart")).to_be_visible()
