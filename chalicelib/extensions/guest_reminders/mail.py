"""The mail that asks a guest to confirm an address. It says nothing about the cart."""

from datetime import datetime
from html import escape
from string import Template
from typing import Final

from chalicelib import wiring
from chalicelib.domain.colours import palette
from chalicelib.domain.mail import Mail
from chalicelib.domain.texts import fill
from chalicelib.extensions.guest_reminders import links
from chalicelib.extensions.guest_reminders.book import GuestAddress
from chalicelib.extensions.guest_reminders.texts import SHOP_TEXTS
from chalicelib.usecases.reminder_mail import address_of

_TEXT: Final = Template(
    "$intro\n\n$button: $link\n\n$otherwise\n\n-- \n$shop\n$address\n$contact\n"
)
_HTML: Final = Template(
    '<!doctype html>\n<html lang="$language"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>$subject</title></head>\n"
    '<body style="margin:0; padding:24px; font:16px/1.5 sans-serif;">\n'
    "<p>$intro</p>\n"
    '<p><a href="$link" style="display:inline-block; padding:12px 20px; border-radius:6px; '
    'background:$accent; color:$on_accent; text-decoration:none;">$button</a></p>\n'
    '<p>$otherwise</p>\n<p style="font-size:13px;">$shop<br>$address<br>$contact</p>\n'
    "</body></html>\n"
)


def render(cart_id: str, guest: GuestAddress, now: datetime) -> Mail:
    """Compose the mail.

    Raises:
        TransientError: the keys that sign its link could not be read.
    """
    adapters = wiring.adapters
    shop = adapters.shop
    texts = adapters.texts.of(guest.language, *SHOP_TEXTS).mail
    usual = adapters.texts.reminder(guest.language, shop.reminders[0].texts)
    words = {
        "language": guest.language,
        "shop": shop.name,
        "subject": fill(texts.subject, shop=shop.name),
        "intro": fill(texts.intro, shop=shop.name),
        "button": texts.button,
        "otherwise": fill(texts.otherwise, shop=shop.name),
        "link": links.link_for(cart_id, guest.asked, now),
        "address": ", ".join(shop.postal_address),
        "contact": fill(usual.contact, support=shop.support),
    }
    colours = palette(shop.colours.background, shop.colours.accent)._asdict()
    escaped = {name: escape(text) for name, text in words.items()}
    return Mail(
        to=guest.email,
        name=None,
        subject=words["subject"],
        text=_TEXT.substitute(words),
        html=_HTML.substitute(colours, **escaped),
        headers={"Reply-To": address_of(shop.reply_to or shop.support)},
    )
