"""The HTTP API. A change to a cart is an event on the bus, accepted at once and done later.

What becomes of the event: ``infra/templates/subscriptions.yaml`` routes it to
``chalicelib/consumers.py``.
"""

import re
import secrets
from datetime import timedelta
from typing import Any, Final

import msgspec
from chalice import Blueprint, CognitoUserPoolAuthorizer, Response

from chalicelib import clock, wiring
from chalicelib.contract import (
    Accepted,
    AddItem,
    CartAnswer,
    ErrorBody,
    Links,
    Products,
    RequestStatus,
    Status,
)
from chalicelib.domain import catalog, events, ids
from chalicelib.domain.cart import EVERY_SKU, Cart
from chalicelib.domain.errors import (
    DemoNotAvailable,
    MalformedRequest,
    QuantityOutOfRange,
    RequestTooLarge,
    UnknownRequest,
    UnsupportedMediaType,
)
from chalicelib.domain.events import CartCheckedOut, Customer, ItemAddedToCart, ItemRemovedFromCart
from chalicelib.domain.pricing import LineItem, line_item, price
from chalicelib.http import answers, json_response

MAX_BODY_BYTES: Final = 8 * 1024
PENDING_FOR: Final = timedelta(minutes=15)
"""How long an accepted request that nobody has heard of yet is taken to be on its way."""

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CLOCK_SKEW = timedelta(seconds=5)


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


@api.route("/products", methods=["GET"], content_types=[])
@answers
def get_products() -> Products:
    """Answer the catalogue."""
    return Products(catalog.CURRENCY, catalog.PRODUCTS)


@api.route("/cart", methods=["POST"], content_types=[], authorizer=customers)
@answers
def post_cart() -> Response:
    """Accept an add."""
    item = _body()
    catalog.require(item.sku)
    if not 1 <= item.quantity <= events.MAX_QUANTITY:
        raise QuantityOutOfRange(
            f"The quantity must be from 1 to {events.MAX_QUANTITY}.", quantity=item.quantity
        )
    customer = _customer()
    return _accept(ItemAddedToCart(customer.id, customer, item.sku, item.quantity))


@api.route("/cart/{sku}", methods=["DELETE"], content_types=[], authorizer=customers)
@answers
def delete_line(sku: str) -> Response:
    """Accept the removal of a line, whether or not it is in the cart (yet)."""
    return _accept(ItemRemovedFromCart(_cart_id(), catalog.require(sku).sku))


@api.route("/cart/checkout", methods=["POST"], content_types=[], authorizer=customers)
@answers
def post_checkout() -> Response:
    """Accept a check-out."""
    return _accept(CartCheckedOut(_cart_id()))


@api.route("/cart", methods=["GET"], content_types=[], authorizer=customers)
@answers
def get_cart() -> CartAnswer:
    """Answer the cart as it is now."""
    now = clock.now()
    cart = wiring.carts().read(_cart_id(), now)
    priced = price(cart)
    return CartAnswer(
        items=priced.items,
        total=priced.total,
        currency=priced.currency,
        updated_at=priced.updated_at,
        reminder_due_at=wiring.settings().reminder_rule.next_due_at(cart, now),
    )


@api.route("/cart/requests/{request_id}", methods=["GET"], content_types=[], authorizer=customers)
@answers
def get_request(request_id: str) -> RequestStatus:
    """Answer how far a request has come."""
    now = clock.now()
    cart_id = _cart_id()
    if not ids.is_event_id(request_id) or ids.time_of(request_id) > now + _CLOCK_SKEW:
        raise UnknownRequest("No request has this id.")
    cart = wiring.carts().read(cart_id, now)
    if change := cart.find(request_id):
        return RequestStatus(request_id, Status.SUCCEEDED, line=_line(cart, change.sku))
    if failure := wiring.failures().find(cart_id, request_id):
        error = ErrorBody(failure.error["code"], failure.error["message"])
        return RequestStatus(request_id, Status.FAILED, job=failure.job, error=error)
    if ids.time_of(request_id) < now - PENDING_FOR:
        raise UnknownRequest("No request has this id.")
    return RequestStatus(request_id, Status.PENDING)


def _body() -> AddItem:
    request = api.current_request
    media_type = request.headers.get("content-type", "application/json").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json.")
    body = request.raw_body
    if len(body) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"The body may have {MAX_BODY_BYTES} bytes.", bytes=len(body))
    try:
        return msgspec.json.decode(body, type=AddItem)
    except msgspec.DecodeError as error:
        raise MalformedRequest(str(error)) from error


def _claims() -> dict[str, str]:
    claims: dict[str, str] = api.current_request.context["authorizer"]["claims"]
    return claims


def _cart_id() -> str:
    """A cart is its customer's own: its id is the token's verified subject, and only that."""
    return _claims()["sub"]


def _customer() -> Customer:
    claims = _claims()
    name = claims.get("name", "")[: events.MAX_NAME_LENGTH] or None
    try:
        return msgspec.convert(
            {"id": claims["sub"], "email": claims.get("email"), "name": name}, Customer
        )
    except msgspec.ValidationError as error:
        raise MalformedRequest("The token names no customer with an e-mail address.") from error


def _accept(event: events.Event) -> Response:
    """Put the event on the bus and tell the client where to look.

    With an ``Idempotency-Key`` the event's id says which intent it repeats, so that doing it
    again changes nothing.
    """
    event_id = ids.event_id(clock.now(), _tail_bits(event.cart_id))
    wiring.event_bus().publish(events.first(event_id, event, fail_on_purpose=_is_demo()))
    root = api.current_request.context["path"].rpartition("/cart")[0]
    links = Links(status=f"{root}/cart/requests/{event_id}", cart=f"{root}/cart")
    return json_response(Accepted(event_id, links), 202, {"Location": links.status})


def _tail_bits(cart_id: str) -> int:
    key = api.current_request.headers.get("idempotency-key")
    if key is None:
        return secrets.randbits(ids.TAIL_BITS)
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise MalformedRequest("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return ids.intent_bits(cart_id, key)


def _is_demo() -> bool:
    """Tell whether the client asks for a failure, to watch what becomes of the job."""
    if "x-demo-failure" not in api.current_request.headers:
        return False
    if not wiring.settings().has_demo:
        raise DemoNotAvailable("Nothing fails on purpose on this stage.")
    return True


def _line(cart: Cart, sku: str) -> LineItem | None:
    product = None if sku == EVERY_SKU else catalog.find(sku)
    return line_item(product, cart.quantities.get(sku, 0)) if product else None
