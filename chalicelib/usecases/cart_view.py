"""A cart as its owner sees it: priced, and with its pending reminder.

Each function raises a ``TransientError`` if AWS could not be reached.
"""

from datetime import datetime

from msgspec import structs

from chalicelib import wiring
from chalicelib.domain.cart import Cart
from chalicelib.domain.events import GUEST, UtcTime
from chalicelib.domain.pricing import PricedCart, price
from chalicelib.usecases.wishes import unwanted


class CartView(PricedCart, frozen=True):
    """A cart; ``reminder_due_at`` is when a reminder is sent if the cart does not change."""

    reminder_due_at: UtcTime | None


def show(cart_id: str, now: datetime, language: str, address: str | None = None) -> CartView:
    """Return a cart, and when a reminder of it comes to its owner, if one does.

    ``address`` is the owner's verified one, None if there is none, or if somebody else looks: then
    nothing is told of reminders. The mail goes to the one that was known at the last add; whether
    it is wanted there is asked for only if one is due: two small reads.
    """
    return _view(cart_id, wiring.adapters.carts.read(cart_id, now), now, language, address)


def show_openly(cart_id: str, now: datetime, language: str) -> CartView:
    """Return the cart of a guest's token or of a mail's link, which tells nothing of whose it is.

    A guest's cart is empty once it is part of a customer's. The token is still known to the
    browser, and the link to whoever reads the mail, which may be somebody else by then.
    """
    carts = wiring.adapters.carts
    is_merged = cart_id.startswith(GUEST) and carts.owner_of(cart_id) is not None
    cart = Cart([], now) if is_merged else carts.read(cart_id, now)
    return _view(cart_id, cart, now, language, None)


def _view(cart_id: str, cart: Cart, now: datetime, language: str, address: str | None) -> CartView:
    priced = price(cart, wiring.adapters.catalog, language)
    cart = cart.without_sale_of(priced.unsold)
    due_at = _next_due_at(cart_id, cart, now) if address and priced.available else None
    if due_at and (cart.contact is None or unwanted(cart_id, cart.contact.email)):
        due_at = None
    return CartView(**structs.asdict(priced), reminder_due_at=due_at)


def _next_due_at(cart_id: str, cart: Cart, now: datetime) -> datetime | None:
    """Return when the next reminder is mailed; those so far are read if they are limited."""
    rule = wiring.adapters.settings.reminder_rule.of(cart_id)
    if not rule.has_wake_up(cart) or rule.policy.holds_out(cart_id):
        return None
    due_at = rule.next_due_at(cart, now)
    if due_at is None or rule.policy.max_mails is None:
        return due_at
    return rule.next_due_at(cart, now, wiring.adapters.reminder_log.sent(cart_id))
