"""Changes to a cart: each is an event on the bus, accepted at once and processed later.

What becomes of the event: ``infra/templates/subscriptions.yaml`` routes it to
``chalicelib/entrypoints/consumers.py``.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.cart import EVERY_SKU, Cart, Change, Kind
from chalicelib.domain.errors import (
    CartMerged,
    ErrorBody,
    MalformedRequest,
    QuantityOutOfRange,
    UnknownRequest,
)
from chalicelib.domain.events import (
    GUEST,
    CartCheckedOut,
    Customer,
    EventId,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
)
from chalicelib.domain.pricing import LineItem, line_item

PENDING_FOR: Final = timedelta(days=30)
"""How long an accepted request that nobody has heard of yet is taken to be on its way.

As long as the archive has its event, because a replay may still bring it.
"""


class Pending(msgspec.Struct, frozen=True, tag_field="status", tag="pending"):
    """Accepted; processing has not finished."""

    request_id: EventId


class Succeeded(msgspec.Struct, frozen=True, tag_field="status", tag="succeeded"):
    """The request was processed; ``line`` is its line item as it is now, if it has one."""

    request_id: EventId
    line: LineItem | UnsetType = UNSET


class Repeated(msgspec.Struct, frozen=True, tag_field="status", tag="repeated"):
    """The request did nothing: its idempotency key had been used, and ``counted`` is for what."""

    request_id: EventId
    counted: dict[str, Any]


class Failed(msgspec.Struct, frozen=True, tag_field="status", tag="failed"):
    """The request failed permanently: ``job`` is what was requested, ``error`` is why."""

    request_id: EventId
    job: dict[str, Any]
    error: ErrorBody


RequestStatus = Pending | Succeeded | Repeated | Failed
"""How far a request has come."""


class Sent(msgspec.Struct, frozen=True):
    """How a request was sent.

    Attributes:
        at: when, UTC.
        key: the idempotency key; requests that repeat it count once. Empty if there is none.
        after: the id of a request of the same client that this one follows. Empty if none is named.
    """

    at: datetime
    key: str | UnsetType = UNSET
    after: str | UnsetType = UNSET

    def moment(self) -> datetime:
        """Return the time of the request: later than that of the one that it follows.

        Two requests of a client may meet two machines, and the second one's clock may be behind.

        Raises:
            MalformedRequest: no request can have been accepted under the id it names.
        """
        if self.after is UNSET:
            return self.at
        if not ids.is_possible(self.after, self.at):
            raise MalformedRequest("The header After must be the id of a request.")
        return max(self.at, ids.time_of(self.after) + timedelta(milliseconds=1))

    def event_id(self, owner: str, *request: str) -> str:
        """Return the id of the event; its tail is the same for requests with the same key.

        Raises:
            MalformedRequest: no request can have been accepted under the id it names.
        """
        if self.key is UNSET:
            bits = secrets.randbits(ids.TAIL_BITS)
        else:
            bits = ids.keyed_bits((owner, self.key), request)
        return ids.event_id(self.moment(), bits)


def add(customer: Customer, sku: str, quantity: int, sent: Sent) -> str:
    """Add a product to the cart of a customer or guest; return the request id.

    Raises:
        MalformedRequest: what it follows cannot be a request.
        UnknownSku: the product is not sold on this stage.
        QuantityOutOfRange: the quantity is not from 1 to ``MAX_QUANTITY``.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    product = wiring.adapters.catalog.require(sku)
    if not 1 <= quantity <= events.MAX_QUANTITY:
        raise QuantityOutOfRange(
            f"The quantity must be from 1 to {events.MAX_QUANTITY}.", quantity=quantity
        )
    priced = product.unit_price, wiring.adapters.catalog.currency
    return _accept(ItemAddedToCart(customer.id, customer, sku, quantity, *priced), sent)


def remove(cart_id: str, sku: str, sent: Sent) -> str:
    """Remove a product from the cart, whether or not it is in the cart yet.

    Raises:
        MalformedRequest: what it follows cannot be a request.
        UnknownSku: the product was never sold on this stage.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    wiring.adapters.catalog.require(sku, on_sale=False)
    return _accept(ItemRemovedFromCart(cart_id, sku), sent)


def check_out(cart_id: str, sent: Sent) -> str:
    """Check a cart out; return the request id.

    Raises:
        MalformedRequest: what it follows cannot be a request.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    return _accept(CartCheckedOut(cart_id), sent)


def merge(customer: Customer, guest_cart_id: str, sent: Sent) -> str:
    """Merge a guest's cart into the customer's, permanently.

    Raises:
        MalformedRequest: what it follows cannot be a request.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    return _accept(GuestCartMerged(customer.id, customer, guest_cart_id), sent)


def _accept(event: events.CartEvent, sent: Sent) -> str:
    asked = (str(getattr(event, name, "")) for name in ("sku", "quantity", "guest_cart_id"))
    event_id = sent.event_id(event.cart_id, event.detail_type, *asked)
    wiring.adapters.event_bus.publish(events.first(event_id, event))
    return event_id


def status_of(cart_id: str, request_id: str, now: datetime, language: str) -> RequestStatus:
    """Return the status of a request for this cart; ``language`` is for names in it.

    Raises:
        UnknownRequest: no request with this id is known.
        TransientError: DynamoDB could not be reached.
    """
    if not ids.is_possible(request_id, now):
        raise UnknownRequest("No request has this id.")
    cart = wiring.adapters.carts.read(cart_id, now)
    change = cart.find(request_id)
    is_same = change is not None and ids.tail_of(change.event_id) == ids.tail_of(request_id)
    if change and is_same and not cart.was_undone(change, before=request_id):
        if _is_lost(cart_id, change, now):
            error = CartMerged("This cart has become a customer's: sign in to change it.")
            return Failed(request_id, _job_of(change), error.body)
        return Succeeded(request_id, _line(cart, change.sku, language))
    failure = wiring.adapters.failures.find(cart_id, request_id)
    # What this one repeats may have failed; that leaves it another try, which may yet succeed.
    if failure and not is_same and failure.request_id >= request_id:
        return Failed(request_id, failure.job, failure.error)
    if change and change.event_id < request_id:
        return Repeated(request_id, _job_of(change))
    if ids.time_of(request_id) < now - PENDING_FOR:
        raise UnknownRequest("No request has this id.")
    return Pending(request_id)


def _is_lost(cart_id: str, change: Change, now: datetime) -> bool:
    """Tell whether a guest asked for it long after the cart had become a customer's."""
    carts = wiring.adapters.carts
    owner = carts.owner_of(cart_id) if cart_id.startswith(GUEST) else None
    return owner is not None and not carts.read(owner, now).takes(cart_id, change.event_id)


def _job_of(change: Change) -> dict[str, Any]:
    """Return what a change was asked for, as failures tell it."""
    match change:
        case Change(kind=Kind.ADD, sku=sku, quantity=quantity):
            return {"event": ItemAddedToCart.detail_type, "sku": sku, "quantity": quantity}
        case Change(kind=Kind.MERGE):
            return {"event": GuestCartMerged.detail_type}
        case Change(sku=sku) if sku == EVERY_SKU:
            return {"event": CartCheckedOut.detail_type}
        case _:
            return {"event": ItemRemovedFromCart.detail_type, "sku": change.sku}


def _line(cart: Cart, sku: str, language: str) -> LineItem | UnsetType:
    catalog = wiring.adapters.catalog
    product = None if sku == EVERY_SKU else catalog.find(sku)
    if product is None:
        return UNSET
    quantity, seen = cart.quantities.get(sku, 0), cart.price_seen(sku)
    return line_item(product, quantity, language, seen, catalog.currency)
