"""The HTTP API for customers: the cart of the customer whom the verified token names.

What a request means is in ``chalicelib/usecases/cart_requests.py``.
"""

from functools import cache
from typing import Any, Final

import msgspec
from chalice import Blueprint, CognitoUserPoolAuthorizer, IAMAuthorizer, Response
from msgspec import UNSET

from chalicelib import clock, wiring
from chalicelib.domain import catalog
from chalicelib.domain.errors import (
    EventsNotAccepted,
    GuestUnknown,
    QuantityOutOfRange,
    TransientError,
    UnknownRequest,
    UnknownSku,
)
from chalicelib.domain.events import Customer
from chalicelib.settings import HTTP
from chalicelib.usecases import cart_requests, cart_view, tokens, wishes
from chalicelib.usecases.cart_requests import RequestStatus, Sent
from chalicelib.usecases.cart_view import CartView
from chalicelib.web.bodies import (
    Accepted,
    AddItem,
    ChangeHeaders,
    MergeGuestCart,
    Product,
    Products,
    Reminders,
    RequestId,
    Sku,
)
from chalicelib.web.operation import Language, Link
from chalicelib.web.views import accepted, answers

_CHANGE: Final[dict[str, Any]] = {
    "status": 202,
    "links": {
        "status": Link("get_request", {"request_id": "$response.body#/request_id"}),
        "cart": Link("get_cart"),
    },
}
"""What is answered to a request that changes the cart, and what to do about it."""

_CHANGE_ERRORS: Final = (EventsNotAccepted, TransientError)
"""Why a change that is right in itself may not be accepted."""


class CustomerAuthorizer(CognitoUserPoolAuthorizer):
    """Has API Gateway verify the token, so that no function needs to.

    The settings are asked for when the API is packaged, not when this module is imported. Where
    customers call the HTTP API, the REST API that Chalice makes is closed: nobody is let in.
    """

    def __init__(self) -> None:
        super().__init__("customers", provider_arns=[])

    def to_swagger(self) -> dict[str, Any]:
        """Return the authorizer as the API's definition names it."""
        settings = wiring.adapters.settings
        if settings.api == HTTP:
            return IAMAuthorizer().to_swagger()
        self._provider_arns = [str(settings.user_pool_arn)]
        return super().to_swagger()


api = Blueprint(__name__)
customers = CustomerAuthorizer()

# `answers` judges the content type, and answers in the one error shape.
OPEN: Final[dict[str, Any]] = {"content_types": []}
PRIVATE: Final[dict[str, Any]] = {**OPEN, "authorizer": customers}


@api.route("/openapi.json", methods=["GET"], **OPEN)
@answers(api, media_types=("application/json",))
def get_openapi() -> Response:
    """Return this description of the API."""
    root = api.current_request.context["path"].rpartition("/openapi.json")[0]
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_openapi(root or "/"), headers)


@cache
def _openapi(server: str) -> str:
    from chalicelib.web import openapi  # noqa: PLC0415 - no other request needs it

    return msgspec.json.encode(openapi.document(api.current_app.routes, server)).decode()


@api.route("/products", methods=["GET"], **OPEN)
@answers(
    api,
    links={"remove": Link("delete_line", {"sku": "$response.body#/products/0/sku"})},
)
def get_products(language: Language) -> Products:
    """Return the catalogue."""
    products = wiring.adapters.catalog
    return Products(
        products.currency,
        tuple(
            Product(
                sku=one.sku,
                name=one.name_in(language),
                description=catalog.in_language(one.description, language),
                unit_price=one.unit_price,
                category=catalog.in_language(one.category or {}, language) or None,
                image=picture_of(one),
                url=one.url,
            )
            for one in products
        ),
    )


def picture_of(product: catalog.Product) -> str | None:
    """Return the address of a product's picture, relative to the API's root or elsewhere."""
    is_elsewhere = product.image is None or product.image.startswith("https://")
    return product.image if is_elsewhere else f"storefront/pictures/{product.image}"


@api.route("/cart", methods=["POST"], **PRIVATE)
@answers(api, UnknownSku, QuantityOutOfRange, *_CHANGE_ERRORS, **_CHANGE)
def post_cart(item: AddItem, headers: ChangeHeaders, customer: Customer) -> Accepted:
    """Add a product to the cart."""
    return _accepted(cart_requests.add(customer, item.sku, item.quantity, sent_by(headers)))


@api.route("/cart/{sku}", methods=["DELETE"], **PRIVATE)
@answers(api, UnknownSku, *_CHANGE_ERRORS, **_CHANGE)
def delete_line(sku: Sku, headers: ChangeHeaders, customer: Customer) -> Accepted:
    """Remove a product from the cart, whether or not it is in the cart yet."""
    return _accepted(cart_requests.remove(customer.id, sku, sent_by(headers)))


@api.route("/cart/checkout", methods=["POST"], **PRIVATE)
@answers(api, *_CHANGE_ERRORS, **_CHANGE)
def post_checkout(headers: ChangeHeaders, customer: Customer) -> Accepted:
    """Check the cart out."""
    return _accepted(cart_requests.check_out(customer.id, sent_by(headers)))


@api.route("/cart/merge", methods=["POST"], **PRIVATE)
@answers(api, GuestUnknown, *_CHANGE_ERRORS, **_CHANGE)
def post_merge(guest: MergeGuestCart, headers: ChangeHeaders, customer: Customer) -> Accepted:
    """Merge a guest's cart into the customer's, permanently."""
    sent = sent_by(headers)
    guest_cart_id = tokens.cart_of(guest.guest_token, sent.at)
    return _accepted(cart_requests.merge(customer, guest_cart_id, sent))


@api.route("/cart", methods=["GET"], **PRIVATE)
@answers(api, TransientError)
def get_cart(customer: Customer, language: Language) -> CartView:
    """Return the cart as it is now."""
    address = None if customer.email is UNSET else customer.email
    return cart_view.show(customer.id, clock.now(), language, address)


@api.route("/cart/requests/{request_id}", methods=["GET"], **PRIVATE)
@answers(api, UnknownRequest, TransientError)
def get_request(request_id: RequestId, customer: Customer, language: Language) -> RequestStatus:
    """Return the status of a request."""
    return cart_requests.status_of(customer.id, request_id, clock.now(), language)


@api.route("/cart/reminders", methods=["GET"], **PRIVATE)
@answers(api, TransientError)
def get_reminders(customer: Customer) -> Reminders:
    """Return whether the customer wants reminders."""
    return Reminders(wishes.is_wanted(customer.id))


@api.route("/cart/reminders", methods=["PUT"], **PRIVATE)
@answers(api, EventsNotAccepted, TransientError)
def put_reminders(reminders: Reminders, customer: Customer, language: Language) -> Reminders:
    """Stop the reminders, or have them sent; it takes effect at once."""
    if reminders.wanted:
        wording = wiring.adapters.texts.consent(language)
        wishes.allow(customer.id, clock.now(), wording)
    else:
        wishes.stop(customer.id, clock.now())
    return reminders


def sent_by(headers: ChangeHeaders) -> Sent:
    """Return how a request with these headers was sent: now."""
    return Sent(clock.now(), headers.key, headers.after)


def _accepted(request_id: str) -> Accepted:
    return accepted(api.current_request, "/cart", request_id)
