"""What happens to orders: each function may run often, late and in any order.

What is decided is written first, and told on the bus after that. Each function does what its event
asks for if that has not been done, and tells what came of it in any case: a run that was broken off
between the two is made up for by the next.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.domain import ids
from chalicelib.domain.cart import Change, Kind
from chalicelib.domain.errors import UnknownRequest
from chalicelib.domain.events import Envelope
from chalicelib.entrypoints.queued import queued
from chalicelib.entrypoints.reporting import Payload, reporting
from chalicelib.extensions.orders import book
from chalicelib.extensions.orders import events as facts
from chalicelib.extensions.orders.events import OrderCancelled, OrderPlaced, OrderRequested
from chalicelib.extensions.orders.order import GRACE, Order, WrongAmount, differences, requested
from chalicelib.extensions.payments import hooks
from chalicelib.extensions.payments.events import Reported

consumers = Blueprint(__name__)


@consumers.lambda_function(name="place_order")
@queued
def place_order(asked: Envelope[OrderRequested], now: datetime) -> Payload:
    """Place the order that was asked for, or reject it."""
    order = book.read(asked.data.cart_id, asked.metadata.event_id)
    if order is None or order.status == "requested":
        order = _decided(asked, order, now)
    if order.status == "awaiting_payment" and order.payment_due_at is not None:
        # Before the order is told of: whoever hears of it can rely on its end.
        name = f"order-{ids.tail_of(order.order_id)}"
        schedules = wiring.adapters.schedules("orders")
        schedules.put(name, order.payment_due(), order.payment_due_at + GRACE, now)
    return _tell(order, order.decision())


def _decided(asked: Envelope[OrderRequested], order: Order | None, now: datetime) -> Order:
    """Decide about a request; of those with its key, the first was recorded."""
    catalog, order_id = wiring.adapters.catalog, asked.metadata.event_id
    asked_at = ids.time_of(order_id)
    if order is None:
        order = requested(order_id, asked.data.customer, asked.data.seen, catalog)
    others, latest = book.read_all(order.customer.id)
    # The cart may not know yet of what these hold, and what returned.
    told = chain.from_iterable((*other.decision(), *other.ending()) for other in others)
    changes = [change for event in told for change in changes_in(event)]
    cart = wiring.adapters.carts.read(order.customer.id, now).knowing(changes)
    adds = [add for add in cart.adds() if ids.time_of(add.event_id) <= asked_at]
    differs = differences(order, adds, catalog, now)
    total = sum(line.subtotal for line in order.lines)
    if differs or (order.total, order.currency) != (total, catalog.currency):
        return book.reject(order.rejected("cart_changed", differs, now))
    skus = [line.sku for line in order.lines]
    stock = {sku: left for sku in skus if (left := catalog.require(sku).stock) is not None}
    placed = order.placed((add for add in adds if add.sku in skus), stock, now)
    if not book.place(placed, latest, stock):
        return book.reject(order.rejected("out_of_stock", (), now))
    return placed


@consumers.lambda_function(name="settle_order")
@reporting
def settle_order(payment: Envelope[Reported], now: datetime) -> Payload:
    """Have an order paid for, or cancelled, as the payment provider reports."""
    order = book.find(payment.data.order_id)
    if order is None:
        raise UnknownRequest("No order has this id.")
    return _end(order, order.after(payment, now))


@consumers.lambda_function(name="close_order")
@reporting
def close_order(due: Envelope[facts.OrderPaymentDue], now: datetime) -> Payload:
    """Cancel an order for which no payment was received in time; any other stays as it is.

    What the hook has noted counts, even if its event is still on its way.
    """
    before = order = book.read(due.data.cart_id, due.data.order_id)
    if before is None or order is None:
        return {"action": "skipped", "reason": "no_such_order"}
    for payment in hooks.noted(order.order_id):
        with suppress(WrongAmount):  # `settle_order` keeps it as a failure
            order = order.after(payment, now)
    return _end(before, order.after_time_out(now))


def _end(before: Order, order: Order) -> Payload:
    if order != before:
        book.end(order, before)
    return _tell(order, order.ending())


def _tell(order: Order, told: Iterable[Envelope[Any]]) -> Payload:
    wiring.adapters.event_bus.publish(*told)
    return {"action": f"order_{order.status}", "reason": order.reason}


@consumers.lambda_function(name="move_lines")
@reporting
def move_lines(told: Envelope[OrderPlaced | OrderCancelled], now: datetime) -> Payload:
    """Take what an order holds out of its cart, or let it return if the order is cancelled."""
    (change,) = changes_in(told)
    written = wiring.adapters.carts.record(told.data.cart_id, change, now)
    return {"action": "moved", "repeated": not written}


def changes_in(told: Envelope[Any]) -> Iterator[Change]:
    """Yield what an event about an order changes in the cart."""
    match told.data:
        case OrderPlaced(order_id=order_id, adds=adds):
            yield Change(Kind.ORDER, order_id, told.metadata.event_id, adds=frozenset(adds))
        case OrderCancelled(order_id=order_id):
            yield Change(Kind.CANCEL, order_id, told.metadata.event_id)
