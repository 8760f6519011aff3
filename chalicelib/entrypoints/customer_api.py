"""The HTTP API. A change to a cart is an event on the bus, accepted at once and done later.

What becomes of the event: ``infra/templates/subscriptions.yaml`` routes it to
``chalicelib/entrypoints/consumers.py``.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final

import msgspec
from chalice import Blueprint, CognitoUserPoolAuthorizer, Response
from msgspec import UNSET, UnsetType

from chalicelib import clock, wiring
from chalicelib.domain import catalog, events, ids
from chalicelib.domain.cart import EVERY_SKU, Cart
from chalicelib.domain.errors import (
    EventsNotAccepted,
    GuestUnknown,
    QuantityOutOfRange,
    TransientError,
    UnknownRequest,
    UnknownSku,
)
from chalicelib.domain.events import (
    CartCheckedOut,
    Customer,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
)
from chalicelib.domain.pricing import LineItem, line_item, price
from chalicelib.telemetry import tracing
from chalicelib.usecases.send_reminder import unwanted
from chalicelib.usecases.tokens import cart_of
from chalicelib.web.bodies import (
    Accepted,
    AddItem,
    CartAnswer,
    ChangeHeaders,
    ErrorBody,
    Failed,
    Links,
    MergeGuestCart,
    Pending,
    Product,
    Products,
    RequestId,
    RequestStatus,
    Sku,
    Succeeded,
)
from chalicelib.web.cors import AllowedOrigin
from chalicelib.web.operation import Link
from chalicelib.web.views import answers

PENDING_FOR: Final = timedelta(minutes=15)
"""How long an accepted request that nobody has heard of yet is taken to be on its way."""

_CLOCK_SKEW = timedelta(seconds=5)

_FOLLOW_UP: Final = {
    "status": Link("get_request", {"request_id": "$response.body#/request_id"}),
    "cart": Link("get_cart"),
}
"""What to do about an accepted request."""

_CHANGE_ERRORS: Final = (EventsNotAccepted, TransientError)
"""Why a change that is right in itself may not be accepted."""


class UserPoolAuthorizer(CognitoUserPoolAuthorizer):
    """Has API Gateway verify the token, so that no function needs to.

    The user pool's ARN is asked for when the API is packaged, not when this module is imported.
    """

    def __init__(self) -> None:
        super().__init__("customers", provider_arns=[])

    def to_swagger(self) -> dict[str, Any]:
        """Return the authorizer as the API's definition names it."""
        self._provider_arns = [wiring.settings().user_pool_arn]
        return super().to_swagger()


api = Blueprint(__name__)
customers = UserPoolAuthorizer()

# `answers` judges the content type, and answers in the one error shape.
_OPEN: Final[dict[str, Any]] = {"content_types": [], "cors": AllowedOrigin()}
_PRIVATE: Final[dict[str, Any]] = {**_OPEN, "authorizer": customers}


@api.route("/openapi.json", methods=["GET"], **_OPEN)
@answers(api, media_types=("application/json",))
def get_openapi() -> Response:
    """Answer this description of the API."""
    root = api.current_request.context["path"].rpartition("/openapi.json")[0]
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_openapi(root or "/"), headers)


@cache
def _openapi(server: str) -> str:
    from chalicelib.web import openapi  # noqa: PLC0415  every function imports this module

    return msgspec.json.encode(openapi.document(api.current_app.routes, server)).decode()


@api.route("/products", methods=["GET"], **_OPEN)
@answers(
    api,
    links={"remove": Link("delete_line", {"sku": "$response.body#/products/0/sku"})},
)
def get_products() -> Products:
    """Answer the catalogue."""
    products = catalog.sold_on(wiring.settings().stage)
    on_sale = (Product(one.sku, one.name, one.description, one.unit_price) for one in products)
    return Products(catalog.CURRENCY, tuple(on_sale))


@api.route("/cart", methods=["POST"], **_PRIVATE)
@answers(api, UnknownSku, QuantityOutOfRange, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def post_cart(item: AddItem, headers: ChangeHeaders) -> Accepted:
    """Accept an add."""
    return add(_customer(), item, headers)


def add(customer: Customer, item: AddItem, headers: ChangeHeaders) -> Accepted:
    """Accept an add to the cart of a customer, or of a guest."""
    catalog.require(item.sku, wiring.settings().stage)
    if not 1 <= item.quantity <= events.MAX_QUANTITY:
        raise QuantityOutOfRange(
            f"The quantity must be from 1 to {events.MAX_QUANTITY}.", quantity=item.quantity
        )
    return accept(ItemAddedToCart(customer.id, customer, item.sku, item.quantity), headers)


@api.route("/cart/{sku}", methods=["DELETE"], **_PRIVATE)
@answers(api, UnknownSku, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def delete_line(sku: Sku, headers: ChangeHeaders) -> Accepted:
    """Accept the removal of a line, whether or not it is in the cart (yet)."""
    return remove(_cart_id(), sku, headers)


def remove(cart_id: str, sku: str, headers: ChangeHeaders) -> Accepted:
    """Accept a removal from a cart."""
    product = catalog.require(sku, wiring.settings().stage)
    return accept(ItemRemovedFromCart(cart_id, product.sku), headers)


@api.route("/cart/checkout", methods=["POST"], **_PRIVATE)
@answers(api, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def post_checkout(headers: ChangeHeaders) -> Accepted:
    """Accept a check-out."""
    return accept(CartCheckedOut(_cart_id()), headers)


@api.route("/cart/merge", methods=["POST"], **_PRIVATE)
@answers(api, GuestUnknown, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def post_merge(guest: MergeGuestCart, headers: ChangeHeaders) -> Accepted:
    """Accept that a guest's cart becomes part of the customer's, from now on and for good."""
    customer = _customer()
    return accept(GuestCartMerged(customer.id, customer, cart_of(guest.guest_token)), headers)


@api.route("/cart", methods=["GET"], **_PRIVATE)
@answers(api, TransientError)
def get_cart() -> CartAnswer:
    """Answer the cart as it is now."""
    return show(_cart_id(), _verified_address(_claims()))


def show(cart_id: str, address: str | UnsetType = UNSET) -> CartAnswer:
    """Answer a cart, and when a reminder of it comes to its owner's address, if one does.

    Whether it is wanted there is asked for only if one is due: two small reads.
    """
    now = clock.now()
    cart = wiring.carts().read(cart_id, now)
    due_at = wiring.settings().reminder_rule.next_due_at(cart, now)
    if address is UNSET or (due_at and unwanted(cart_id, address)):
        due_at = None
    priced = price(cart)
    return CartAnswer(
        items=priced.items,
        total=priced.total,
        currency=priced.currency,
        updated_at=priced.updated_at,
        reminder_due_at=due_at,
    )


@api.route("/cart/requests/{request_id}", methods=["GET"], **_PRIVATE)
@answers(api, UnknownRequest, TransientError)
def get_request(request_id: RequestId) -> RequestStatus:
    """Answer how far a request has come."""
    return status_of(_cart_id(), request_id)


def status_of(cart_id: str, request_id: str) -> RequestStatus:
    """Answer how far a request has come that concerns this cart."""
    now = clock.now()
    if not ids.is_event_id(request_id) or ids.time_of(request_id) > now + _CLOCK_SKEW:
        raise UnknownRequest("No request has this id.")
    cart = wiring.carts().read(cart_id, now)
    if change := cart.find(request_id):
        return Succeeded(request_id, _line(cart, change.sku))
    failure = wiring.failures().find(cart_id, request_id)
    # A request that repeats one that failed before it is another try, and may yet succeed.
    if failure and failure.failed_at >= ids.time_of(request_id):
        error = ErrorBody(failure.error["code"], failure.error["message"])
        return Failed(request_id, failure.job, error)
    if ids.time_of(request_id) < now - PENDING_FOR:
        raise UnknownRequest("No request has this id.")
    return Pending(request_id)


def _claims() -> dict[str, str]:
    claims: dict[str, str] = api.current_request.context["authorizer"]["claims"]
    return claims


def _cart_id() -> str:
    """A cart is its customer's own: its id is the token's verified subject, and only that."""
    return _claims()["sub"]


def _customer() -> Customer:
    claims = _claims()
    name = claims.get("name", "")[: events.MAX_NAME_LENGTH] or None
    return Customer(claims["sub"], _verified_address(claims), name)


def _verified_address(claims: Mapping[str, str]) -> str | UnsetType:
    """Return the address that reminders go to: none that might be somebody else's."""
    if claims.get("email_verified") != "true":
        return UNSET
    try:
        return msgspec.convert(claims.get("email"), events.EmailAddress)
    except msgspec.ValidationError:
        return UNSET


def accept(event: events.Event, headers: ChangeHeaders) -> Accepted:
    """Put the event on the bus and tell the client where to look.

    With an ``Idempotency-Key`` the event's id says which intent it repeats, so that doing it
    again changes nothing.
    """
    event_id = ids.event_id(clock.now(), _tail_bits(event.cart_id, headers))
    envelope = events.first(event_id, event)
    wiring.event_bus().publish(envelope, trace_header=tracing.header())
    root = api.current_request.context["path"].rpartition("/cart")[0]
    links = Links(status=f"{root}/cart/requests/{event_id}", cart=f"{root}/cart")
    return Accepted(event_id, "accepted", links)


def _tail_bits(cart_id: str, headers: ChangeHeaders) -> int:
    if headers.idempotency_key is UNSET:
        return secrets.randbits(ids.TAIL_BITS)
    return ids.intent_bits(cart_id, headers.idempotency_key)


def _line(cart: Cart, sku: str) -> LineItem | UnsetType:
    product = None if sku == EVERY_SKU else catalog.find(sku)
    return line_item(product, cart.quantities.get(sku, 0)) if product else UNSET
