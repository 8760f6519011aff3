"""The API for guests: the cart of somebody who has not signed in.

The same requests as in ``chalicelib/entrypoints/customer_api.py``, for the cart that the header
``Guest-Token`` names. A guest gets no mail and cannot check out; ``POST /cart/merge`` makes the
cart a customer's.
"""

from typing import Any, Final

from chalice import Blueprint
from msgspec import UNSET

from chalicelib import clock
from chalicelib.domain.errors import (
    CartLinkUnknown,
    EventsNotAccepted,
    GuestUnknown,
    QuantityOutOfRange,
    TransientError,
    UnknownRequest,
    UnknownSku,
)
from chalicelib.domain.events import Customer
from chalicelib.entrypoints.customer_api import OPEN, sent_by
from chalicelib.usecases import cart_links, cart_requests, cart_view, tokens
from chalicelib.usecases.cart_requests import RequestStatus
from chalicelib.usecases.cart_view import CartView
from chalicelib.web.bodies import (
    Accepted,
    AddItem,
    GuestCartHeaders,
    GuestChangeHeaders,
    GuestHeaders,
    NewGuest,
    RequestId,
    Sku,
)
from chalicelib.web.operation import Language, Link
from chalicelib.web.views import accepted, answers

guests = Blueprint(__name__)

_CHANGE_ERRORS: Final = (GuestUnknown, EventsNotAccepted, TransientError)
_SAME_GUEST: Final = {"Guest-Token": "$request.header.Guest-Token"}
_NEW_GUEST: Final = {"Guest-Token": "$response.body#/guest_token"}
_CHANGE: Final[dict[str, Any]] = {
    "status": 202,
    "links": {
        "status": Link(
            "get_guest_request", {"request_id": "$response.body#/request_id", **_SAME_GUEST}
        ),
        "cart": Link("get_guest_cart", _SAME_GUEST),
    },
}


@guests.route("/guest", methods=["POST"], **OPEN)
@answers(
    guests,
    TransientError,
    status=201,
    links={
        "add": Link("post_guest_cart", _NEW_GUEST),
        "cart": Link("get_guest_cart", _NEW_GUEST),
    },
)
def post_guest() -> NewGuest:
    """Create a cart for a visitor without an account."""
    return NewGuest(*tokens.new_guest(clock.now()))


@guests.route("/guest/cart", methods=["POST"], **OPEN)
@answers(guests, UnknownSku, QuantityOutOfRange, *_CHANGE_ERRORS, **_CHANGE)
def post_guest_cart(item: AddItem, headers: GuestChangeHeaders) -> Accepted:
    """Add a product to the guest's cart."""
    sent = sent_by(headers)
    guest = Customer(tokens.cart_of(headers.guest_token, sent.at))
    return _accepted(cart_requests.add(guest, item.sku, item.quantity, sent))


@guests.route("/guest/cart/{sku}", methods=["DELETE"], **OPEN)
@answers(guests, UnknownSku, *_CHANGE_ERRORS, **_CHANGE)
def delete_guest_line(sku: Sku, headers: GuestChangeHeaders) -> Accepted:
    """Remove a product from the guest's cart, whether or not it is in the cart yet."""
    sent = sent_by(headers)
    cart_id = tokens.cart_of(headers.guest_token, sent.at)
    return _accepted(cart_requests.remove(cart_id, sku, sent))


@guests.route("/guest/cart", methods=["GET"], **OPEN)
@answers(guests, GuestUnknown, CartLinkUnknown, EventsNotAccepted, TransientError)
def get_guest_cart(headers: GuestCartHeaders, language: Language) -> CartView:
    """Return the guest's cart as it is now, or the one that the link in a reminder is about.

    A guest's cart never has a reminder, and is empty after a merge. A link shows a cart to look at
    only, and not whose it is.
    """
    now = clock.now()
    if headers.guest_token is not UNSET:
        return cart_view.show_openly(tokens.cart_of(headers.guest_token, now), now, language)
    link = cart_links.read(str(headers.cart_link), now)
    cart_links.tell(link)
    return cart_view.show_openly(link.cart_id, now, language)


@guests.route("/guest/cart/requests/{request_id}", methods=["GET"], **OPEN)
@answers(guests, GuestUnknown, UnknownRequest, TransientError)
def get_guest_request(
    request_id: RequestId, headers: GuestHeaders, language: Language
) -> RequestStatus:
    """Return the status of a guest's request."""
    now = clock.now()
    cart_id = tokens.cart_of(headers.guest_token, now)
    return cart_requests.status_of(cart_id, request_id, now, language)


def _accepted(request_id: str) -> Accepted:
    return accepted(guests.current_request, "/guest/cart", request_id)
