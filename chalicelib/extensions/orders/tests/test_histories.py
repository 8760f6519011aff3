"""Whatever is killed, stands still or comes twice, every promise about orders holds in the end."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.scheduler import Schedules
from chalicelib.domain import ids, webhooks
from chalicelib.domain.cart import EVERY_SKU, Cart, Change, Kind
from chalicelib.extensions.orders import book, consumers, order
from chalicelib.extensions.orders.tests.play import play
from chalicelib.extensions.payments import hooks
from tests.support.weather import Weather, broken_by_crashes, broken_by_races, points


def test_the_history_breaks_no_promise():
    assert play() == []


def test_the_history_breaks_no_promise_if_everything_comes_twice():
    assert play(Weather(twice=True)) == []


@pytest.mark.exhaustive
def test_no_crash_breaks_a_promise():
    assert broken_by_crashes(play) == {}


@pytest.mark.exhaustive
def test_no_race_breaks_a_promise():
    assert broken_by_races(play) == {}


def test_each_function_is_killed_at_every_kind_of_call_that_it_makes():
    assert {place for place, _ in points(play)} >= {
        "place_order GetItem",
        "place_order Query",
        "place_order TransactWriteItems",
        "place_order CreateSchedule",
        "place_order PutEvents",
        "place_order PutItem",
        "move_lines UpdateItem",
        "settle_order TransactWriteItems",
        "settle_order PutEvents",
        "close_order TransactWriteItems",
        "close_order PutEvents",
        "close_order Query",
        "api PutItem",
        "api PutEvents",
    }


_stock, _after, _told = book.stock_of, order.Order.after, order.Order.ending
_changes, _put = consumers.changes_in, Table.put
NOTHING = Change(Kind.CANCEL, "nothing", "")


def _without_limit(one: Any, sign: int, stock: Any = None) -> Any:
    del stock
    return _stock(one, sign)


def _never_freed(one: Any, sign: int, stock: Any = None) -> Any:
    return _stock(one, sign, stock) if sign > 0 else iter(())


def _swallow(told: Any) -> Any:
    if told.data.detail_type == "OrderPlaced":
        yield Change(Kind.REMOVE, EVERY_SKU, told.metadata.event_id)
    else:
        yield from _changes(told)


def _only_of(kind: str) -> Any:
    def changes(told: Any) -> Any:
        if told.data.detail_type == kind:
            yield from _changes(told)
        else:
            yield replace(NOTHING, event_id=told.metadata.event_id)

    return changes


def _any_amount(self: Any, payment: Any, now: Any) -> Any:
    with suppress(order.WrongAmount):
        return _after(self, payment, now)
    return replace(self, status="paid", ended_at=now)


def _paid_whenever(self: Any, payment: Any, now: Any) -> Any:
    ended = _after(self, payment, now)
    if ended.status == "cancelled" and ended.refunds:
        return replace(self, status="paid", ended_at=now)
    return ended


def _closed_whatever(self: Any, now: Any) -> Any:
    return replace(self, status="cancelled", reason="payment_timed_out", ended_at=now)


def _no_refund(self: Any, payment: Any, now: Any) -> Any:
    return replace(_after(self, payment, now), refunds=())


def _told_anew(self: Any) -> Any:
    for one in _told(self):
        fresh = ids.event_id(ids.time_of(one.metadata.event_id), secrets.randbits(74))
        yield replace(one, metadata=replace(one.metadata, event_id=fresh))


def _half_told(self: Any) -> Any:
    return (one for one in _told(self) if one.data.detail_type != "OrderCancelled")


def _nothing_happens(*_: Any) -> Any:
    return None


BUGS: dict[str, tuple[Any, str, Any]] = {
    "more is sold than there is": (book, "stock_of", _without_limit),
    "a hold never ends": (book, "stock_of", _never_freed),
    "an order empties the whole cart": (consumers, "changes_in", _swallow),
    "the lines of a cancelled order do not return": (
        *(consumers, "changes_in"),
        _only_of("OrderPlaced"),
    ),
    "an order leaves the cart as it is": (consumers, "changes_in", _only_of("OrderCancelled")),
    "any amount pays": (order.Order, "after", _any_amount),
    "an order is paid after its time-out": (order.Order, "after", _paid_whenever),
    "a time-out cancels what is paid": (order.Order, "after_time_out", _closed_whatever),
    "a late payment is kept": (order.Order, "after", _no_refund),
    "what is told again has another id": (order.Order, "ending", _told_anew),
    "nobody is told of a cancellation": (order.Order, "ending", _half_told),
    "no time-out is scheduled": (Schedules, "put", _nothing_happens),
    "a signature is not checked": (webhooks, "check", _nothing_happens),
    "orders that the cart does not know of are not looked at": (
        *(Cart, "knowing"),
        lambda cart, _: cart,
    ),
    "a payment whose event is late does not count": (hooks, "noted", lambda _: []),
    "a payment is not noted before it is told": (
        *(Table, "put"),
        lambda self, item, *when, **of: (
            item["pk"].startswith("PAYMENTS#") or _put(self, item, *when, **of)
        ),
    ),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    owner, member, bug = BUGS[name]
    with mock.patch.object(owner, member, bug):
        yield


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_is_noticed(name):
    with planted(name):
        assert play() or play(Weather(twice=True))
