"""The link by which a reminder leads back to its cart: for reading only, without signing in.

It stands in the link's fragment, which browsers send to no server, so that no log and no referrer
has it. What opens links without running the page, such as a scanner of mails, therefore asks for
nothing; the page itself sends it in a header.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib import wiring
from chalicelib.domain import events, ids, signing
from chalicelib.domain.errors import CartLinkUnknown, ExpiredToken, ForgedToken
from chalicelib.domain.events import ReminderFollowed
from chalicelib.domain.signing import Purpose

LIFETIME: Final = timedelta(days=7)
_SEPARATOR: Final = "~"


class CartLink(NamedTuple):
    """What a link is about: a cart, and the reminder that it was in, made ``at`` a time (UTC)."""

    cart_id: str
    window: int
    step: int
    at: datetime


def address_of(cart_id: str, window: int, step: int, now: datetime) -> str:
    """Return the address with which a reminder leads to its cart.

    Raises:
        TransientError: the keys could not be read.
    """
    keys = wiring.adapters.signing_keys.current(now)
    subject = _SEPARATOR.join((cart_id, str(window), str(step)))
    token = signing.sign(keys, Purpose.CART_LINK, subject, now, LIFETIME)
    return f"{wiring.adapters.settings.shop_url}#cart-link={token}"


def read(token: str, now: datetime) -> CartLink:
    """Return what the token of such a link is about.

    Raises:
        CartLinkUnknown: it was not issued for this, was altered, or has expired.
        TransientError: the keys could not be read.
    """
    keys = wiring.adapters.signing_keys.current(now)
    try:
        subject, expires_at = signing.read(token, Purpose.CART_LINK, keys, now)
    except (ForgedToken, ExpiredToken):
        raise CartLinkUnknown("This link to a cart is invalid or has expired.") from None
    cart_id, window, step = subject.split(_SEPARATOR)
    return CartLink(cart_id, int(window), int(step), expires_at - LIFETIME)


def tell(link: CartLink) -> None:
    """Tell that a reminder brought somebody back to the cart, by the same event each time.

    Raises:
        EventsNotAccepted: the bus refused the event.
        TransientError: the bus could not be reached.
    """
    data = ReminderFollowed(link.cart_id, link.window, link.step)
    bits = ids.intent_bits(data.detail_type, link.cart_id, str(link.window), str(link.step))
    wiring.adapters.event_bus.publish(events.first(ids.event_id(link.at, bits), data))
