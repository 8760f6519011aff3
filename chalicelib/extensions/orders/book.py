"""The order book: orders and stock in the table.

    pk = ORDERS#<customer>   sk = <tail>   document = <JSON>, order_status, version
                             sk = LATEST   latest = <tail> of the order that was placed last
    pk = ORDER#<tail>        sk = ORDER    customer, once the order is placed
    pk = STOCK#<sku>         sk = STOCK    taken = how many are held or sold

``<tail>`` of an order is that of its id, which all requests with its idempotency key share. An
order is placed, and ended, in one transaction with its stock. LATEST guards that no two orders of a
customer hold the same add: an order is placed only if none was since the others were read. Each
function raises a ``TransientError`` if AWS failed for now.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.items import ABSENT, Item, Write
from chalicelib.domain import events, ids
from chalicelib.domain.errors import TransientError
from chalicelib.domain.events import Customer
from chalicelib.extensions.orders.events import OrderRequested, Seen
from chalicelib.extensions.orders.order import Order, requested
from chalicelib.usecases.cart_requests import Sent

LATEST: Final = "LATEST"
_UNDECIDED: Final = f"{ABSENT} OR order_status = :undecided"


class Overtaken(TransientError):
    """Somebody else changed the order, or placed another one, meanwhile."""


def read(customer_id: str, order_id: str) -> Order | None:
    """Return the order that a customer asked for with this id, or with another of its key."""
    item = wiring.adapters.table.get(f"ORDERS#{customer_id}", ids.tail_of(order_id))
    return None if item is None else msgspec.json.decode(item["document"], type=Order)


def find(order_id: str) -> Order | None:
    """Return the order with this id if it was placed, whoever's it is."""
    owner = wiring.adapters.table.get(f"ORDER#{ids.tail_of(order_id)}", "ORDER")
    return None if owner is None else read(owner["customer"], order_id)


def read_all(customer_id: str) -> tuple[list[Order], str]:
    """Return a customer's orders, and which of them was placed last: "" if none was."""
    found = {item["sk"]: item for item in wiring.adapters.table.query(f"ORDERS#{customer_id}")}
    latest = found.pop(LATEST, {"latest": ""})["latest"]
    return [msgspec.json.decode(item["document"], type=Order) for item in found.values()], latest


def ask(customer: Customer, seen: Seen, sent: Sent) -> Order:
    """Ask for an order of what was seen.

    It is written after it was published and before it is answered: what was accepted is found from
    then on, and nothing is written of what was not.

    Raises:
        MalformedRequest: what it follows cannot be a request.
        UnknownSku: a product was never sold.
    """
    order_id = sent.event_id(customer.id, "order")
    order = requested(order_id, customer, seen, wiring.adapters.catalog)
    asked = OrderRequested(cart_id=customer.id, customer=customer, seen=seen)
    wiring.adapters.event_bus.publish(events.first(order_id, asked))
    wiring.adapters.table.put(_item_of(order), ABSENT)
    return order


def reject(order: Order) -> Order:
    """Write a rejected order, and return it.

    Raises:
        Overtaken: it was decided meanwhile.
    """
    if not wiring.adapters.table.put(_item_of(order), _UNDECIDED, undecided="requested"):
        raise Overtaken("The order was decided meanwhile.")
    return order


def place(order: Order, latest: str, stock: Mapping[str, int]) -> bool:
    """Write a new order, and hold what it takes of the ``stock`` that is limited, if that is there.

    Raises:
        Overtaken: another order was placed since ``latest`` was read, or this one was decided.
    """
    tail, customer_id = ids.tail_of(order.order_id), order.customer.id
    last = {"pk": f"ORDERS#{customer_id}", "sk": LATEST, "latest": tail}
    refused = wiring.adapters.table.transact(
        items.put(_item_of(order), _UNDECIDED, undecided="requested"),
        items.put(last, "latest = :latest", latest=latest) if latest else items.put(last, ABSENT),
        items.put({"pk": f"ORDER#{tail}", "sk": "ORDER", "customer": customer_id}),
        *stock_of(order, 1, stock),
    )
    if any(refused[:2]):
        raise Overtaken("Another order was placed, or this one was decided, meanwhile.")
    return not any(refused)


def stock_of(order: Order, sign: int, stock: Mapping[str, int] = {}) -> Iterator[Write]:
    """Yield what takes an order's limited products out of ``stock``, or puts them back."""
    for line in order.lines:
        if line.sku in order.limited:
            taken = sign * line.quantity
            room = stock.get(line.sku, 2**53) - taken
            enough = "taken <= :room" + (" OR attribute_not_exists(taken)" if room >= 0 else "")
            yield items.add(f"STOCK#{line.sku}", "STOCK", "taken", taken, enough, room=room)


def end(order: Order, before: Order) -> None:
    """Write what became of a placed order; if it was cancelled, its stock is free again.

    Raises:
        Overtaken: the order was changed since it was read as ``before``.
    """
    written = _item_of(replace(order, version=before.version + 1))
    cancelled = order.status == "cancelled" != before.status
    put = items.put(written, "version = :version", version=before.version)
    if any(wiring.adapters.table.transact(put, *(stock_of(order, -1) if cancelled else ()))):
        raise Overtaken("The order was changed meanwhile.")


def _item_of(order: Order) -> Item:
    return {
        "pk": f"ORDERS#{order.customer.id}",
        "sk": ids.tail_of(order.order_id),
        "document": msgspec.json.encode(order).decode(),
        "order_status": order.status,
        "version": order.version,
    }
