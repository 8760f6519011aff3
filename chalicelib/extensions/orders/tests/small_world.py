"""A small world of orders, every state of which is visited.

One product of which one is left, two customers who have each put it into the cart and order it, a
payment for the first order that comes twice, and the end of the time to pay. The functions are the
real ones; their calls are answered from plain data. A state is that data, and the runs that stand
still before a call, with the answers they have had. From each state every step is taken:

- any event that was ever told is delivered, once more if it was before, to the function it is for;
- the provider reports the payment, as soon as the order was placed, and as often as it likes;
- a run makes its next call, and goes on to the call after it;
- a run is killed;
- the time to pay ends.

So every delivery may be late, repeated or overtaken. Two runs at a time interleave at each call to
the table; a third does not begin before one of them has ended. What a run tells the bus, or
schedules, comes at once after the call before it, unless the run is killed in between: that leaves
nothing out, because what was told may be delivered at any time later. Of answers that are the same,
runs that got them are the same run, so states are few.
"""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest import mock

import msgspec
from msgspec import structs

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import events, ids
from chalicelib.domain.cart import Cart, Change, Kind
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import CartError
from chalicelib.domain.events import Customer, Envelope
from chalicelib.extensions.orders import book, consumers
from chalicelib.extensions.orders.events import OrderRequested, Seen, SeenLine
from chalicelib.extensions.orders.order import Order
from chalicelib.extensions.payments import hooks
from infra.local.aws.dynamodb_expressions import Scope, condition, update
from tests.support.builders import NOW
from tests.support.catalog import CATALOG
from tests.support.products import MUG

STOCK: Final = 1
CUSTOMERS: Final = ("ada", "bob")
"""The first of them is whose payment is reported."""
TIMES: Final = (NOW, NOW + timedelta(minutes=45), NOW + timedelta(minutes=90))
"""When orders are asked for, when their time to pay has ended, and when all of it is over."""
RUNS_AT_A_TIME: Final = 2
CONSUMERS: Final = {
    "OrderRequested": consumers.place_order,
    "OrderPlaced": consumers.move_lines,
    "OrderCancelled": consumers.move_lines,
    "PaymentReceived": consumers.settle_order,
    "OrderPaymentDue": consumers.close_order,
}
ENDED: Final = frozenset({"rejected", "paid", "cancelled"})

Key = tuple[str, str]


class Data(NamedTuple):
    """What is kept: items of the table as JSON, changes of carts, events, and the time's number."""

    table: frozenset[tuple[Key, str]]
    carts: frozenset[tuple[str, Change]]
    events: frozenset[Envelope[Any]]
    time: int = 0


class Run(NamedTuple):
    """A run that stands still: its event (None for the hook), its time, and the answers so far."""

    event: Envelope[Any] | None
    time: int
    answers: tuple[Any, ...] = ()


class State(NamedTuple):
    """A state of the world."""

    data: Data
    runs: tuple[Run, ...] = ()


@dataclass
class Explored:
    """What came of visiting every state: how many there are, and what was broken."""

    states: int = 0
    steps: int = 0
    quiet: int = 0
    broken: dict[str, State] = field(default_factory=dict)


class _Call(BaseException):
    """A run has come to a call that has not been answered yet."""

    def __init__(self, port: str, method: str, *arguments: Any) -> None:
        super().__init__(port, method)
        self.name = f"{port}.{method}"
        self.arguments = arguments


class _Port:
    """Answers the calls of a run as they were answered before; stops it at the first new one."""

    def __init__(self, name: str, answers: Iterator[Any]) -> None:
        self._name = name
        self._answers = answers

    def __getattr__(self, method: str) -> Any:
        def call(*arguments: Any, **values: Any) -> Any:
            try:
                return _thawed(method, next(self._answers))
            except StopIteration:
                if method == "put" and self._name == "table":
                    arguments = (items.put(*arguments, **values),)
                raise _Call(self._name, method, *arguments) from None

        return call


def _thawed(method: str, answer: Any) -> Any:
    """Return an answer as the function gets it; items are kept as JSON."""
    if method == "query":
        return [_item_in(text) for text in answer]
    return _item_in(answer) if method == "get" and answer else answer


def _item_in(text: str) -> items.Item:
    return items.plain(msgspec.json.decode(text))


def explore(*, until_broken: bool = False) -> Explored:
    """Visit every state, and check in each what must hold at any time.

    Of each state in which nothing runs, what must hold in the end is checked as well, after all
    events were delivered and the time to pay has ended.
    """
    found, seen, waiting = Explored(), {start()}, [start()]
    while waiting and not (until_broken and found.broken):
        state = waiting.pop()
        found.states += 1
        found.quiet += not state.runs
        broken = [*_broken(state.data)] + ([] if state.runs else [*_broken_in_the_end(state.data)])
        for promise in broken:
            found.broken.setdefault(promise, state)
        for after in _steps(state):
            found.steps += 1
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    for cached in (_advanced, _next_call, _orders, _paid_at, _broken, _broken_in_the_end):
        cached.cache_clear()  # for another world, and because it is much
    return found


def start() -> State:
    """Return the state in which both customers have asked for their orders."""
    asked = [_asked(name) for name in CUSTOMERS]
    adds = frozenset((each.data.cart_id, _add(each.data.cart_id)) for each in asked)
    return State(Data(frozenset(), adds, frozenset(asked)))


def _add(name: str) -> Change:
    event_id = ids.event_id(NOW - timedelta(minutes=1), ids.intent_bits("add", name))
    return Change(Kind.ADD, MUG, event_id, 1)


@cache
def _asked(name: str) -> Envelope[OrderRequested]:
    price = CATALOG.require(MUG).unit_price
    seen = Seen((SeenLine(MUG, 1, price),), price, CATALOG.currency)
    order_id = ids.event_id(NOW - timedelta(seconds=1), ids.intent_bits("order", name))
    return events.first(order_id, OrderRequested(name, Customer(name), seen))


def _steps(state: State) -> Iterator[State]:
    data, runs = state
    if data.time == 0:
        yield state._replace(data=data._replace(time=1))
    for place, run in enumerate(runs):
        others = runs[:place] + runs[place + 1 :]
        yield State(data, others)  # it is killed
        for after, rest in _advanced(data, run):
            yield State(after, _sorted((*others, *rest)))
    if len(runs) < RUNS_AT_A_TIME:
        for run in _possible(data):
            for after, rest in _advanced(data, run):
                yield State(after, _sorted((*runs, *rest)))


def _sorted(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return runs if len(runs) < RUNS_AT_A_TIME else tuple(sorted(runs, key=hash))


def _possible(data: Data) -> Iterator[Run]:
    """Yield the runs that may begin."""
    yield from (Run(event, data.time) for event in data.events if _is_consumed(event))
    first = _orders(data.table)[:1]
    if first and first[0].customer.id == CUSTOMERS[0] and first[0].payment_due_at is not None:
        yield Run(None, data.time)


def _is_consumed(event: Envelope[Any]) -> bool:
    return event.data.detail_type in CONSUMERS


@cache
def _advanced(data: Data, run: Run) -> tuple[tuple[Data, tuple[Run, ...]], ...]:
    """Return what may come of a run's next call: the data, and the run if it goes on.

    What it tells and schedules after it comes at once; it may be killed in between.
    """
    call = _next_call(run)
    if call is None:
        return ((data, ()),)
    data, answer = _answered(data, call)
    ends: list[tuple[Data, tuple[Run, ...]]] = []
    while True:
        run = run._replace(answers=(*run.answers, answer))
        call = _next_call(run)
        if call is None:
            return (*ends, (data, ()))
        if call.name not in {"bus.publish", "schedules.put"}:
            return (*ends, (data, (run,)))
        ends.append((data, ()))
        data, answer = _answered(data, call)


@cache
def _next_call(run: Run) -> _Call | None:
    """Run a function up to its next call; return that, None if it has come to its end."""
    answers = iter(run.answers)
    table, carts, bus = (_Port(name, answers) for name in ("table", "carts", "bus"))
    schedules = _Port("schedules", answers)
    adapters = SimpleNamespace(
        table=table,
        carts=carts,
        event_bus=bus,
        catalog=_catalog(),
        schedules=lambda _: schedules,
    )
    now = TIMES[run.time]
    try:
        with mock.patch.object(wiring, "adapters", adapters), suppress(CartError):
            if run.event is None:
                hooks.take(_report(), now)
            else:
                handler: Any = CONSUMERS[run.event.data.detail_type]
                inspect.unwrap(handler.func._original_func)(run.event, now)
    except _Call as call:
        return call
    return None


@cache
def _catalog() -> Catalog:
    return type(CATALOG)([structs.replace(CATALOG.require(MUG), stock=STOCK)], "EUR", "local")


@cache
def _report() -> hooks.PaymentReport:
    total = CATALOG.require(MUG).unit_price
    return hooks.PaymentReport("p1", "paid", _asked(CUSTOMERS[0]).metadata.event_id, total, "EUR")


def _answered(data: Data, call: _Call) -> tuple[Data, Any]:
    """Return the data after a call, and the answer to it."""
    method = getattr(_Answers, call.name.replace(".", "_"))
    return method(data, *call.arguments)


class _Answers:
    """How the calls are answered, each from the data and with the data after it."""

    @staticmethod
    def table_get(data: Data, pk: str, sk: str) -> tuple[Data, Any]:
        return data, dict(data.table).get((pk, sk))

    @staticmethod
    def table_query(data: Data, pk: str) -> tuple[Data, Any]:
        return data, tuple(text for key, text in sorted(data.table) if key[0] == pk)

    @staticmethod
    def table_put(data: Data, write: items.Write) -> tuple[Data, Any]:
        after, refused = _written(data, write)
        return after, not any(refused)

    @staticmethod
    def table_transact(data: Data, *writes: items.Write) -> tuple[Data, Any]:
        after, refused = _written(data, *writes)
        return after, tuple(refused)

    @staticmethod
    def carts_read(data: Data, cart_id: str, now: datetime) -> tuple[Data, Any]:
        return data, _cart_of(data, cart_id, now)

    @staticmethod
    def carts_record(data: Data, cart_id: str, change: Change, *_: Any) -> tuple[Data, Any]:
        if change.intent in {each.intent for name, each in data.carts if name == cart_id}:
            return data, False
        return data._replace(carts=data.carts | {(cart_id, change)}), True

    @staticmethod
    def bus_publish(data: Data, *told: Envelope[Any]) -> tuple[Data, Any]:
        return data._replace(events=data.events | set(told)), None

    @staticmethod
    def schedules_put(data: Data, _: str, due: Envelope[Any], *_when: Any) -> tuple[Data, Any]:
        return data._replace(events=data.events | {due}), None


def _cart_of(data: Data, name: str, now: datetime) -> Cart:
    return Cart([each for owner, each in data.carts if owner == name], now)


def _written(data: Data, *writes: items.Write) -> tuple[Data, list[bool]]:
    """Make all writes or none; tell of each whether its condition refused it."""
    table, refused = dict(data.table), []
    for operation, parameters in writes:
        key = parameters["Item"] if operation == "Put" else parameters["Key"]
        place = key["pk"]["S"], key["sk"]["S"]
        old = msgspec.json.decode(table.get(place, "{}"))
        wanted = parameters.get("ConditionExpression")
        refused.append(bool(wanted) and not condition(wanted)(Scope(old, parameters)))
        new = parameters.get("Item")
        if new is None:
            scope = Scope({**old, **key}, parameters)
            new = update(parameters["UpdateExpression"])(scope)
        table[place] = msgspec.json.encode(new, order="sorted").decode()
    if any(refused):
        return data, refused
    return data._replace(table=frozenset(table.items())), refused


class _Table:
    """Answers what is asked of the table."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, *key: str) -> Any:
        return _thawed("get", _answered(self._data, _Call("table", "get", *key))[1])

    def query(self, pk: str) -> Any:
        return _thawed("query", _answered(self._data, _Call("table", "query", pk))[1])


@cache
def _orders(table: frozenset[tuple[Key, str]]) -> tuple[Order, ...]:
    """Return the orders that were recorded, the first customer's first."""
    adapters = SimpleNamespace(table=_Table(Data(table, frozenset(), frozenset())))
    with mock.patch.object(wiring, "adapters", adapters):
        found = [book.read(name, _asked(name).metadata.event_id) for name in CUSTOMERS]
    return tuple(order for order in found if order is not None)


@cache
def _paid_at(table: frozenset[tuple[Key, str]]) -> datetime | None:
    """Return when the hook has noted the payment, None if it has not."""
    adapters = SimpleNamespace(table=_Table(Data(table, frozenset(), frozenset())))
    with mock.patch.object(wiring, "adapters", adapters):
        noted = hooks.noted(_asked(CUSTOMERS[0]).metadata.event_id)
    return ids.time_of(noted[0].metadata.event_id) if noted else None


@cache
def _broken(data: Data) -> tuple[str, ...]:
    """Return what does not hold that must hold at any time."""
    orders = _orders(data.table)
    live = [order for order in orders if order.status in {"awaiting_payment", "paid"}]
    broken = []
    if len(live) > STOCK:
        broken.append("more is held or sold than there is")
    if _taken(data) != len(live):
        broken.append(f"{_taken(data)} are taken, {len(live)} are held or sold")
    if any(order.status == "paid" for order in live) and _paid_at(data.table) is None:
        broken.append("an order is paid without a payment")
    kinds = [(each.data.detail_type, each.data.order_id) for each in data.events if _is_told(each)]
    if len(set(kinds)) < len(kinds):
        broken.append("something is told with two ids")
    return tuple(broken)


def _is_told(event: Envelope[Any]) -> bool:
    return event.data.source == "cart.orders"


def _taken(data: Data) -> int:
    found = dict(data.table).get((f"STOCK#{MUG}", "STOCK"))
    return int(_item_in(found)["taken"]) if found else 0


@cache
def _broken_in_the_end(data: Data) -> tuple[str, ...]:
    """Return what does not hold when everything was delivered and the time to pay is over."""
    paid_at = _paid_at(data.table)
    data = _calmed(data)
    orders = {order.customer.id: order for order in _orders(data.table)}
    broken = [*_broken(data)]
    if {order.status for order in orders.values()} - ENDED or len(orders) < 2:
        return (*broken, "an order is not decided in the end")
    ada, kinds = (
        orders[CUSTOMERS[0]],
        {(each.data.order_id, each.data.detail_type) for each in filter(_is_told, data.events)},
    )
    if paid_at is not None and ada.status != "paid" and not ada.refunds:
        broken.append("a payment has come to nothing")
    if paid_at == TIMES[0] and ada.status != "paid":
        broken.append("an order is not paid that was paid for in time")
    for name, order in orders.items():
        cart = _cart_of(data, name, TIMES[-1])
        if cart.is_empty == (order.status != "paid"):
            broken.append(f"the cart of an order that is {order.status} is {cart.quantities}")
        end = {"paid": "OrderPaid", "cancelled": "OrderCancelled", "rejected": "OrderRejected"}
        if (order.order_id, end[order.status]) not in kinds:
            broken.append(f"nobody is told of an order that is {order.status}")
    return tuple(broken)


def _calmed(data: Data) -> Data:
    """Deliver everything, one run after the other, until that changes nothing any more."""
    for time in (data.time, len(TIMES) - 1):
        before, data = None, data._replace(time=time)
        while data != before:
            before = data
            consumed = filter(_is_consumed, data.events)
            for event in sorted(consumed, key=lambda each: each.metadata.event_id):
                data = _delivered(data, Run(event, time))
            if _paid_at(data.table) is not None:
                data = _delivered(data, Run(None, time))  # the provider was not answered
    return data


def _delivered(data: Data, run: Run) -> Data:
    rest: tuple[Run, ...] = (run,)
    while rest:
        data, rest = _advanced(data, rest[0])[-1]
    return data
