import quopri
import re
from bisect import bisect
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from chalicelib.domain.catalog import Catalog, Product, ProductList
from chalicelib.domain.events import Recipient
from chalicelib.domain.mail import Mail
from chalicelib.domain.pricing import LineItem, PricedCart, line_item
from chalicelib.domain.shop import Colours, Shop
from chalicelib.usecases.reminder_mail import MAX_BYTES, MAX_LINES, Voice, render
from tests.support.builders import NOW, RECIPIENT
from tests.support.catalog import CATALOG, LANGUAGE, LOCALES, PRODUCTS, SHOP, TEXTS
from tests.support.strategies import names

CART_URL = "https://shop.example.com/#cart"
HEADERS = 200  # bytes
UNSUBSCRIBE_URL = "https://shop.example.com/unsubscribe?token=a&kind=reminder"


class Page(HTMLParser):
    """An HTML part as a mail program sees it: its tags, its text, its links."""

    VOID = frozenset({"meta", "br", "img"})

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


def voice(language: str = LANGUAGE, shop: Shop = SHOP, catalog: Catalog = CATALOG) -> Voice:
    return Voice(shop, catalog, LOCALES[language], TEXTS.reminder(language, "reminder"))


ENGLISH = voice()


def reminder(
    customer: Recipient = RECIPIENT, cart: PricedCart = TWO_LINES, speaker: Voice = ENGLISH
) -> Mail:
    return render(customer, cart, speaker, CART_URL)


def german_cart() -> PricedCart:
    return a_cart(line_item(MUG, 2, "de"), line_item(TEAPOT, 1, "de"))


def a_long_cart(count: int, name: str, **fields: Any) -> tuple[PricedCart, Voice]:
    """Return a cart of ``count`` products of that name, and who speaks of it."""
    both = {"en": name, "de": name}
    products = [
        Product(sku=f"SKU-{number}", name=both, description=both, unit_price=100, **fields)
        for number in range(count)
    ]
    cart = a_cart(*(line_item(product, 1, "en") for product in products))
    return cart, voice(catalog=ProductList(products, "EUR", "local"))


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
        "you left 3 items in your cart at Leaf & Bean. We kept them for you.\n"
        "\n"
        "Back to your cart: https://shop.example.com/#cart\n"
        "\n"
        "  2 \u00d7 Stoneware mug (€14.50 each): €29.00\n"
        "  1 \u00d7 Cast-iron teapot (€59.00 each): €59.00\n"
        "\n"
        "  Total: €88.00\n"
        "\n"
        "--\n"
        "You get this mail because you left something in your cart at Leaf & Bean.\n"
        "Questions? Write to help@shop.example.com.\n"
        "Leaf & Bean, 1 Example Street, 12345 Exampleton\n"
    )


def test_the_text_part_as_a_whole_in_german() -> None:
    mail = render(RECIPIENT, german_cart(), voice("de"), CART_URL, UNSUBSCRIBE_URL)
    assert mail.subject == "Noch 3 Artikel in Ihrem Warenkorb"
    assert mail.text == (
        "Guten Tag Ada Lovelace,\n"
        "\n"
        "in Ihrem Warenkorb bei Leaf & Bean liegen noch 3 Artikel. "
        "Wir haben sie für Sie aufgehoben.\n"
        "\n"
        "Zum Warenkorb: https://shop.example.com/#cart\n"
        "\n"
        "  2 \u00d7 Steingutbecher (je 14,50\u00a0€): 29,00\u00a0€\n"
        "  1 \u00d7 Gusseiserne Teekanne (je 59,00\u00a0€): 59,00\u00a0€\n"
        "\n"
        "  Gesamt: 88,00\u00a0€\n"
        "\n"
        "--\n"
        "Sie erhalten diese Mail, weil Sie bei Leaf & Bean etwas im Warenkorb gelassen haben.\n"
        f"Keine Erinnerungen mehr: {UNSUBSCRIBE_URL}\n"
        "Fragen? Schreiben Sie an help@shop.example.com.\n"
        "Leaf & Bean, 1 Example Street, 12345 Exampleton\n"
    )


def test_the_html_part_is_in_the_language_of_the_text_part() -> None:
    page = Page(render(RECIPIENT, german_cart(), voice("de"), CART_URL, UNSUBSCRIBE_URL).html)
    assert page.attributes("html", "lang") == ["de"]
    for words in ("Produkt", "Menge", "Summe", "Gesamt", "je 14,50", "Keine Erinnerungen mehr"):
        assert words in page.text
    assert not {"Product", "Total", "Hello", "Back to your cart"} & set(page.words)


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "you left 1 item in your cart at Leaf & Bean. We kept it for you."),
        ("en", 2, "you left 2 items in your cart"),
        ("en", 1200, "you left 1,200 items in your cart"),
        ("de", 1, "liegt noch 1 Artikel. Wir haben ihn"),
        ("de", 2, "liegen noch 2 Artikel. Wir haben sie"),
        ("de", 1200, "liegen noch 1.200 Artikel"),
    ],
)
def test_a_count_is_said_as_the_language_says_it(language: str, count: int, said: str) -> None:
    cart = a_cart(line_item(MUG, count, language))
    assert said in reminder(cart=cart, speaker=voice(language)).text


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
    assert page.attributes("a", "href") == [CART_URL]


def test_a_customer_without_a_name_is_greeted_without() -> None:
    for name in (None, "", " \n"):
        mail = reminder(Recipient(RECIPIENT.id, RECIPIENT.email, name))
        assert mail.text.startswith("Hello,\n")
        assert "Hello," in Page(mail.html).text


def test_the_preview_names_what_is_in_the_cart() -> None:
    page = Page(reminder().html)
    assert "Stoneware mug, Cast-iron teapot: €88.00" in page.text
    assert "display:none" in (page.attributes("div", "style")[0] or "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 140, "x" * 140),
        ("x" * 141, "x" * 139 + "…"),
        ("x" * 138 + " yyy", "x" * 138 + "…"),
    ],
)
def test_a_preview_has_140_characters_at_most_besides_the_total(name: str, shown: str) -> None:
    cart, speaker = a_long_cart(1, name)
    assert f">{shown}: €1.00</div>" in reminder(cart=cart, speaker=speaker).html


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
    page = Page(
        render(RECIPIENT, TWO_LINES, voice(), 'https://shop.example.com/?a=1&b="x"/#cart').html
    )
    assert page.attributes("a", "href") == ['https://shop.example.com/?a=1&b="x"/#cart']


def test_without_an_unsubscribe_address_there_is_none() -> None:
    mail = reminder()
    assert mail.headers.keys() == {"Reply-To", "List-Id"}
    assert "No more reminders" not in mail.text + mail.html


def test_an_unsubscribe_address_is_in_both_parts_and_in_the_headers() -> None:
    mail = render(RECIPIENT, TWO_LINES, voice(), CART_URL, UNSUBSCRIBE_URL)
    assert mail.headers == {
        "Reply-To": "help@shop.example.com",
        "List-Id": "<cart-reminders.shop.example.com>",
        "List-Unsubscribe": f"<{UNSUBSCRIBE_URL}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert f"\nNo more reminders: {UNSUBSCRIBE_URL}\n" in mail.text
    page = Page(mail.html)
    assert page.attributes("a", "href") == [CART_URL, UNSUBSCRIBE_URL]
    assert "No more reminders" in page.text


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


@pytest.mark.parametrize("part", ["text", "html"])
def test_the_way_back_comes_before_the_list(part: str) -> None:
    body = getattr(reminder(), part)
    assert body.index("Back to your cart") < body.index(
        "Stoneware mug (" if part == "text" else "<tbody"
    )


def test_the_button_is_a_button_without_any_style() -> None:
    """Its colour and room are attributes, which every mail program keeps."""
    page = Page(reminder().html)
    [button] = [each for tag, each in page.tags if tag == "table" and each.get("class") == "button"]
    assert (button["bgcolor"], button["cellpadding"]) == ("#2c5a4b", "13")
    assert "#ffffff" in page.attributes("font", "color")


def test_outlook_gets_a_table_of_a_fixed_width() -> None:
    html = reminder().html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
    assert '<table role="presentation" width="560"' in html


def test_the_mail_has_the_shops_colours_on_light_and_dark_screens() -> None:
    colours = Colours(
        accent="#7a0019", accent_dark="#ffb3c1", background="#ffffff", background_dark="#000000"
    )
    html = reminder(speaker=voice(shop=structs.replace(SHOP, colours=colours))).html
    style, _, body = html.partition("</style>")
    assert ("#ffb3c1" in style, "#7a0019" in style) == (True, False)
    assert ("#ffb3c1" in body, "#7a0019" in body) == (False, True)
    assert "#2c5a4b" not in html
    assert "#9ccdb8" not in html


def test_a_product_is_a_link_to_its_page_with_its_picture() -> None:
    name = 'Mug "Ada" & co'
    cart, speaker = a_long_cart(
        1, name, url="https://shop.example.com/mug?a=1&b=2", image="https://cdn.example.com/mug.png"
    )
    page = Page(reminder(cart=cart, speaker=speaker).html)
    assert page.attributes("img", "src") == ["https://cdn.example.com/mug.png"]
    assert page.attributes("img", "alt") == [name]
    assert page.attributes("img", "width") == ["56"]
    assert "https://shop.example.com/mug?a=1&b=2" in page.attributes("a", "href")
    assert page.attributes("th", "colspan") == ["2", None, None, "3"]


@pytest.mark.parametrize("without", [0, 1, 2])
def test_among_pictures_the_place_of_one_that_is_missing_is_empty(without: int) -> None:
    cart, speaker = a_long_cart(3, "Mug", image="https://cdn.example.com/mug.png")
    catalog = speaker.catalog
    assert isinstance(catalog, ProductList)
    for product in list(catalog)[:without]:
        catalog.put(structs.replace(product, image=None))
    html = reminder(cart=cart, speaker=speaker).html
    assert html.count("<img ") == 3 - without
    assert len(re.findall(r"<td[^>]*></td>", html)) == without


@pytest.mark.parametrize("image", ["mug.png", "http://cdn.example.com/a.png", "https://x.de/a.svg"])
def test_a_picture_that_mail_programs_cannot_show_is_left_out(image: str) -> None:
    cart, speaker = a_long_cart(1, "Mug", image=image)
    page = Page(reminder(cart=cart, speaker=speaker).html)
    assert page.attributes("img", "src") == []
    assert page.attributes("th", "colspan") == ["1", None, None, "2"]


def test_answers_go_to_whom_the_shop_names() -> None:
    shop = structs.replace(
        SHOP, reply_to="Bücher <post@bücher.example>", sender="A <a@mail.example>"
    )
    headers = reminder(speaker=voice(shop=shop)).headers
    assert headers["Reply-To"] == "post@xn--bcher-kva.example"
    assert headers["List-Id"] == "<cart-reminders.mail.example>"


@pytest.mark.parametrize(
    ("count", "more"),
    [(MAX_LINES, ""), (MAX_LINES + 1, "and 1 more product"), (100, "and 88 more products")],
)
def test_a_long_cart_is_cut_and_says_so(count: int, more: str) -> None:
    cart, speaker = a_long_cart(count, "Tea")
    mail = reminder(cart=cart, speaker=speaker)
    text = Page(mail.html).text
    assert mail.text.count("\u00d7 Tea") == text.count("Tea €1.00 each") == MAX_LINES
    assert f"Total: €{count}.00" in mail.text
    for part in (mail.text, text):
        assert ("more product" in part) == bool(more)
        assert more in part


@pytest.mark.parametrize(("fields", "columns"), [({}, "3"), ({"image": "https://a.de/b.png"}, "4")])
def test_what_says_how_many_more_there_are_is_as_wide_as_the_table(
    fields: dict[str, str], columns: str
) -> None:
    cart, speaker = a_long_cart(MAX_LINES + 1, "Tea", **fields)
    page = Page(reminder(cart=cart, speaker=speaker).html)
    assert columns in page.attributes("td", "colspan")
    heads = page.attributes("th", "colspan")[:3]
    assert sum(int(each or 1) for each in heads) == int(columns)


@pytest.mark.parametrize("sign", ["a", "&", "'", "ß", "😀", "="])
def test_no_cart_makes_a_mail_of_more_than_90_kilobytes(sign: str) -> None:
    address = f"https://cdn.example.com/{'x' * 2000}.png"
    cart, speaker = a_long_cart(100, sign * 500, image=address, url=address)
    mail = reminder(Recipient(RECIPIENT.id, RECIPIENT.email, "😀" * 100), cart, speaker)
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.html, subtype="html", cte="quoted-printable")
    assert len(bytes(message)) <= MAX_BYTES + HEADERS
    shown = mail.html.count("<img")
    assert 1 <= shown <= MAX_LINES
    assert f"and {100 - shown} more products" in mail.html


def size(mail: Mail) -> int:
    """Return how many bytes the HTML takes on its way."""
    return len(quopri.encodestring(mail.html.replace("\n", "\r\n").encode()))


def is_cut(mail: Mail) -> bool:
    return "more product" in mail.html


def long_names(*lengths: int) -> Mail:
    """Return the reminder of products whose names are so long."""
    both = [{"en": "x" * length} for length in lengths]
    products = [
        Product(sku=f"SKU-{number}", name=name, description=name, unit_price=100)
        for number, name in enumerate(both)
    ]
    cart = a_cart(*(line_item(product, 1, "en") for product in products))
    return reminder(cart=cart, speaker=voice(catalog=ProductList(products, "EUR", "local")))


def test_a_mail_may_have_90_kilobytes_and_no_more() -> None:
    too_long = bisect(range(90_000), False, key=lambda length: is_cut(long_names(length, 1)))
    both = next(
        (too_long - 50, other)
        for other in range(1, 100)
        if size(long_names(too_long - 50, other)) == 90_000
    )
    assert not is_cut(long_names(*both))
    for longer in (1, 2, 3):
        assert is_cut(long_names(both[0], both[1] + longer))


@pytest.mark.parametrize(
    ("length", "listed"), [(5_000, 12), (7_500, 10), (12_000, 6), (20_000, 3), (50_000, 1)]
)
def test_a_mail_lists_as_many_products_as_fit(length: int, listed: int) -> None:
    mail = long_names(*[length] * 13)
    assert f"and {13 - listed} more product" in mail.html
    assert mail.text.count("\u00d7 x") == mail.html.count("€1.00 each") == listed


def test_a_mail_lists_one_product_however_long_its_name_is() -> None:
    mail = long_names(100_000, 100_000)
    assert size(mail) > MAX_BYTES
    assert mail.html.count("€1.00 each") == 1


def test_a_price_that_has_changed_is_told_with_the_one_before() -> None:
    cheaper = structs.replace(line_item(MUG, 2, LANGUAGE), unit_price_at_add=1600)
    same = structs.replace(line_item(TEAPOT, 1, LANGUAGE), unit_price_at_add=5900)
    dearer = structs.replace(line_item(MUG, 3, LANGUAGE), unit_price_at_add=1449)
    mail = reminder(cart=a_cart(cheaper, same, dearer))
    assert "  3 \u00d7 Stoneware mug (now €14.50 each, was €14.49): €43.50\n" in mail.text
    assert "  2 \u00d7 Stoneware mug (now €14.50 each, was €16.00): €29.00\n" in mail.text
    assert "  1 \u00d7 Cast-iron teapot (€59.00 each): €59.00\n" in mail.text
    assert "now €14.50 each, was €16.00" in Page(mail.html).text
