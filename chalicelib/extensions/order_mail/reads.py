"""What the mails need to know of the events about orders; everything else of them may change."""

import msgspec

from chalicelib.domain.events import Amount, CartEvent, Currency, Customer, EventId


class Line(msgspec.Struct, frozen=True):
    """A product in an order."""

    name: str
    quantity: int
    unit_price: Amount
    subtotal: Amount


class OrderEvent(CartEvent, frozen=True):
    """An order, whatever happened to it."""

    source = "cart.orders"

    order_id: EventId
    customer: Customer
    lines: tuple[Line, ...]
    total: Amount
    currency: Currency


class OrderPaid(OrderEvent, frozen=True):
    """An order was paid for."""


class OrderCancelled(OrderEvent, frozen=True):
    """An order was not paid for."""

    reason: str


class OrderRefundDue(OrderEvent, frozen=True):
    """A payment has to be given back."""


def news_of(told: OrderEvent) -> str:
    """Return which of the texts tells of an event."""
    match told:
        case OrderPaid():
            return "paid"
        case OrderCancelled(reason=reason):
            return reason
        case _:
            return "refund_due"
