"""What a mail about an order says, in the customer's language and the reminders' layout."""

from typing import Annotated, Final

import msgspec

from chalicelib import wiring
from chalicelib.domain.languages import preferred
from chalicelib.domain.mail import Mail
from chalicelib.domain.plain_text import one_line
from chalicelib.domain.texts import fill
from chalicelib.extensions.order_mail.reads import OrderEvent
from chalicelib.usecases.reminder_html import Line, page
from chalicelib.usecases.reminder_mail import address_of, plain_text

Text = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:[^{}]|\{(?:order|total|shop)\})+\Z",
        max_length=500,
        description="a text with no placeholder but {order}, {total}, {shop}",
    ),
]


class News(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happened to an order; the heading is above the intro."""

    subject: Text
    heading: Text
    intro: Text


class OrderTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What mails about orders say.

    Attributes:
        button: leads to the shop.
        reason: why the customer gets this mail.
        paid: the order is confirmed.
        payment_timed_out, payment_refused: it is cancelled; its products are back in the cart.
        refund_due: a payment is given back.
    """

    button: Text
    reason: Text
    paid: News
    payment_timed_out: News
    payment_refused: News
    refund_due: News


SHOP_TEXTS: Final = ("order", OrderTexts)
"""The file of ``texts/<language>/`` in the shop's folder, without ".toml", and what it holds."""


def render(told: OrderEvent, address: str) -> Mail:
    """Compose the mail that tells a customer of what happened to an order."""
    adapters, customer = wiring.adapters, told.customer
    shop = adapters.shop
    language = preferred(filter(None, [customer.locale]), adapters.settings.languages)
    texts = adapters.texts.of(language, *SHOP_TEXTS)
    usual = adapters.texts.reminder(language, shop.reminders[0].texts)
    locale, news = adapters.locales[language], getattr(texts, told.news)
    total, name = locale.money(told.total), one_line(customer.name or "")
    facts = {"order": told.order_id, "total": total, "shop": shop.name}
    words = {
        "language": language,
        "shop": shop.name,
        "subject": fill(news.subject, **facts),
        "preview": fill(news.intro, **facts),
        "heading": fill(news.heading, **facts),
        "greeting": fill(usual.greeting, name=name) if name else usual.greeting_without_name,
        "intro": fill(news.intro, **facts),
        "button": fill(texts.button, **facts),
        "cart_url": adapters.settings.shop_url,
        "product": usual.product,
        "quantity": usual.quantity,
        "subtotal": usual.subtotal,
        "total": usual.total,
        "total_amount": total,
        "reason": fill(texts.reason, **facts),
        "opt_out": "",
        "contact": fill(usual.contact, support=shop.support),
        "address": ", ".join(shop.postal_address),
    }
    lines = [
        Line(
            name=one.name,
            quantity=str(one.quantity),
            each=fill(usual.each, price=locale.money(one.unit_price)),
            subtotal=locale.money(one.subtotal),
            url=None,
            picture=None,
        )
        for one in told.lines
    ]
    return Mail(
        to=address,
        name=customer.name,
        subject=words["subject"],
        text=plain_text(words, lines, "", None),
        html=page(words, lines, "", shop.colours, None),
        headers={"Reply-To": address_of(shop.reply_to or shop.support)},
    )
