"""The mail that reminds a customer of a cart left alone.

Its text and layout are in the files beside this one. Only :func:`_fill` makes HTML, and it escapes
everything that is not HTML already, so user input cannot become markup.
"""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from chalicelib.domain.events import Recipient
from chalicelib.domain.mail import Mail
from chalicelib.domain.plain_text import one_line
from chalicelib.domain.pricing import LineItem, PricedCart, money

SHOP: Final = "Leaf & Bean"

_UNSUBSCRIBE: Final = Template('<br><a class="soft" href="$url" style="color:#655e53;">$label</a>')
_UNSUBSCRIBE_LABEL: Final = "No more reminders"


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def render(
    customer: Recipient, cart: PricedCart, shop_url: str, unsubscribe_url: str | None = None
) -> Mail:
    """Compose the reminder of what can be ordered of the cart now, as text and as HTML.

    ``shop_url`` is the shop's page, ending in a slash. With an ``unsubscribe_url`` the mail says
    where to stop reminders, in its footer and in the headers of RFC 8058.
    """
    count = _count_of(cart)
    words = {
        "subject": f"You left {count} in your cart",
        "greeting": _greeting(customer),
        "count": count,
        "total": money(cart.total, cart.currency),
        "cart_url": f"{shop_url}#cart",
        "shop": SHOP,
    }
    return Mail(
        to=customer.email,
        name=customer.name,
        subject=words["subject"],
        text=_text(words, cart, unsubscribe_url),
        html=_html(words, cart, unsubscribe_url),
        headers=_headers(unsubscribe_url),
    )


def _text(words: dict[str, str], cart: PricedCart, unsubscribe_url: str | None) -> str:
    return _template("reminder_mail.txt").substitute(
        words,
        items="\n".join(_text_item(item, cart.currency) for item in cart.available),
        unsubscribe=f"\n{_UNSUBSCRIBE_LABEL}: {unsubscribe_url}" if unsubscribe_url else "",
    )


def _text_item(item: LineItem, currency: str) -> str:
    unit_price, subtotal = money(item.unit_price, currency), money(item.subtotal, currency)
    return f"  {item.quantity} × {item.name} ({unit_price} each): {subtotal}"  # noqa: RUF001 - "times"


def _html(words: dict[str, str], cart: PricedCart, unsubscribe_url: str | None) -> Html:
    unsubscribe = ""
    if unsubscribe_url:
        unsubscribe = _fill(_UNSUBSCRIBE, url=unsubscribe_url, label=_UNSUBSCRIBE_LABEL)
    return _fill(
        _template("reminder_mail.html"),
        **words,
        preview=_preview_of(cart),
        items=Html("".join(_html_item(item, cart.currency) for item in cart.available)),
        unsubscribe=unsubscribe,
    )


def _html_item(item: LineItem, currency: str) -> Html:
    return _fill(
        _template("reminder_mail_item.html"),
        name=item.name,
        quantity=str(item.quantity),
        unit_price=money(item.unit_price, currency),
        subtotal=money(item.subtotal, currency),
    )


def _fill(template: Template, **values: str) -> Html:
    """Fill an HTML template; escape everything that is not HTML already."""
    return Html(
        template.substitute(
            {
                name: value if isinstance(value, Html) else escape(value)
                for name, value in values.items()
            }
        )
    )


@cache
def _template(name: str) -> Template:
    return Template(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _greeting(customer: Recipient) -> str:
    name = one_line(customer.name or "")
    return f"Hello {name}," if name else "Hello,"


def _count_of(cart: PricedCart) -> str:
    count = sum(item.quantity for item in cart.available)
    return f"{count} item" if count == 1 else f"{count} items"


def _preview_of(cart: PricedCart) -> str:
    """Return the preview that mailboxes show beside the subject."""
    return f"{', '.join(item.name for item in cart.available)}: {money(cart.total, cart.currency)}"


def _headers(unsubscribe_url: str | None) -> dict[str, str]:
    if unsubscribe_url is None:
        return {}
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
