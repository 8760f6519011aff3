"""Whatever is killed, stands still or comes twice, every promise about orders holds in the end."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from chalicelib import wiring
from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, Change, Kind
from chalicelib.extensions.orders import order, placing, signature, table
from chalicelib.extensions.orders.tests.play import OURS, Weather, calls, play


def test_the_history_breaks_no_promise():
    assert play() == []


def test_the_history_breaks_no_promise_if_everything_comes_twice():
    assert play(Weather(twice=True)) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("how", ["before", "after"])
def test_no_crash_breaks_a_promise(how):
    broken = {
        f"{place} #{number} {how}": found
        for place, number in calls()
        if (found := play(Weather(place, number, how)))
    }
    assert broken == {}


@pytest.mark.exhaustive
def test_no_race_breaks_a_promise():
    broken = {
        f"{place} #{number}": found
        for place, number in calls(twice=True)
        if place.startswith(OURS)
        if (found := play(Weather(place, number, "stalled", twice=True)))
    }
    assert broken == {}


def test_each_function_is_killed_at_every_kind_of_call_that_it_makes():
    assert {place for place, _ in calls()} >= {
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
        "api PutItem",
        "api PutEvents",
    }


Table = table.OrdersTable
_stock, _after = Table._stock, order.Order.after
_told = order.Order.told


def _without_limit(self: Any, one: Any, sign: int, stock: Any = None) -> Any:
    del stock
    return _stock(self, one, sign)


def _never_freed(self: Any, one: Any, sign: int, stock: Any = None) -> Any:
    return _stock(self, one, sign, stock) if sign > 0 else iter(())


def _swallow(event: Any, now: Any) -> Any:
    data = event["detail"]["data"]
    if event["detail-type"] == "OrderPlaced":
        event_id = event["detail"]["metadata"]["event_id"]
        change = Change(Kind.REMOVE, EVERY_SKU, event_id)
        wiring.adapters.carts.record(data["cart_id"], change, now)
    return {"action": "moved"}


def _no_return(event: Any, now: Any) -> Any:
    if event["detail-type"] == "OrderCancelled":
        return {"action": "moved"}
    return _move(event, now)


_move = placing.move_lines


def _any_amount(self: Any, payment: Any, now: Any) -> Any:
    with suppress(order.WrongAmount):
        return _after(self, payment, now)
    return replace(self, status=order.Status.PAID, ended_at=now)


def _paid_whenever(self: Any, payment: Any, now: Any) -> Any:
    ended = _after(self, payment, now)
    if ended.status is order.Status.CANCELLED and ended.refunds:
        return replace(self, status=order.Status.PAID, ended_at=now)
    return ended


def _closed_whatever(self: Any, now: Any) -> Any:
    return replace(self, status=order.Status.CANCELLED, reason="payment_timed_out", ended_at=now)


def _no_refund(self: Any, payment: Any, now: Any) -> Any:
    return replace(_after(self, payment, now), refunds=())


def _told_anew(self: Any) -> Any:
    for one in _told(self):
        fresh = ids.event_id(ids.time_of(one.metadata.event_id), secrets.randbits(74))
        yield replace(one, metadata=replace(one.metadata, event_id=fresh))


def _half_told(self: Any) -> Any:
    return (one for one in _told(self) if one.data.detail_type != "OrderCancelled")


def _in_no_cart(*_: Any) -> Any:
    return {"action": "moved"}


def _no_schedule() -> Any:
    return mock.Mock()


def _free_by_cart_alone(customer_id: str, orders: Any, now: Any) -> Any:
    del orders
    return wiring.adapters.carts.read(customer_id, now).adds()


BUGS: dict[str, tuple[Any, str, Any]] = {
    "more is sold than there is": (Table, "_stock", _without_limit),
    "a hold never ends": (Table, "_stock", _never_freed),
    "an order empties the whole cart": (placing, "move_lines", _swallow),
    "the lines of a cancelled order do not return": (placing, "move_lines", _no_return),
    "an order leaves the cart as it is": (placing, "move_lines", _in_no_cart),
    "any amount pays": (order.Order, "after", _any_amount),
    "an order is paid after its time-out": (order.Order, "after", _paid_whenever),
    "a time-out cancels what is paid": (order.Order, "after_time_out", _closed_whatever),
    "a late payment is kept": (order.Order, "after", _no_refund),
    "what is told again has another id": (order.Order, "told", _told_anew),
    "nobody is told of a cancellation": (order.Order, "told", _half_told),
    "no time-out is scheduled": (placing, "_schedules", _no_schedule),
    "a signature is not checked": (signature, "check", _in_no_cart),
    "orders that the cart does not know of are not looked at": (
        placing,
        "_free_adds",
        _free_by_cart_alone,
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
