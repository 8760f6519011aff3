"""Signed tokens: they identify guests, and allow readers of mails to stop reminders.

Each function raises a ``TransientError`` if the keys could not be read.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib import wiring
from chalicelib.domain import signing
from chalicelib.domain.errors import ExpiredToken, ForgedToken, GuestUnknown
from chalicelib.domain.events import GUEST
from chalicelib.domain.signing import Purpose

GUEST_LIFETIME: Final = timedelta(days=30)
LINK_LIFETIME: Final = timedelta(days=60)


class GuestPass(NamedTuple):
    """A guest's token and when it expires (UTC)."""

    token: str
    expires_at: datetime


def new_guest(now: datetime) -> GuestPass:
    """Return a token for a new guest's cart; nothing is written for it."""
    keys = wiring.adapters.signing_keys.current(now)
    cart_id = GUEST + secrets.token_hex(16)
    token = signing.sign(keys, Purpose.GUEST, cart_id, now, GUEST_LIFETIME)
    return GuestPass(token, now + GUEST_LIFETIME)


def cart_of(guest_token: str, now: datetime) -> str:
    """Return the cart of the guest with this token.

    Raises:
        GuestUnknown: the token is invalid or has expired.
    """
    keys = wiring.adapters.signing_keys.current(now)
    try:
        return signing.read(guest_token, Purpose.GUEST, keys, now)[0]
    except (ForgedToken, ExpiredToken):
        raise GuestUnknown("This guest token is invalid or has expired.") from None


def unsubscribe_link(cart_id: str, now: datetime) -> str:
    """Return the link with which a mail about this cart lets its reader stop reminders."""
    keys = wiring.adapters.signing_keys.current(now)
    token = signing.sign(keys, Purpose.UNSUBSCRIBE, cart_id, now, LINK_LIFETIME)
    return f"{wiring.adapters.settings.shop_url}unsubscribe?token={token}"


def cart_to_unsubscribe(token: str, now: datetime) -> str:
    """Return the cart that the token of such a link is about.

    Raises:
        ForgedToken: the token was not issued for this, or was altered.
        ExpiredToken: the token is no longer valid.
    """
    keys = wiring.adapters.signing_keys.current(now)
    return signing.read(token, Purpose.UNSUBSCRIBE, keys, now)[0]
