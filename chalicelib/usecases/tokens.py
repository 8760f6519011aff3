"""Who a guest is: whoever has the token that the guest was given."""

import secrets
from datetime import timedelta
from typing import Final

from chalicelib import clock, wiring
from chalicelib.domain import signing
from chalicelib.domain.errors import ExpiredToken, ForgedToken, GuestUnknown
from chalicelib.domain.events import GUEST
from chalicelib.domain.signing import Purpose
from chalicelib.web.bodies import NewGuest

LIFETIME: Final = timedelta(days=30)


def new_guest() -> NewGuest:
    """Return a guest with a cart that nobody has used; nothing is written for it.

    Raises:
        TransientError: the keys could not be read now.
    """
    now = clock.now()
    cart_id = GUEST + secrets.token_hex(16)
    keys = wiring.signing_keys().current(now)
    return NewGuest(signing.sign(keys, Purpose.GUEST, cart_id, now, LIFETIME), now + LIFETIME)


def cart_of(guest_token: str) -> str:
    """Return the cart of the guest with this token.

    Raises:
        GuestUnknown: it is none of ours, or has expired.
        TransientError: the keys could not be read now.
    """
    now = clock.now()
    keys = wiring.signing_keys().current(now)
    try:
        return signing.cart_in(guest_token, Purpose.GUEST, keys, now)
    except (ForgedToken, ExpiredToken):
        raise GuestUnknown("This guest token is not valid (any more).") from None
