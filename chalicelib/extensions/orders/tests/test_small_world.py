"""Whatever the order of deliveries, calls and deaths, every promise holds in a small world."""

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.extensions.orders import book, consumers
from chalicelib.extensions.orders.order import Order
from chalicelib.extensions.orders.tests.small_world import explore
from chalicelib.extensions.payments import hooks

pytestmark = pytest.mark.exhaustive

stock_of, told_by, put = book.stock_of, consumers._tell, items.put


def _without_limit(order: Order, sign: int, *_: Any) -> Any:
    return stock_of(order, sign)


def _whatever_it_is_by_now(item: Any, when: str = "", **values: Any) -> Any:
    return put(item, "" if when.startswith("version") else when, **values)


def _only_if_it_changed(before: Order, order: Order) -> Any:
    if order == before:
        return {"action": "skipped"}
    book.end(order, before)
    return told_by(order, order.ending())


def _again(order: Order, latest: str, stock: Any) -> Any:
    del latest
    writes = (items.put(book._item_of(order)), *stock_of(order, 1, stock))
    owner = {"pk": f"ORDER#{order.order_id[14:]}", "sk": "ORDER", "customer": order.customer.id}
    return not any(wiring.adapters.table.transact(*writes, items.put(owner)))


BUGS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "stock has no limit": (book, "stock_of", _without_limit),
    "an order that has ended ends again": (items, "put", _whatever_it_is_by_now),
    "a payment whose event is on its way does not count": (hooks, "noted", lambda _: []),
    "what a killed run did not tell is never told": (consumers, "_end", _only_if_it_changed),
    "an order is placed whatever became of it": (book, "place", _again),
    "a time-out cancels what is paid": (
        Order,
        "after_time_out",
        lambda order, now: order if order.payment_due_at is None else _cancelled(order, now),
    ),
}


def _cancelled(order: Order, now: Any) -> Order:
    why: dict[str, Any] = {"reason": "payment_timed_out", "ended_at": now}
    return replace(order, status="cancelled", **why)


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    gc.collect()  # because tests that come next fork this process, and a world is large


def test_no_state_of_the_small_world_breaks_a_promise(capsys):
    found = explore()
    with capsys.disabled():
        sys.stdout.write(f"\nsmall world: {found.states:,} states, {found.steps:,} steps\n")
    assert found.states > 100_000
    assert found.broken == {}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_breaks_a_promise_in_some_state(bug, monkeypatch):
    monkeypatch.setattr(*BUGS[bug])
    assert explore(until_broken=True).broken
