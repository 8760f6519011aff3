"""Sends a sample of the reminder, as the functions send it."""

from itertools import islice
from typing import Final

import click

from chalicelib import wiring
from chalicelib.adapters.ses import Mailer
from chalicelib.adapters.shop_folder import (
    ShopError,
    Texts,
    read_locales,
    read_products,
    read_shop,
)
from chalicelib.domain.addresses import is_mailable
from chalicelib.domain.catalog import ProductList
from chalicelib.domain.errors import CartError
from chalicelib.domain.events import Recipient
from chalicelib.domain.mail import Mail
from chalicelib.domain.pricing import PricedCart, line_item
from chalicelib.usecases.reminder_mail import Voice, render
from infra.operations.problems import Problem
from infra.operations.target import Target

_PRODUCTS: Final = 3
_SHOP_URL: Final = "https://shop.example.com/"
"""Where links lead while the stage has no address."""


def mail(target: Target, address: str, language: str | None) -> None:
    """Send a reminder of the first products to an address, in one language or in each.

    Raises:
        Problem: nothing can be mailed there, the shop has no such language, its folder holds
            something that cannot work, or SES refuses.
    """
    if not is_mailable(address):
        raise Problem(f"SES cannot mail {address!r}: an address is like ada@example.com.")
    try:
        voices = _voices(target.stage)
    except (ShopError, OSError, ValueError, KeyError) as error:
        raise Problem(f"{error}: run `python -m infra check`.") from error
    if language is not None and language not in voices:
        raise Problem(f"The shop speaks {', '.join(voices)}, and not {language!r}.")
    shop_url = target.configuration.environment.get("SHOP_URL") or _SHOP_URL
    for voice in [voices[language]] if language else voices.values():
        mailer = Mailer(target.client("sesv2"), voice.shop.sender, target.names.configuration_set)
        sample = _sample(voice, address, shop_url)
        try:
            mailer.send(sample)
        except CartError as error:
            raise Problem(f"SES does not send it: {error}") from error
        click.echo(f"Sent to {address}: {sample.subject}")


def _voices(stage: str) -> dict[str, Voice]:
    folder = wiring.shop_folder()
    shop = read_shop(folder, stage)
    catalog = ProductList(read_products(folder), shop.currency, stage)
    locales = {locale.language: locale for locale in read_locales(folder)}
    texts, name = Texts(folder), shop.reminders[0].texts
    return {
        language: Voice(shop, catalog, locales[language], texts.reminder(language, name))
        for language in shop.languages
    }


def _sample(voice: Voice, address: str, shop_url: str) -> Mail:
    """Compose a reminder of one piece each of the first products; its opt-out link is not valid."""
    products = islice(voice.catalog, _PRODUCTS)
    items = tuple(line_item(product, 1, voice.locale.language) for product in products)
    total = sum(item.subtotal for item in items)
    cart = PricedCart(items, total, voice.shop.currency, None)
    unsubscribe_url = f"{shop_url}unsubscribe?token=sample"
    return render(Recipient("sample", address), cart, voice, f"{shop_url}#cart", unsubscribe_url)
