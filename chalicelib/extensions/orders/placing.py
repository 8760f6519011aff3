"""Places orders and ends them: what is written first, and is told on the bus after that.

Each function does what its event asks for if that has not been done, and tells what is known of
the order in any case. So a run that was broken off between the two is made up for by the next.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import UNSET

from chalicelib import wiring
from chalicelib.adapters import sdk
from chalicelib.adapters.scheduler import ReminderSchedules
from chalicelib.domain import events, ids
from chalicelib.domain.cart import Change, Kind
from chalicelib.domain.events import Customer, Envelope
from chalicelib.extensions.orders.events import (
    OrderCancelled,
    OrderPaymentDue,
    OrderPlaced,
    OrderRequested,
    PaymentReceived,
    PaymentRefused,
    Seen,
)
from chalicelib.extensions.orders.order import (
    PATIENCE,
    Order,
    Status,
    UnknownOrder,
    differences,
    requested,
)
from chalicelib.extensions.orders.table import OrdersTable, OutOfStock, Overtaken
from chalicelib.usecases.cart_requests import Sent

Result = dict[str, Any]


def table() -> OrdersTable:
    """Return the orders of this stage."""
    return OrdersTable(sdk.client("dynamodb"), wiring.adapters.settings.names.table)


def request(customer: Customer, seen: Seen, sent: Sent, language: str) -> Order:
    """Ask for an order of what was seen; return it, or the one that has the key already.

    The request is written after it was published and before it is answered: what was accepted is
    found from then on, and nothing is written of what was not.

    Raises:
        UnknownSku: a product was never sold.
        TransientError: the bus did not accept the event, or DynamoDB failed.
    """
    bits = (
        secrets.randbits(ids.TAIL_BITS)
        if sent.key is UNSET
        else ids.intent_bits("order", customer.id, sent.key)
    )
    order_id = ids.event_id(sent.moment(), bits)
    order = requested(order_id, customer, seen, wiring.adapters.catalog, language)
    data = OrderRequested(cart_id=customer.id, customer=customer, seen=seen)
    wiring.adapters.event_bus.publish(events.first(order_id, data))
    table().record(order)
    return order


def place(event: Result, now: datetime) -> Result:
    """Place the order that was asked for, or reject it.

    Raises:
        CartIncomplete: try again later, an add may be on its way to the cart.
        TransientError: try again later.
    """
    asked = events.parse(event, OrderRequested, now=now)
    order = table().read(asked.data.cart_id, asked.metadata.event_id)
    if order is None or order.status is Status.REQUESTED:
        order = _decide(asked, order, now)
    if order.status is Status.AWAITING_PAYMENT and order.due_at is not None:
        # Before the order is told of: whoever hears of it can rely on its end.
        name = f"order-{ids.tail_of(order.order_id)}"
        _schedules().put(name, order.payment_due(), order.due_at, now)
    return _tell(order)


def _decide(asked: Envelope[OrderRequested], order: Order | None, now: datetime) -> Order:
    """Decide about a request; of those with its key, the first was recorded."""
    catalog, order_id = wiring.adapters.catalog, asked.metadata.event_id
    asked_at = ids.time_of(order_id)
    if order is None:
        language = wiring.adapters.settings.languages[0]
        order = requested(order_id, asked.data.customer, asked.data.seen, catalog, language)
    others, latest = table().read_all(order.customer.id)
    free = _free_adds(order.customer.id, others, now)
    adds = [add for add in free if ids.time_of(add.event_id) <= asked_at]
    differs = differences(order, adds, catalog, ended=asked_at + PATIENCE <= now)
    total = sum(line.quantity * line.unit_price for line in order.lines)
    if differs or (order.total, order.currency) != (total, catalog.currency):
        return _reject(order.rejected("cart_changed", differs, now))
    skus = [line.sku for line in order.lines]
    stock = {sku: left for sku in skus if (left := catalog.require(sku).stock) is not None}
    placed = order.placed((add for add in adds if add.sku in skus), stock, now)
    try:
        table().place(placed, latest, stock)
    except OutOfStock:
        return _reject(order.rejected("out_of_stock", (), now))
    return placed


def _free_adds(customer_id: str, orders: list[Order], now: datetime) -> Iterator[Change]:
    """Yield what is in the cart, but for what orders hold of which the cart does not know yet."""
    held: dict[str, str] = {}
    for order in orders:
        if order.status in {Status.AWAITING_PAYMENT, Status.PAID}:
            for add in (add for line in order.lines for add in line.adds):
                held[ids.tail_of(add)] = max(add, held.get(ids.tail_of(add), ""))
    for one in wiring.adapters.carts.read(customer_id, now).adds():
        if one.event_id > held.get(ids.tail_of(one.event_id), ""):
            yield one


def _reject(order: Order) -> Order:
    if not table().record(order):
        raise Overtaken("The order was decided meanwhile.")
    return order


def settle(event: Result, now: datetime) -> Result:
    """Have an order paid for, or cancelled, as the payment provider reports.

    Raises:
        UnknownOrder: there is no such order.
        WrongAmount: what was paid is not the order's total.
        TransientError: try again later.
    """
    payment = events.parse(event, PaymentReceived, PaymentRefused, now=now)
    order = table().find(payment.data.order_id)
    if order is None:
        raise UnknownOrder("There is no such order.")
    return _tell(_end(order, order.after(payment, now)))


def close(event: Result, now: datetime) -> Result:
    """Cancel an order that was not paid for in time; any other stays as it is."""
    due = events.parse(event, OrderPaymentDue, now=now).data
    order = table().read(due.cart_id, due.order_id)
    if order is None:
        return {"action": "skipped", "reason": "no_such_order"}
    return _tell(_end(order, order.after_time_out(now)))


def _end(before: Order, order: Order) -> Order:
    if order != before:
        table().end(order, before)
    return order


def move_lines(event: Result, now: datetime) -> Result:
    """Take what an order holds out of its cart, or let it return if the order is cancelled."""
    envelope = events.parse(event, OrderPlaced, OrderCancelled, now=now)
    data, event_id = envelope.data, envelope.metadata.event_id
    change = Change(Kind.CANCEL, data.order_id, event_id)
    if isinstance(data, OrderPlaced):
        adds = frozenset(add for line in data.lines for add in line.adds)
        change = Change(Kind.ORDER, data.order_id, event_id, adds=adds)
    written = wiring.adapters.carts.record(data.cart_id, change, now)
    return {"action": "moved", "repeated": not written}


def _tell(order: Order) -> Result:
    wiring.adapters.event_bus.publish(*order.told())
    return {"action": f"order_{order.status}", "reason": order.reason}


def _schedules() -> ReminderSchedules:
    settings = wiring.adapters.settings
    return ReminderSchedules(
        sdk.client("scheduler"),
        group=settings.names.schedule_group,
        role_arn=f"{settings.scheduler_role_arn}-orders",
        bus_arn=settings.event_bus_arn,
        dlq_arn=settings.schedules_dlq_arn,
    )
