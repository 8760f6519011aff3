"""An order, and the rules by which it comes about and ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from chalicelib.domain import events, ids
from chalicelib.domain.cart import Change
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import PermanentError, TransientError
from chalicelib.domain.events import Customer, Envelope, EventId
from chalicelib.extensions.orders.events import (
    Difference,
    OrderCancelled,
    OrderLine,
    OrderPaid,
    OrderPaymentDue,
    OrderPlaced,
    OrderRefundDue,
    OrderRejected,
    Payment,
    PaymentRefused,
    Seen,
)

PAYMENT_TIME: Final = timedelta(minutes=30)
"""How long stock is held for an order that is not paid for."""

PATIENCE: Final = timedelta(minutes=5)
"""How long after its request an order waits for adds that are on their way to the cart."""


class Status(StrEnum):
    """How far an order has come."""

    REQUESTED = "requested"
    REJECTED = "rejected"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    CANCELLED = "cancelled"


class CartIncomplete(TransientError):
    """The cart lacks what the customer saw in it; an add may be on its way."""

    code = "cart_incomplete"


class UnknownOrder(PermanentError):
    """There is no such order."""

    code = "unknown_order"


class WrongAmount(PermanentError):
    """A payment is not of the order's total."""

    code = "wrong_amount"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is kept; amounts are in minor units of ``currency``, times are UTC.

    Attributes:
        limited: the SKUs whose stock is limited, and held or sold by this order.
        decided_at: when it was placed or rejected.
        due_at: by when it has to be paid for.
        ended_at: when it was paid for or cancelled.
        payment_id: the payment that it was paid by.
        refunds: what has to be given back: ids of ``PaymentReceived``, each with its payment's.
        version: how often the order was changed since it was placed.
    """

    order_id: EventId
    customer: Customer
    status: Status
    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    reason: str | None = None
    differs: tuple[Difference, ...] = ()
    limited: tuple[str, ...] = ()
    decided_at: datetime | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    payment_id: str | None = None
    refunds: tuple[tuple[EventId, str], ...] = ()
    version: int = 0

    def rejected(self, reason: str, differs: Iterable[Difference], now: datetime) -> "Order":
        """Return the order as it is if it cannot be placed."""
        return replace(
            self, status=Status.REJECTED, reason=reason, differs=tuple(differs), decided_at=now
        )

    def placed(self, adds: Iterable[Change], limited: Iterable[str], now: datetime) -> "Order":
        """Return the order as it is when it holds these adds."""
        held: dict[str, list[str]] = {}
        for add in adds:
            held.setdefault(add.sku, []).append(add.event_id)
        return replace(
            self,
            status=Status.AWAITING_PAYMENT,
            lines=tuple(replace(one, adds=tuple(sorted(held[one.sku]))) for one in self.lines),
            limited=tuple(limited),
            decided_at=now,
            due_at=now + PAYMENT_TIME,
        )

    def after(self, payment: Envelope[Payment], now: datetime) -> "Order":
        """Return the order as it is after a payment; the same if that changes nothing.

        Raises:
            WrongAmount: what was paid is not the order's total.
        """
        data = payment.data
        if isinstance(data, PaymentRefused):
            return self._ended(Status.CANCELLED, now, reason="payment_refused")
        if (data.amount, data.currency) != (self.total, self.currency):
            raise WrongAmount("The payment is not of the order's total.")
        if self.status is Status.AWAITING_PAYMENT:
            return self._ended(Status.PAID, now, payment_id=data.payment_id)
        if data.payment_id in {self.payment_id, *(payment_id for _, payment_id in self.refunds)}:
            return self
        refund = payment.metadata.event_id, data.payment_id
        return replace(self, refunds=(*self.refunds, refund))

    def after_time_out(self, now: datetime) -> "Order":
        """Return the order as it is when it has to be paid for by ``now``, by any clock."""
        if self.due_at is None or now + ids.MAX_CLOCK_SKEW < self.due_at:
            return self
        return self._ended(Status.CANCELLED, now, reason="payment_timed_out")

    def _ended(self, status: Status, now: datetime, **why: Any) -> "Order":
        if self.status is not Status.AWAITING_PAYMENT:
            return self
        return replace(self, status=status, ended_at=now, **why)

    def told(self) -> Iterator[Envelope[Any]]:
        """Yield the events that tell how the order was decided, and how it ended.

        They follow from what is kept, so that telling again tells the same.
        """
        cart_id, order_id = self.customer.id, self.order_id
        if self.status is Status.REJECTED:
            yield self._event(
                self.decided_at,
                OrderRejected(cart_id, order_id, self.reason, self.differs),  # type: ignore[arg-type]
            )
        if self.due_at is not None:
            figures = self.lines, self.total, self.currency
            yield self._event(
                self.decided_at, OrderPlaced(cart_id, order_id, self.customer, *figures)
            )
        if self.status is Status.PAID:
            yield self._event(self.ended_at, OrderPaid(cart_id, order_id))
        if self.status is Status.CANCELLED:
            yield self._event(self.ended_at, OrderCancelled(cart_id, order_id, self.reason))  # type: ignore[arg-type]
        for event_id, payment_id in self.refunds:
            due = OrderRefundDue(cart_id, order_id, payment_id)
            yield self._event(ids.time_of(event_id), due, payment_id)

    def payment_due(self) -> Envelope[OrderPaymentDue]:
        """Return the event that asks whether the order was paid for in time."""
        return self._event(self.due_at, OrderPaymentDue(self.customer.id, self.order_id))

    def _event(self, at: datetime | None, data: Any, *which: str) -> Envelope[Any]:
        assert at is not None, "the order has come that far"
        event_id = ids.event_id(at, ids.intent_bits(data.detail_type, self.order_id, *which))
        return events.caused_by(events.first(self.order_id, data), event_id, data)


def requested(
    order_id: str, customer: Customer, seen: Seen, catalog: Catalog, language: str
) -> Order:
    """Return an order of what was seen, with names in ``language``.

    Raises:
        UnknownSku: a product was never sold.
    """
    lines = tuple(
        OrderLine(
            line.sku,
            catalog.require(line.sku, on_sale=False).name_in(language),
            line.quantity,
            line.unit_price,
        )
        for line in seen.lines
    )
    return Order(
        order_id=order_id,
        customer=customer,
        status=Status.REQUESTED,
        lines=lines,
        total=seen.total,
        currency=seen.currency,
    )


def differences(
    order: Order, adds: Iterable[Change], catalog: Catalog, *, ended: bool
) -> list[Difference]:
    """Compare what is to be ordered with what a cart holds, and with the catalogue.

    What is no longer sold counts only if it was seen. ``ended`` tells that nothing can be on its
    way to the cart any more.

    Raises:
        CartIncomplete: all that differs may yet come.
    """
    shown = {line.sku: line for line in order.lines}
    quantities: dict[str, int] = {}
    for add in adds:
        quantities[add.sku] = quantities.get(add.sku, 0) + add.quantity
    found = []
    for sku in dict.fromkeys((*shown, *sorted(quantities))):
        product, line = catalog.find(sku), shown.get(sku)
        price = None if product is None or product.withdrawn else product.unit_price
        quantity = quantities.get(sku, 0)
        if price is None and line is None:
            continue
        seen_quantity, seen_price = (line.quantity, line.unit_price) if line else (0, None)
        if (seen_quantity, seen_price) != (quantity, price):
            found.append(Difference(sku, seen_quantity, quantity, seen_price, price))
    if found and not ended and all(map(_may_yet_come, found)):
        raise CartIncomplete("The cart does not hold yet what was seen in it.")
    return found


def _may_yet_come(one: Difference) -> bool:
    return one.unit_price == one.unit_price_seen and one.quantity < one.quantity_seen
