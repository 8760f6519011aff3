"""The events about orders and their payments."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain import events
from chalicelib.domain.events import Amount, CartEvent, Currency, CustomerEvent, Event, EventId, Sku

MAX_LINES: Final = 80
"""How many lines an order may have: a transaction of DynamoDB writes one item for each."""

Quantity = Annotated[int, Meta(ge=1, le=10**6)]
PaymentId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]


class SeenLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the cart as the customer saw it."""

    sku: Sku
    quantity: Quantity
    unit_price: Amount


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cart as the customer saw it; amounts are in minor units of ``currency``."""

    lines: Annotated[tuple[SeenLine, ...], Meta(min_length=1, max_length=MAX_LINES)]
    total: Amount
    currency: Currency

    def __post_init__(self) -> None:
        if len({line.sku for line in self.lines}) < len(self.lines):
            raise ValueError("two lines are of the same product")


class OrderLine(msgspec.Struct, frozen=True):
    """A product in an order; ``adds`` are the ids of the adds that it holds."""

    sku: Sku
    name: str
    quantity: Quantity
    unit_price: Amount
    adds: tuple[EventId, ...] = ()


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
    detail_type = "OrderRequested"
    version = "1.0"

    seen: Seen


class OrderEvent(CartEvent, frozen=True):
    """Something that happened to the order ``order_id``."""

    source = "cart.orders"
    version = "1.0"

    order_id: EventId


class OrderPlaced(OrderEvent, frozen=True):
    """An order exists, and its stock is held; the cart has what it holds no more."""

    detail_type = "OrderPlaced"

    customer: events.Customer
    lines: tuple[OrderLine, ...]
    total: Amount
    currency: Currency


class OrderRejected(OrderEvent, frozen=True):
    """There is no order, because the cart is not as it was seen, or too little is in stock."""

    detail_type = "OrderRejected"

    reason: Literal["cart_changed", "out_of_stock"]
    differs: tuple[Difference, ...]


class OrderPaid(OrderEvent, frozen=True):
    """An order was paid for in time."""

    detail_type = "OrderPaid"


class OrderCancelled(OrderEvent, frozen=True):
    """An order was not paid for; its stock is free, and its lines are back in the cart."""

    detail_type = "OrderCancelled"

    reason: Literal["payment_timed_out", "payment_refused"]


class OrderRefundDue(OrderEvent, frozen=True):
    """A payment came too late, or a second time, and has to be given back."""

    detail_type = "OrderRefundDue"

    payment_id: PaymentId


class OrderPaymentDue(OrderEvent, frozen=True):
    """It is time to look whether an order was paid for."""

    detail_type = "OrderPaymentDue"


class Payment(Event, frozen=True):
    """What the payment provider reports; ``payment_id`` is its own id for it."""

    source = "shop.payments"
    version = "1.0"

    order_id: EventId
    payment_id: PaymentId
    amount: Amount
    currency: Currency


class PaymentReceived(Payment, frozen=True):
    """An amount was paid for an order."""

    detail_type = "PaymentReceived"


class PaymentRefused(Payment, frozen=True):
    """An amount was not paid for an order, and will not be."""

    detail_type = "PaymentRefused"


EVENTS: Final[tuple[type[Event], ...]] = (
    *(OrderRequested, OrderPlaced, OrderRejected, OrderPaid, OrderCancelled),
    *(OrderRefundDue, OrderPaymentDue, PaymentReceived, PaymentRefused),
)
