"""The events about orders."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain import events
from chalicelib.domain.catalog import Price
from chalicelib.domain.errors import MalformedRequest
from chalicelib.domain.events import Amount, CartEvent, Currency, CustomerEvent, EventId, Sku
from chalicelib.extensions.payments.events import PaymentId

MAX_LINES: Final = 80
"""How many lines an order may have: a transaction of DynamoDB writes one item for each."""

Quantity = Annotated[int, Meta(ge=1, le=10**6)]
Status = Literal["requested", "rejected", "awaiting_payment", "paid", "cancelled"]
Reason = Literal["cart_changed", "out_of_stock", "payment_timed_out", "payment_refused"]


class TooManyLines(MalformedRequest):
    """An order has more lines than one may have."""


class SeenLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the cart as the customer saw it."""

    sku: Sku
    quantity: Quantity
    unit_price: Price


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cart as the customer saw it; amounts are in minor units of ``currency``."""

    lines: Annotated[
        tuple[SeenLine, ...], Meta(min_length=1, extra_json_schema={"maxItems": MAX_LINES})
    ]
    total: Amount
    currency: Currency

    def __post_init__(self) -> None:
        if len(self.lines) > MAX_LINES:
            raise TooManyLines(f"An order has {MAX_LINES} lines at most.", max_lines=MAX_LINES)
        if len({line.sku for line in self.lines}) < len(self.lines):
            raise ValueError("two lines are of the same product")


class OrderLine(SeenLine, frozen=True, forbid_unknown_fields=False):
    """A product in an order; amounts are in minor units of the order's currency."""

    name: str
    subtotal: Amount


class Difference(msgspec.Struct, frozen=True):
    """What is otherwise than it was seen; a product that is not sold has no price."""

    sku: Sku
    quantity_seen: int
    quantity: int
    unit_price_seen: int | None
    unit_price: int | None


class OrderRequested(CustomerEvent, frozen=True):
    """A customer wants to order what they saw in the cart; the event's id is the order's."""

    source = "cart.api"

    seen: Seen


class OrderEvent(CartEvent, frozen=True):
    """Something that happened to the order ``order_id``."""

    source = "cart.orders"

    order_id: EventId


class OrderRejected(OrderEvent, frozen=True):
    """There is no order, because the cart is not as it was seen, or too little is in stock."""

    reason: Literal["cart_changed", "out_of_stock"]
    differs: tuple[Difference, ...]


class OrderPaymentDue(OrderEvent, frozen=True):
    """It is time to look whether an order was paid for."""


class PlacedOrderEvent(OrderEvent, frozen=True):
    """Something that happened to an order, with all that consumers want to know of it."""

    customer: events.Customer
    lines: tuple[OrderLine, ...]
    total: Amount
    currency: Currency


class OrderPlaced(PlacedOrderEvent, frozen=True):
    """An order exists, and its stock is held; the cart has the ``adds`` that it holds no more."""

    adds: tuple[EventId, ...]


class OrderPaid(PlacedOrderEvent, frozen=True):
    """An order was paid for in time."""


class OrderCancelled(PlacedOrderEvent, frozen=True):
    """An order was not paid for; its stock is free, and its lines are back in the cart."""

    reason: Literal["payment_timed_out", "payment_refused"]


class OrderRefundDue(PlacedOrderEvent, frozen=True):
    """A payment came too late, or a second time, and has to be given back."""

    payment_id: PaymentId
