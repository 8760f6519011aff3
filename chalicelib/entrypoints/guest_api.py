"""The API for guests: the cart of somebody who has not signed in.

The same requests as in ``chalicelib/entrypoints/customer_api.py``, for the cart that the header
``Guest-Token`` names. A guest gets no mail and cannot check out; ``POST /cart/merge`` makes the
cart a customer's.
"""

from typing import Any, Final

from chalice import Blueprint

from chalicelib.domain.errors import (
    EventsNotAccepted,
    GuestUnknown,
    QuantityOutOfRange,
    TransientError,
    UnknownRequest,
    UnknownSku,
)
from chalicelib.domain.events import Customer
from chalicelib.entrypoints import customer_api
from chalicelib.usecases.tokens import cart_of, new_guest
from chalicelib.web.bodies import (
    Accepted,
    AddItem,
    CartAnswer,
    GuestChangeHeaders,
    GuestHeaders,
    NewGuest,
    RequestId,
    RequestStatus,
    Sku,
)
from chalicelib.web.cors import AllowedOrigin
from chalicelib.web.operation import Link
from chalicelib.web.views import answers

guests = Blueprint(__name__)

_OPEN: Final[dict[str, Any]] = {"content_types": [], "cors": AllowedOrigin()}
_CHANGE_ERRORS: Final = (GuestUnknown, EventsNotAccepted, TransientError)
_SAME_GUEST: Final = {"Guest-Token": "$request.header.Guest-Token"}
_NEW_GUEST: Final = {"Guest-Token": "$response.body#/guest_token"}
_FOLLOW_UP: Final = {
    "status": Link(
        "get_guest_request", {"request_id": "$response.body#/request_id", **_SAME_GUEST}
    ),
    "cart": Link("get_guest_cart", _SAME_GUEST),
}


@guests.route("/guest", methods=["POST"], **_OPEN)
@answers(
    guests,
    TransientError,
    links={
        "add": Link("post_guest_cart", _NEW_GUEST),
        "cart": Link("get_guest_cart", _NEW_GUEST),
    },
)
def post_guest() -> NewGuest:
    """Give a visitor a cart without an account."""
    return new_guest()


@guests.route("/guest/cart", methods=["POST"], **_OPEN)
@answers(guests, UnknownSku, QuantityOutOfRange, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def post_guest_cart(item: AddItem, headers: GuestChangeHeaders) -> Accepted:
    """Accept an add by a guest."""
    return customer_api.add(Customer(cart_of(headers.guest_token)), item, headers)


@guests.route("/guest/cart/{sku}", methods=["DELETE"], **_OPEN)
@answers(guests, UnknownSku, *_CHANGE_ERRORS, links=_FOLLOW_UP)
def delete_guest_line(sku: Sku, headers: GuestChangeHeaders) -> Accepted:
    """Accept the removal of a line by a guest, whether or not it is in the cart (yet)."""
    return customer_api.remove(cart_of(headers.guest_token), sku, headers)


@guests.route("/guest/cart", methods=["GET"], **_OPEN)
@answers(guests, GuestUnknown, TransientError)
def get_guest_cart(headers: GuestHeaders) -> CartAnswer:
    """Answer the guest's cart as it is now; no reminder of it is ever due."""
    return customer_api.show(cart_of(headers.guest_token))


@guests.route("/guest/cart/requests/{request_id}", methods=["GET"], **_OPEN)
@answers(guests, GuestUnknown, UnknownRequest, TransientError)
def get_guest_request(request_id: RequestId, headers: GuestHeaders) -> RequestStatus:
    """Answer how far a guest's request has come."""
    return customer_api.status_of(cart_of(headers.guest_token), request_id)
