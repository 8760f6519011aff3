from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.events import Recipient
from chalicelib.domain.mail import Mail
from chalicelib.domain.pricing import LineItem, PricedCart, line_item
from chalicelib.usecases.reminder_mail import render
from tests.support.builders import NOW, RECIPIENT
from tests.support.catalog import LANGUAGE, PRODUCTS
from tests.support.strategies import names

SHOP_URL = "https://shop.example.com/"
UNSUBSCRIBE_URL = "https://shop.example.com/unsubscribe?token=a&kind=reminder"


class Page(HTMLParser):
    """An HTML part as a mail program sees it: its tags, its text, its links."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in the order in which they were opened"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for found, attributes in self.tags if found == tag]


def a_cart(*items: LineItem) -> PricedCart:
    return PricedCart(items, sum(item.subtotal for item in items), "EUR", NOW)


MUG, TEAPOT = PRODUCTS[:2]
TWO_LINES = a_cart(line_item(MUG, 2, LANGUAGE), line_item(TEAPOT, 1, LANGUAGE))


def reminder(customer: Recipient = RECIPIENT, cart: PricedCart = TWO_LINES) -> Mail:
    return render(customer, cart, SHOP_URL)


def test_a_reminder_goes_to_the_customer() -> None:
    mail = reminder()
    assert (mail.to, mail.name) == ("ada@example.com", "Ada Lovelace")


def test_a_reminder_says_how_much_is_in_the_cart() -> None:
    assert reminder().subject == "You left 3 items in your cart"
    assert (
        reminder(cart=a_cart(line_item(MUG, 1, LANGUAGE))).subject == "You left 1 item in your cart"
    )


def test_the_text_part_as_a_whole() -> None:
    assert reminder().text == (
        "Hello Ada Lovelace,\n"
        "\n"
        "you left 3 items in your cart at Leaf & Bean. We kept it for you:\n"
        "\n"
        "  2 \u00d7 Stoneware mug (€14.50 each): €29.00\n"
        "  1 \u00d7 Cast-iron teapot (€59.00 each): €59.00\n"
        "\n"
        "  Total: €88.00\n"
        "\n"
        "Back to your cart: https://shop.example.com/#cart\n"
        "\n"
        "--\n"
        "You get this mail because you left something in your cart at Leaf & Bean.\n"
    )


def test_what_is_no_longer_sold_is_neither_listed_nor_counted() -> None:
    gone = LineItem("GONE", "Copper kettle", 8900, quantity=4, subtotal=0, available=False)
    mail = reminder(cart=a_cart(gone, line_item(MUG, 1, LANGUAGE)))
    assert mail.subject == "You left 1 item in your cart"
    assert "Total: €14.50" in mail.text
    assert "Copper kettle" not in mail.text + mail.html


def test_both_parts_say_the_same() -> None:
    mail = reminder()
    page = Page(mail.html)
    for words in (
        "Hello Ada Lovelace,",
        "you left 3 items in your cart",
        "Stoneware mug",
        "€14.50 each",
        "€29.00",
        "Cast-iron teapot",
        "€59.00",
        "€88.00",
        "Back to your cart",
        "You get this mail because you left something in your cart at Leaf & Bean",
    ):
        assert words in mail.text
        assert words in page.text
    assert page.attributes("a", "href") == [f"{SHOP_URL}#cart"]


def test_a_customer_without_a_name_is_greeted_without() -> None:
    for name in (None, "", " \n"):
        mail = reminder(Recipient(RECIPIENT.id, RECIPIENT.email, name))
        assert mail.text.startswith("Hello,\n")
        assert "Hello," in Page(mail.html).text


def test_the_preview_names_what_is_in_the_cart() -> None:
    page = Page(reminder().html)
    assert "Stoneware mug, Cast-iron teapot: €88.00" in page.text
    assert "display:none" in (page.attributes("div", "style")[0] or "")


@given(names)
def test_no_name_becomes_markup(name: str) -> None:
    plain, typed = (
        Page(reminder().html),
        Page(reminder(Recipient(RECIPIENT.id, RECIPIENT.email, name)).html),
    )
    assert typed.tags == plain.tags


@given(st.text(min_size=1, max_size=100))
def test_no_product_becomes_markup(name: str) -> None:
    def page(name: str) -> Page:
        return Page(reminder(cart=a_cart(LineItem("X", name, 100, 1, 100))).html)

    assert page(name).tags == page("plain").tags


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&amp;", "$total ${x}"]
)
def test_a_name_is_shown_as_it_was_typed(name: str) -> None:
    mail = reminder(Recipient(RECIPIENT.id, RECIPIENT.email, name))
    assert f"Hello {name}," in Page(mail.html).text
    assert f"Hello {name}," in mail.text


def test_a_name_cannot_start_a_line_of_the_text_part() -> None:
    mail = reminder(
        Recipient(RECIPIENT.id, RECIPIENT.email, "Ada\n\nYour account is closed: https://evil")
    )
    assert mail.text.splitlines()[0] == "Hello Ada Your account is closed: https://evil,"


def test_an_address_is_escaped_where_it_is_a_link() -> None:
    page = Page(render(RECIPIENT, TWO_LINES, 'https://shop.example.com/?a=1&b="x"/').html)
    assert page.attributes("a", "href") == ['https://shop.example.com/?a=1&b="x"/#cart']


def test_without_an_unsubscribe_address_there_is_none() -> None:
    mail = reminder()
    assert mail.headers == {}
    assert "No more reminders" not in mail.text + mail.html


def test_an_unsubscribe_address_is_in_both_parts_and_in_the_headers() -> None:
    mail = render(RECIPIENT, TWO_LINES, SHOP_URL, UNSUBSCRIBE_URL)
    assert mail.headers == {
        "List-Unsubscribe": f"<{UNSUBSCRIBE_URL}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert mail.text.endswith(f"\nNo more reminders: {UNSUBSCRIBE_URL}\n")
    page = Page(mail.html)
    assert page.attributes("a", "href") == [f"{SHOP_URL}#cart", UNSUBSCRIBE_URL]
    assert page.text.endswith("No more reminders")


def test_the_page_can_be_read_aloud() -> None:
    """It has a language and a title; layout is told from data; columns and total have headings."""
    page = Page(reminder().html)
    assert page.attributes("html", "lang") == ["en"]
    assert page.attributes("table", "role").count(None) == 1
    assert page.attributes("th", "scope") == ["col", "col", "col", "row"]
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert "img" not in dict(page.tags)


def test_the_page_follows_a_dark_screen() -> None:
    mail = reminder()
    assert "prefers-color-scheme: dark" in mail.html
    assert "light dark" in Page(mail.html).attributes("meta", "content")


def test_the_whole_catalogue_99_times_is_below_30_kilobytes() -> None:
    everything = a_cart(*(line_item(product, 99, LANGUAGE) for product in PRODUCTS))
    mail = reminder(Recipient(RECIPIENT.id, RECIPIENT.email, "😀" * 100), everything)
    assert len(mail.html.encode()) < 30_000
    assert all(product.name_in(LANGUAGE) in mail.text for product in PRODUCTS)
