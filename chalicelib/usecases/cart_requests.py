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
from chalicelib.domain.cart import EVERY_SKU, Cart
from chalicelib.domain.errors import ErrorBody, QuantityOutOfRange, UnknownRequest
from chalicelib.domain.events import (
    CartCheckedOut,
    Customer,
    EventId,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
)
from chalicelib.domain.pricing import LineItem, line_item
from chalicelib.telemetry import logs

PENDING_FOR: Final = timedelta(minutes=15)
"""How long an accepted request counts as pending while nothing is known about it."""

CLOCK_SKEW: Final = timedelta(seconds=5)
"""How far apart the clocks of two runs of the API may be."""


class Pending(msgspec.Struct, frozen=True, tag_field="status", tag="pending"):
    """Accepted; processing has not finished."""

    request_id: EventId


class Succeeded(msgspec.Struct, frozen=True, tag_field="status", tag="succeeded"):
    """The request was processed; ``line`` is its line item as it is now, if it has one."""

    request_id: EventId
    line: LineItem | UnsetType = UNSET


class Failed(msgspec.Struct, frozen=True, tag_field="status", tag="failed"):
    """The request failed permanently: ``job`` is what was requested, ``error`` is why."""

    request_id: EventId
    job: dict[str, Any]
    error: ErrorBody


RequestStatus = Pending | Succeeded | Failed
"""The status of a request."""


def add(customer: Customer, sku: str, quantity: int, key: str | None, now: datetime) -> str:
    """Add a product to the cart of a customer or guest; return the request id.

    ``key`` is the idempotency key, if there is one: requests that repeat it count once.

    Raises:
        UnknownSku: the product is not sold on this stage.
        QuantityOutOfRange: the quantity is not from 1 to ``MAX_QUANTITY``.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    wiring.adapters.catalog.require(sku)
    if not 1 <= quantity <= events.MAX_QUANTITY:
        raise QuantityOutOfRange(
            f"The quantity must be from 1 to {events.MAX_QUANTITY}.", quantity=quantity
        )
    return _accept(ItemAddedToCart(customer.id, customer, sku, quantity), key, now)


def remove(cart_id: str, sku: str, key: str | None, now: datetime) -> str:
    """Remove a product from the cart, whether or not it is in the cart yet.

    Raises:
        UnknownSku: the product was never sold on this stage.
        TransientError: the bus did not accept the event, or could not be reached.
    """
    wiring.adapters.catalog.require(sku, on_sale=False)
    return _accept(ItemRemovedFromCart(cart_id, sku), key, now)


def check_out(cart_id: str, key: str | None, now: datetime) -> str:
    """Check a cart out; return the request id.

    Raises:
        TransientError: the bus did not accept the event, or could not be reached.
    """
    return _accept(CartCheckedOut(cart_id), key, now)


def merge(customer: Customer, guest_cart_id: str, key: str | None, now: datetime) -> str:
    """Merge a guest's cart into the customer's, permanently.

    Raises:
        TransientError: the bus did not accept the event, or could not be reached.
    """
    return _accept(GuestCartMerged(customer.id, customer, guest_cart_id), key, now)


def _accept(event: events.Event, key: str | None, now: datetime) -> str:
    event_id = ids.event_id(now, _tail_bits(event.cart_id, key))
    wiring.adapters.event_bus.publish(
        events.first(event_id, event), trace_header=logs.trace_header()
    )
    return event_id


def _tail_bits(cart_id: str, key: str | None) -> int:
    return secrets.randbits(ids.TAIL_BITS) if key is None else ids.intent_bits(cart_id, key)


def status_of(cart_id: str, request_id: str, now: datetime, language: str) -> RequestStatus:
    """Return the status of a request for this cart; ``language`` is for names in it.

    Raises:
        UnknownRequest: no request with this id is known.
        TransientError: DynamoDB could not be reached.
    """
    if not ids.is_event_id(request_id) or ids.time_of(request_id) > now + CLOCK_SKEW:
        raise UnknownRequest("No request has this id.")
    cart = wiring.adapters.carts.read(cart_id, now)
    if change := cart.find(request_id):
        return Succeeded(request_id, _line(cart, change.sku, language))
    failure = wiring.adapters.failures.find(cart_id, request_id)
    # A request that repeats a failed one is another attempt, and may still succeed.
    if failure and failure.failed_at >= ids.time_of(request_id):
        return Failed(request_id, failure.job, failure.error)
    if ids.time_of(request_id) < now - PENDING_FOR:
        raise UnknownRequest("No request has this id.")
    return Pending(request_id)


def _line(cart: Cart, sku: str, language: str) -> LineItem | UnsetType:
    product = None if sku == EVERY_SKU else wiring.adapters.catalog.find(sku)
    return line_item(product, cart.quantities.get(sku, 0), language) if product else UNSET
