"""The link by which an address is confirmed: signed for one cart and one request."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib import wiring
from chalicelib.domain import signing
from chalicelib.domain.signing import Purpose

LIFETIME: Final = timedelta(days=7)
_SEPARATOR: Final = "~"


def link_for(cart_id: str, asked: str, now: datetime) -> str:
    """Return the address of the page on which a request to be reminded is confirmed.

    Raises:
        TransientError: the keys could not be read.
    """
    keys = wiring.adapters.signing_keys.current(now)
    subject = f"{cart_id}{_SEPARATOR}{asked}"
    token = signing.sign(keys, Purpose.CONFIRM, subject, now, LIFETIME)
    return f"{wiring.adapters.settings.shop_url}guest/confirm?token={token}"


def read(token: str, now: datetime) -> tuple[str, str]:
    """Return the cart and the request that a token is about.

    Raises:
        ForgedToken: it was not issued for this, or was altered.
        ExpiredToken: it is no longer valid.
        TransientError: the keys could not be read.
    """
    keys = wiring.adapters.signing_keys.current(now)
    subject, _ = signing.read(token, Purpose.CONFIRM, keys, now)
    cart_id, _, asked = subject.partition(_SEPARATOR)
    return cart_id, asked
