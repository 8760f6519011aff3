"""An order, and the rules by which it comes about and ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from chalicelib.domain import events, ids
from chalicelib.domain.cart import Change
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import PermanentError, TransientError
from chalicelib.domain.events import CartId, Customer, E, Envelope, EventId
from chalicelib.extensions.orders import events as facts
from chalicelib.extensions.orders.events import Difference, OrderLine, Reason, Seen, Status
from chalicelib.extensions.payments.events import PaymentRefused, Reported

TIME_TO_PAY: Final = timedelta(minutes=30)

GRACE: Final = timedelta(minutes=1)
"""How long after that an order is cancelled: longer than the hook may take to note a payment."""

PATIENCE: Final = timedelta(minutes=5)
"""How long after its request an order waits for adds that are on their way to the cart."""


class CartIncomplete(TransientError):
    """The cart lacks what the customer saw in it; an add may be on its way."""

    def wait(self, attempt: int) -> int:
        """Return 2 seconds, then 4, 8, and so on up to a minute."""
        return min(1 << attempt, 60)


class WrongAmount(PermanentError):
    """A payment is not of the order's total."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is kept; amounts are in minor units of ``currency``, times are UTC.

    Attributes:
        adds: the ids of the adds that it holds.
        limited: the SKUs whose stock is limited, and held or sold by this order.
        payment_id: the payment that it was paid by.
        refunds: what has to be given back: ids of ``PaymentReceived``, each with its payment's.
        version: how often the order was changed since it was placed.
    """

    order_id: EventId
    cart_id: CartId
    customer: Customer
    status: Status = "requested"
    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    reason: Reason | None = None
    differs: tuple[Difference, ...] = ()
    adds: tuple[EventId, ...] = ()
    limited: tuple[str, ...] = ()
    decided_at: datetime | None = None
    payment_due_at: datetime | None = None
    ended_at: datetime | None = None
    payment_id: str | None = None
    refunds: tuple[tuple[EventId, str], ...] = ()
    refund_due: bool = False
    version: int = 0

    def rejected(self, reason: Reason, differs: Iterable[Difference], now: datetime) -> "Order":
        """Return the order as it is if it cannot be placed."""
        why = {"reason": reason, "differs": tuple(differs)}
        return replace(self, status="rejected", decided_at=now, **why)

    def placed(self, adds: Iterable[Change], limited: Iterable[str], now: datetime) -> "Order":
        """Return the order as it is when it holds these adds."""
        held = {"adds": tuple(sorted(add.event_id for add in adds)), "limited": tuple(limited)}
        due = {"decided_at": now, "payment_due_at": now + TIME_TO_PAY}
        return replace(self, status="awaiting_payment", **held, **due)

    def after(self, payment: Envelope[Reported], now: datetime) -> "Order":
        """Return the order as it is after a payment; the same if that changes nothing.

        Raises:
            WrongAmount: what was paid is not the order's total.
        """
        data = payment.data
        if isinstance(data, PaymentRefused):
            return self._ended("cancelled", now, reason="payment_refused")
        if (data.amount, data.currency) != (self.total, self.currency):
            raise WrongAmount("The payment is not of the order's total.")
        if self.status == "awaiting_payment":
            return self._ended("paid", now, payment_id=data.payment_id)
        if data.payment_id in {self.payment_id, *(payment_id for _, payment_id in self.refunds)}:
            return self
        refund = payment.metadata.event_id, data.payment_id
        return replace(self, refunds=(*self.refunds, refund), refund_due=True)

    def after_time_out(self, now: datetime) -> "Order":
        """Return the order as it is if nothing was received for it by ``now``, by any clock."""
        if self.payment_due_at is None or now + ids.MAX_CLOCK_SKEW < self.payment_due_at + GRACE:
            return self
        return self._ended("cancelled", now, reason="payment_timed_out")

    def _ended(self, status: Status, now: datetime, **why: Any) -> "Order":
        if self.status != "awaiting_payment":
            return self
        return replace(self, status=status, ended_at=now, **why)

    def decision(self) -> Iterator[Envelope[Any]]:
        """Yield the event that tells how the order was decided; telling again tells the same."""
        if self.status == "rejected":
            yield self._event(facts.OrderRejected, self.decided_at)
        if self.payment_due_at is not None:
            yield self._event(facts.OrderPlaced, self.decided_at)

    def ending(self) -> Iterator[Envelope[Any]]:
        """Yield the events that tell how the order ended, and what has to be given back."""
        if self.status == "paid":
            yield self._event(facts.OrderPaid, self.ended_at)
        if self.status == "cancelled":
            yield self._event(facts.OrderCancelled, self.ended_at)
        for event_id, payment_id in self.refunds:
            about = replace(self, payment_id=payment_id)
            yield about._event(facts.OrderRefundDue, ids.time_of(event_id), payment_id)  # noqa: SLF001

    def payment_due(self) -> Envelope[facts.OrderPaymentDue]:
        """Return the event that asks whether the order was paid for in time."""
        return self._event(facts.OrderPaymentDue, self.payment_due_at)

    def _event(self, kind: type[E], at: datetime | None, *which: str) -> Envelope[E]:
        """Return an event of what is kept, with the same id whenever it is told."""
        assert at is not None, "the order has come that far"
        event_id = ids.event_id(at, ids.intent_bits(kind.detail_type, self.order_id, *which))
        data = msgspec.convert(self, kind, from_attributes=True)
        return events.caused_by(events.first(self.order_id, data), event_id, data)


def requested(order_id: str, customer: Customer, seen: Seen, catalog: Catalog) -> Order:
    """Return an order of what was seen, with names in the customer's language.

    Raises:
        UnknownSku: a product was never sold.
    """
    lines = []
    for one in seen.lines:
        name = catalog.require(one.sku, on_sale=False).name_in(customer.locale or "")
        line = one.sku, one.quantity, one.unit_price, name, one.quantity * one.unit_price
        lines.append(OrderLine(*line))
    of: dict[str, Any] = {"order_id": order_id, "cart_id": customer.id, "customer": customer}
    return Order(**of, lines=tuple(lines), total=seen.total, currency=seen.currency)


def differences(
    order: Order, adds: Iterable[Change], catalog: Catalog, now: datetime
) -> list[Difference]:
    """Compare what is to be ordered with what a cart holds, and with the catalogue.

    What is no longer sold counts only if it was seen.

    Raises:
        CartIncomplete: all that differs may be on its way to the cart.
    """
    shown = {line.sku: (line.quantity, line.unit_price) for line in order.lines}
    held: dict[str, int] = {}
    for add in adds:
        held[add.sku] = held.get(add.sku, 0) + add.quantity
    found = []
    for sku in dict.fromkeys((*shown, *sorted(held))):
        product = catalog.find(sku)
        price = None if product is None or product.withdrawn else product.unit_price
        seen, there = shown.get(sku, (0, None)), (held.get(sku, 0), price)
        if seen != there and (sku in shown or price is not None):
            found.append(Difference(sku, seen[0], there[0], seen[1], there[1]))
    same_price = all(one.unit_price == one.unit_price_seen for one in found)
    missing = same_price and all(one.quantity < one.quantity_seen for one in found)
    if found and missing and now < ids.time_of(order.order_id) + PATIENCE:
        raise CartIncomplete("The cart does not hold yet what was seen in it.")
    return found
