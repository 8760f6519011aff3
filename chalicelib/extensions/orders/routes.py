"""The HTTP API of orders and payments."""

from datetime import datetime
from typing import Annotated, Final, Literal, cast

import msgspec
from chalice import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType

from chalicelib import clock, wiring
from chalicelib.domain import events, ids
from chalicelib.domain.errors import (
    EventsNotAccepted,
    TransientError,
    UnknownRequest,
    UnknownSku,
)
from chalicelib.domain.events import Amount, Currency, EventId, UtcTime
from chalicelib.domain.signing import SigningKey
from chalicelib.entrypoints.customer_api import OPEN, PRIVATE, current_cart_id, current_customer
from chalicelib.extensions.orders import signature
from chalicelib.extensions.orders.events import (
    Difference,
    PaymentId,
    PaymentReceived,
    PaymentRefused,
    Seen,
)
from chalicelib.extensions.orders.order import Order
from chalicelib.extensions.orders.signature import ForgedSignature
from chalicelib.usecases.cart_requests import Sent
from chalicelib.web.bodies import ChangeHeaders, Headers, Query, RequestId
from chalicelib.web.operation import Language, Link
from chalicelib.web.views import answers, json_response

routes = Blueprint(__name__)

# What needs the SDK is imported when it is used: the API's function starts without it.


class OrderNotFound(UnknownRequest):
    """This customer asked for no such order."""

    code = "order_not_found"


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


class OrderedLine(msgspec.Struct, frozen=True):
    """A product in an order; prices are minor units of the order's currency."""

    sku: str
    name: str
    quantity: int
    unit_price: int
    subtotal: int


class OrderView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order; ``differs`` tells what was otherwise in the cart than it was seen.

    ``payment_due_at`` is by when it has to be paid for. What is ``refund_due`` was paid too late,
    or twice, and is given back.
    """

    order_id: RequestId
    status: Literal["requested", "rejected", "awaiting_payment", "paid", "cancelled"]
    lines: tuple[OrderedLine, ...]
    total: int
    currency: str
    reason: (
        Literal["cart_changed", "out_of_stock", "payment_timed_out", "payment_refused"] | UnsetType
    ) = UNSET
    differs: tuple[Difference, ...] | UnsetType = UNSET
    payment_due_at: UtcTime | UnsetType = UNSET
    refund_due: bool = False


class PaymentHeaders(Headers, frozen=True):
    """How the payment provider signs what it reports."""

    signature: (
        Annotated[str, Meta(description="`t=<unix seconds>,v1=<HMAC-SHA256 of t.body, in hex>`")]
        | UnsetType
    ) = msgspec.field(name="Payment-Signature", default=UNSET)


class PaymentReport(msgspec.Struct, frozen=True):
    """What became of a payment; ``id`` is the provider's own for it."""

    id: PaymentId
    outcome: Literal["paid", "refused"]
    order_id: EventId
    amount: Amount
    currency: Currency


class Noted(msgspec.Struct, frozen=True):
    """The report was taken."""

    status: Literal["accepted"]


class Outcome(Query, frozen=True):
    """What the one who pays has decided."""

    outcome: Literal["paid", "refused"]


@routes.route("/orders", methods=["POST"], **PRIVATE)
@answers(
    routes,
    *(UnknownSku, EventsNotAccepted, TransientError),
    status=202,
    links={
        "order": Link("get_order", {"order_id": "$response.body#/order_id"}),
        "cart": Link("get_cart"),
    },
)
def post_orders(
    body: PlaceOrder, headers: ChangeHeaders, language: Language
) -> OrderAccepted | Response:
    """Order what is in the cart.

    Requests with the same idempotency key are one order, and the id of each of them finds it.
    """
    from chalicelib.extensions.orders import placing  # noqa: PLC0415 - see above

    request = routes.current_request
    sent = Sent(clock.now(), headers.key, headers.after)
    order = placing.request(current_customer(language), body.seen, sent, language)
    root = request.context["path"].removesuffix("/orders")
    links = OrderLinks(f"{root}/orders/{order.order_id}", f"{root}/cart")
    answer = OrderAccepted(order.order_id, "accepted", links)
    return json_response(answer, 202, {"Location": links.order})


@routes.route("/orders/{order_id}", methods=["GET"], **PRIVATE)
@answers(routes, OrderNotFound, TransientError)
def get_order(order_id: RequestId) -> OrderView:
    """Return an order of the customer's own."""
    from chalicelib.extensions.orders import placing  # noqa: PLC0415 - see above

    order = None
    if ids.is_event_id(order_id):
        order = placing.table().read(current_cart_id(), order_id)
    if order is None:
        raise OrderNotFound("No order has this id.")
    return _view_of(order)


def _view_of(order: Order) -> OrderView:
    return OrderView(
        order_id=order.order_id,
        status=order.status.value,
        lines=tuple(
            OrderedLine(
                one.sku, one.name, one.quantity, one.unit_price, one.quantity * one.unit_price
            )
            for one in order.lines
        ),
        total=order.total,
        currency=order.currency,
        reason=order.reason or UNSET,  # type: ignore[arg-type]
        differs=order.differs or UNSET,
        payment_due_at=order.due_at or UNSET,
        refund_due=bool(order.refunds),
    )


@routes.route("/payments", methods=["POST"], **OPEN)
@answers(routes, ForgedSignature, EventsNotAccepted, TransientError, status=202)
def post_payments(report: PaymentReport, headers: PaymentHeaders) -> Noted:
    """Take what the payment provider reports; repeating it changes nothing."""
    now, signed = clock.now(), headers.signature
    body = cast("bytes", routes.current_request.raw_body)
    signature.check(signed or "", body, _keys(now), now)
    return _note(report, now)


def _keys(now: datetime) -> tuple[SigningKey, ...]:
    from chalicelib.adapters import sdk  # noqa: PLC0415 - see above
    from chalicelib.adapters.ssm import SigningKeys  # noqa: PLC0415 - see above

    base = wiring.adapters.settings.names.base
    return SigningKeys(sdk.client("ssm"), f"/{base}/{signature.KEYS}").current(now)


def _note(report: PaymentReport, now: datetime) -> Noted:
    """Publish a report; the tail of its event's id is the payment's, however often it comes."""
    kind = PaymentReceived if report.outcome == "paid" else PaymentRefused
    event_id = ids.event_id(now, ids.intent_bits(kind.detail_type, report.id))
    data = kind(report.order_id, report.id, report.amount, report.currency)
    wiring.adapters.event_bus.publish(events.first(event_id, data))
    return Noted("accepted")


# The fake payment provider of stages local and dev: a page to pay on, which reports as the hook
# would. Whoever has an order's id can pay for it, as with most providers.

_FAKED_ON: Final = frozenset({"local", "dev"})
_HTML: Final = "text/html; charset=utf-8"
_PAGE_HEADERS: Final = {
    "Content-Type": _HTML,
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@routes.route("/pay/{order_id}", methods=["GET"], content_types=[])
@answers(routes, OrderNotFound, TransientError, media_types=(_HTML,))
def get_pay(order_id: RequestId, language: Language) -> Response:
    """Show the page of the fake payment provider, on stages that have one."""
    order = _payable(order_id)
    due = wiring.adapters.locales[language].money(order.total)
    return _page(
        f"<p>{len(order.lines)} products, {due}. This is a demonstration: no money moves.</p>"
        '<form method="post" action="?outcome=paid"><button>Pay</button></form>'
        '<form method="post" action="?outcome=refused"><button>Refuse</button></form>'
        f'<form method="get" action="{wiring.adapters.settings.shop_url}">'
        "<button>Nothing</button></form>"
    )


@routes.route("/pay/{order_id}", methods=["POST"], content_types=[])
@answers(routes, OrderNotFound, EventsNotAccepted, TransientError, media_types=(_HTML,))
def post_pay(order_id: RequestId, choice: Outcome) -> Response:
    """Have the fake payment provider report what was decided on its page."""
    order, now = _payable(order_id), clock.now()
    payment_id = f"{choice.outcome}-{ids.tail_of(order.order_id)}"
    report = PaymentReport(payment_id, choice.outcome, order.order_id, order.total, order.currency)
    body, keys = msgspec.json.encode(report), _keys(now)
    signature.check(signature.sign(body, keys[0], now), body, keys, now)
    _note(report, now)
    return _page(f"<p>The payment is {choice.outcome}. The order follows in a moment.</p>")


def _payable(order_id: str) -> Order:
    from chalicelib.extensions.orders import placing  # noqa: PLC0415 - see above

    faked = wiring.adapters.settings.stage in _FAKED_ON and ids.is_event_id(order_id)
    order = placing.table().find(order_id) if faked else None
    if order is None:
        raise OrderNotFound("No order has this id.")
    return order


def _page(content: str) -> Response:
    text = f'<!doctype html><html lang="en"><title>Payment</title><h1>Payment</h1>{content}</html>'
    return Response(text, headers=dict(_PAGE_HEADERS))
