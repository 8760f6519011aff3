"""The HTTP API of orders."""

from typing import Literal

import msgspec
from chalice import Blueprint, Response

from chalicelib.domain import ids
from chalicelib.domain.errors import EventsNotAccepted, TransientError, UnknownRequest, UnknownSku
from chalicelib.domain.events import Customer, UtcTime
from chalicelib.entrypoints.customer_api import PRIVATE, sent_by
from chalicelib.extensions.orders import book
from chalicelib.extensions.orders import events as facts
from chalicelib.extensions.orders.events import Difference, OrderLine, Reason, Seen, Status
from chalicelib.web.bodies import ChangeHeaders, RequestId
from chalicelib.web.operation import Link
from chalicelib.web.views import answers, json_response

routes = Blueprint(__name__)


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Order what is in the cart, as it was seen."""

    seen: Seen


class OrderLinks(msgspec.Struct, frozen=True):
    """Where to go next; paths on the same host."""

    order: str
    cart: str


class OrderAccepted(msgspec.Struct, frozen=True):
    """The order was accepted for processing; ``links.order`` shows what becomes of it."""

    order_id: RequestId
    status: Literal["accepted"]
    links: OrderLinks


class OrderView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order; ``differs`` tells what was otherwise in the cart than it was seen.

    If there is a ``refund_due``, a payment came too late or a second time, and is given back.
    """

    order_id: RequestId
    status: Status
    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    reason: Reason | None = None
    differs: tuple[Difference, ...] = ()
    payment_due_at: UtcTime | None = None
    refund_due: bool = False


@routes.route("/orders", methods=["POST"], **PRIVATE)
@answers(
    routes,
    *(facts.TooManyLines, UnknownSku, EventsNotAccepted, TransientError),
    status=202,
    links={
        "order": Link("get_order", {"order_id": "$response.body#/order_id"}),
        "cart": Link("get_cart"),
    },
)
def post_orders(
    body: PlaceOrder, headers: ChangeHeaders, customer: Customer
) -> OrderAccepted | Response:
    """Order what is in the cart.

    Requests with the same idempotency key are one order, and the id of each of them finds it.
    """
    order = book.ask(customer, body.seen, sent_by(headers))
    root = routes.current_request.context["path"].removesuffix("/orders")
    links = OrderLinks(f"{root}/orders/{order.order_id}", f"{root}/cart")
    answer = OrderAccepted(order.order_id, "accepted", links)
    return json_response(answer, 202, {"Location": links.order})


@routes.route("/orders/{order_id}", methods=["GET"], **PRIVATE)
@answers(routes, UnknownRequest, TransientError)
def get_order(order_id: RequestId, customer: Customer) -> OrderView:
    """Return an order of the customer's own."""
    order = book.read(customer.id, order_id) if ids.is_event_id(order_id) else None
    if order is None:
        raise UnknownRequest("No order has this id.")
    return msgspec.convert(order, OrderView, from_attributes=True)
