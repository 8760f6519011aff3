"""The mail that reminds a customer of a cart left alone, in the customer's language.

Its layout is in the files beside this one; words and colours are the shop's.
"""

import quopri
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from msgspec import UNSET

from chalicelib.domain import addresses
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.events import Recipient
from chalicelib.domain.locales import Locale
from chalicelib.domain.mail import Mail
from chalicelib.domain.plain_text import one_line
from chalicelib.domain.pricing import LineItem, PricedCart
from chalicelib.domain.shop import Shop
from chalicelib.domain.texts import ReminderTexts, counted, fill
from chalicelib.usecases.reminder_html import Line, page

MAX_LINES: Final = 12
"""How many products a mail lists; the button leads to the others."""
MAX_BYTES: Final = 90_000
"""How large the HTML may become on its way. Gmail cuts off what is beyond 102 kB."""
_MAX_PREVIEW: Final = 140
"""How many characters mailboxes show beside a subject at most, about."""


class Voice(NamedTuple):
    """Who speaks to a customer, and how: the shop, its products, and a language with its texts."""

    shop: Shop
    catalog: Catalog
    locale: Locale
    texts: ReminderTexts


def render(
    customer: Recipient,
    cart: PricedCart,
    voice: Voice,
    cart_url: str,
    unsubscribe_url: str | None = None,
) -> Mail:
    """Compose the reminder of what can be ordered of the cart now, as text and as HTML.

    ``cart_url`` leads to the cart on the shop's page. With an ``unsubscribe_url`` the mail says
    where to stop reminders, in its footer and in the headers of RFC 8058.
    """
    words = _words(customer, cart, voice) | {"cart_url": cart_url}
    for shown in range(MAX_LINES, 0, -1):
        lines, more = _lines(cart.available, shown, voice)
        html = page(words, lines, more, voice.shop.colours, unsubscribe_url)
        if _size(html) <= MAX_BYTES:
            break
    return Mail(
        to=customer.email,
        name=customer.name,
        subject=words["subject"],
        text=plain_text(words, lines, more, unsubscribe_url),
        html=html,
        headers=_headers(voice.shop, unsubscribe_url),
    )


def _words(customer: Recipient, cart: PricedCart, voice: Voice) -> dict[str, str]:
    shop, _, locale, texts = voice
    count = sum(item.quantity for item in cart.available)
    total = locale.money(cart.total)
    products = _shortened(", ".join(item.name for item in cart.available[:MAX_LINES]))
    return usual_words(shop, texts, locale, customer.name, cart.total) | {
        "subject": counted(texts.subject, locale, count, shop=shop.name),
        "preview": fill(texts.preview, products=products, total=total, shop=shop.name),
        "heading": texts.heading,
        "intro": counted(texts.intro, locale, count, shop=shop.name),
        "button": texts.button,
        "reason": fill(texts.reason, shop=shop.name),
        "opt_out": texts.opt_out,
    }


def usual_words(
    shop: Shop, texts: ReminderTexts, locale: Locale, name: str | None, total: int
) -> dict[str, str]:
    """Return what all mails of this layout say to a customer of this name about a total."""
    name = one_line(name or "")
    return {
        "language": locale.language,
        "shop": shop.name,
        "greeting": fill(texts.greeting, name=name) if name else texts.greeting_without_name,
        "product": texts.product,
        "quantity": texts.quantity,
        "subtotal": texts.subtotal,
        "total": texts.total,
        "total_amount": locale.money(total),
        "contact": fill(texts.contact, support=shop.support),
        "address": ", ".join(shop.postal_address),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_PREVIEW else f"{text[: _MAX_PREVIEW - 1].rstrip()}…"


def _lines(items: Sequence[LineItem], shown: int, voice: Voice) -> tuple[list[Line], str]:
    """Return the lines to show, and what says how many more there are, "" if there are none."""
    more = len(items) - shown
    lines = [_line(item, voice) for item in items[:shown]]
    return lines, counted(voice.texts.more, voice.locale, more) if more > 0 else ""


def _line(item: LineItem, voice: Voice) -> Line:
    product = voice.catalog.find(item.sku)
    return Line(
        name=item.name,
        quantity=str(item.quantity),
        each=_each(item, voice),
        subtotal=voice.locale.money(item.subtotal),
        url=product.url if product else None,
        picture=_picture(product.image if product else None),
    )


def _each(item: LineItem, voice: Voice) -> str:
    price, before = voice.locale.money(item.unit_price), item.unit_price_at_add
    if before is UNSET or before == item.unit_price:
        return fill(voice.texts.each, price=price)
    return fill(voice.texts.each_changed, price=price, before=voice.locale.money(before))


def _picture(image: str | None) -> str | None:
    """Return the address of a picture if mail programs can show it: they show no SVG."""
    shows = image and image.startswith("https://") and not image.endswith(".svg")
    return image if shows else None


def plain_text(
    words: dict[str, str], lines: Sequence[Line], more: str, unsubscribe_url: str | None
) -> str:
    """Return the mail as text; ``more`` says how many products are not listed, if there are any."""
    items = [
        f"  {line.quantity} × {line.name} ({line.each}): {line.subtotal}"  # noqa: RUF001 - "times"
        for line in lines
    ]
    opt_out = f"{words['opt_out']}: {unsubscribe_url}\n" if unsubscribe_url else ""
    template = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    return Template(template).substitute(
        {**words, "opt_out": opt_out},
        items="\n".join([*items, f"  {more}"] if more else items),
    )


def _size(html: str) -> int:
    """Return how many bytes a text takes on its way, which is as quoted-printable."""
    return len(quopri.encodestring(html.replace("\n", "\r\n").encode()))


def _headers(shop: Shop, unsubscribe_url: str | None) -> dict[str, str]:
    """Return the headers by which mail programs group, answer and stop reminders.

    Sources: RFC 2919 (List-Id), RFC 8058 (List-Unsubscribe-Post).
    """
    headers = {
        "Reply-To": address_of(shop.reply_to or shop.support),
        "List-Id": f"<cart-reminders.{address_of(shop.sender).rpartition('@')[2]}>",
    }
    if unsubscribe_url is not None:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def address_of(mailbox: str) -> str:
    """Return the address in ``Name <address>``, as mail programs take it."""
    _, address = addresses.split_display_name(mailbox)
    return addresses.mailable(address) or address
