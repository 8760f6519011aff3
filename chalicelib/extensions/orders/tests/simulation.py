"""Orders in the random histories: what people do about them, and what must hold.

See tests/simulation/parts.py. What is known of orders is known from the answers of the API, from
the bus, and, for the stock alone, from the table.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import msgspec

from chalicelib.domain import webhooks
from chalicelib.domain.ids import MAX_CLOCK_SKEW, time_of
from chalicelib.domain.signing import Keys
from infra.local.aws.ses import Mail
from infra.local.web import catalog
from tests.simulation.cast import CUSTOMERS, SKUS
from tests.simulation.model import ADD, CANCEL, ORDER, Request
from tests.simulation.observed import Moment, Run
from tests.simulation.steps import Action, Ask, Step
from tests.support.seconds import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from tests.simulation.bugs.registry import Mutation
    from tests.simulation.world import World

OUTAGES: Final = (
    *("place_order", "move_lines", "settle_order", "close_order"),
    *("target:cart-local-settle_order", "target:cart-local-move_lines"),
)
LIMITED: Final = SKUS[0]
"""The product of which there is a limited stock."""
TIME_TO_PAY: Final = 30 * MINUTE
DECIDED: Final = {"paid", "cancelled", "rejected"}
CLIENT_PAUSE: Final = 7.0


def steps(random: Random, shopping: Sequence[Step]) -> Iterator[Step]:
    """Yield orders soon after adds, and what becomes of them, in half of the histories."""
    adds = [step for step in shopping if isinstance(step, Ask) and step.action == ADD]
    adds = [add for add in adds if add.shopper in CUSTOMERS]
    if not adds or random.random() < 0.5:
        return
    yield Stock(0, random.randint(1, 8))
    for add in random.choices(adds, k=random.randint(1, 4)):
        at = add.at + random.choice((1, MINUTE, HOUR, DAY)) * random.random()
        key = f"{random.getrandbits(20):05x}" if random.random() < 0.5 else None
        twist = random.choice(("", "", "", "", "stale", "total", "quantity"))
        order = PlaceOrder(at, add.shopper, key, twist, random.choice((1, 3, 8)))
        yield order
        while random.random() < 0.2:  # again, with the key or without
            yield replace(order, at=at + random.choice((1, MINUTE, 2 * HOUR)) * random.random())
        yield from _payments(random, at, add.shopper)


def _payments(random: Random, at: float, customer: str) -> Iterator[Step]:
    """Yield what is reported about the payment of the orders that a customer has by then."""
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        at += random.choice((MINUTE, TIME_TO_PAY, TIME_TO_PAY, 2 * HOUR)) * random.random()
        outcome = random.choice(("paid", "paid", "paid", "refused"))
        twist = random.choice(("", "", "", "", "amount", "forged", "unknown"))
        name = f"p-{random.getrandbits(24):06x}"
        pay = Pay(at, customer, name, outcome, twist, random.choice((1, 3, 8)))
        yield pay
        while random.random() < 0.2:
            later = random.choice((1, MINUTE, DAY)) * random.random()
            yield replace(pay, at=at + later)
    if random.random() < 0.2:
        yield Hurry(at + random.uniform(1, TIME_TO_PAY), customer)


def mutations() -> "list[Mutation]":
    """Return the bugs that the history in test_histories.py shows, for random histories to show.

    In few histories the event of a payment is so late that its order's time is over: test_orders.py
    shows what is about that.
    """
    # ruff: noqa: PLC0415  only whoever plants bugs needs these, and they need the histories
    from chalicelib.extensions.orders.tests import test_histories
    from tests.simulation.bugs.ingredients import step
    from tests.simulation.bugs.registry import Mutation

    of_late_events = dict.fromkeys(
        (
            "a payment whose event is late does not count",
            "a payment is not noted before it is told",
        ),
        ("../chalicelib/extensions/orders/tests/test_orders.py",),
    )
    return [
        Mutation(
            f"orders: {name}",
            partial(mock.patch.object, *bug),
            step(PlaceOrder),
            of_late_events.get(name, ()),
        )
        for name, bug in test_histories.BUGS.items()
    ]


@dataclass(frozen=True)
class Stock(Action):
    """The operator limits the stock of a product."""

    count: int

    def __str__(self) -> str:
        return f"operator: {self.count} of {LIMITED} are in stock"

    def take(self, world: "World") -> None:
        """Change the catalogue."""
        catalog.change(world.cloud, {"sku": LIMITED, "stock": self.count})
        orders_of(world).stock = self.count


@dataclass(frozen=True)
class PlaceOrder(Action):
    """A customer orders what the page shows, or once showed; ``twist`` is what is wrong with it."""

    customer: str
    key: str | None
    twist: str
    patience: int

    def __str__(self) -> str:
        twist = f", but with {self.twist} wrong" if self.twist else ""
        return f"{self.customer}: order what is in the cart{twist}, key {self.key}"

    def take(self, world: "World") -> None:
        """Look at the cart, and ask for it to be ordered."""
        orders_of(world).place(self)


@dataclass(frozen=True)
class Pay(Action):
    """The payment provider reports on a customer's latest order that there is to pay for."""

    customer: str
    payment_id: str
    outcome: str
    twist: str
    patience: int

    def __str__(self) -> str:
        twist = f" ({self.twist})" if self.twist else ""
        return f"provider: {self.customer}'s payment {self.payment_id} is {self.outcome}{twist}"

    def take(self, world: "World") -> None:
        """Call the hook."""
        orders_of(world).pay(self)


@dataclass(frozen=True)
class Hurry(Action):
    """Somebody has the time-out of a customer's latest order come early."""

    customer: str

    def __str__(self) -> str:
        return f"operator: has {self.customer}'s latest order be timed out now"

    def take(self, world: "World") -> None:
        """Put the event of the time-out on the bus."""
        orders_of(world).hurry(self.customer)


def orders_of(world: "World") -> "Watcher":
    """Return what watches the orders of a world."""
    watcher = world.evidence.watchers["orders"]
    assert isinstance(watcher, Watcher)
    return watcher


@dataclass
class Asked:
    """A request for an order; ``order_id`` is None as long as it is not accepted."""

    customer: str
    key: str | None
    seen: Mapping[str, Any]
    order_id: str | None = None


@dataclass
class Report:
    """A genuine report of a payment; ``taken_at`` is when the hook had accepted it first."""

    payment_id: str
    order_id: str
    outcome: str
    amount: int
    taken_at: datetime | None = None


@dataclass
class Told:
    """What the bus tells of one order: the events by their types, each with its ids."""

    events: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    ids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def time_of(self, kind: str) -> datetime:
        """Return when something happened to the order."""
        metadata = self.events[kind]["detail"]["metadata"]
        return datetime.fromisoformat(metadata["occurred_at"]).astimezone(UTC)


class Watcher:
    """What is known of the orders of one history."""

    def __init__(self, world: "World") -> None:
        self.stock: int | None = None
        self._world = world
        self._asked: list[Asked] = []
        self._shown: dict[str, Mapping[str, Any]] = {}
        self._reports: dict[tuple[str, str, str, int], Report] = {}
        self._payable: dict[str, tuple[str, int]] = {}
        self._rejections: set[str] = set()
        self._moved: set[str] = set()

    # What people do -----------------------------------------------------------------------------

    def place(self, step: PlaceOrder) -> None:
        """Have a customer order what is shown now, or was shown before."""
        before, now = self._shown.get(step.customer), self._world.shown_to(step.customer)
        if now is not None:
            self._shown[step.customer] = now
        seen = _seen((before if step.twist == "stale" else now) or {"items": []}, step.twist)
        if not seen["lines"]:
            return
        asked = Asked(step.customer, step.key, seen)
        self._asked.append(asked)
        headers = {"Idempotency-Key": step.key} if step.key else {}
        for _ in self._attempts(step.patience):
            person = self._world.people.find(step.customer)
            assert person is not None
            answer = person.send("POST", "/orders", {"seen": seen}, **headers)
            self._world.cloud.settle()
            if answer.status == 202:
                asked.order_id = answer.json["order_id"]
                return
            if answer.status not in {502, 503}:
                self._complain(f"{step} is answered {answer.status} {answer.json}")

    def pay(self, step: Pay) -> None:
        """Have the provider report a payment, as often as it takes to be answered."""
        known = self._to_pay(step.customer)
        if known is None:
            return
        order_id, amount = known
        amount += step.twist == "amount"
        if step.twist == "unknown":
            order_id = f"{order_id[:-12]}{'0' * 12}"
        body = {"id": step.payment_id, "outcome": step.outcome, "order_id": order_id}
        content = json.dumps({**body, "amount": amount, "currency": "EUR"}).encode()
        key = step.payment_id, order_id, step.outcome, amount
        report = Report(*key)
        if step.twist != "forged":
            report = self._reports.setdefault(key, report)
        for _ in self._attempts(step.patience):
            status = self._report(content, forged=step.twist == "forged")
            if status == 202:
                report.taken_at = report.taken_at or self._world.now
            if status not in {202, 502, 503} and (status, step.twist) != (401, "forged"):
                self._complain(f"{step} is answered {status}")
            if status == 202 and step.twist == "forged":
                self._complain(f"{step} is taken")
            if status not in {502, 503}:
                return

    def hurry(self, customer: str) -> None:
        """Put the time-out of an order on the bus before its time."""
        known = self._payable.get(customer)
        if known is None:
            return
        told = self._told().get(known[0])
        if told is None or "OrderPlaced" not in told.events:
            return
        detail = told.events["OrderPlaced"]["detail"]
        data = {name: detail["data"][name] for name in ("cart_id", "order_id")}
        entry = {
            "Source": "cart.orders",
            "DetailType": "OrderPaymentDue",
            "EventBusName": "cart-local",
            "Detail": json.dumps({**detail, "data": data}),
        }
        self._world.cloud.client("events").put_events(Entries=[entry])
        self._world.cloud.settle()

    def _attempts(self, patience: int) -> Iterator[int]:
        for attempt in range(patience):
            if attempt:
                self._world.cloud.advance(CLIENT_PAUSE)
            yield attempt

    def _report(self, content: bytes, *, forged: bool) -> int:
        """Call the hook, with a signature of something else if it is to be forged."""
        found = self._world.cloud.client("ssm").get_parameter(Name="/cart-local/payment-keys")
        key = msgspec.json.decode(found["Parameter"]["Value"], type=Keys)[0]
        signed = webhooks.sign(content + b" " * forged, key, self._world.now)
        headers = {"Content-Type": "application/json", "Payment-Signature": signed}
        status = int(self._world.cloud.request("POST", "/payments", headers, content).status)
        self._world.cloud.settle()
        return status

    def _to_pay(self, customer: str) -> tuple[str, int] | None:
        """Return a customer's latest order that waits, or waited, for its payment, and its total.

        Only of such an order the customer has seen what to pay.
        """
        mine = [each for each in self._asked if each.customer == customer and each.order_id]
        for asked in reversed(mine):
            order = self._order(asked)
            if order is not None and order["status"] == "awaiting_payment":
                self._payable[customer] = order["order_id"], order["total"]
                break
        return self._payable.get(customer)

    # What is seen -------------------------------------------------------------------------------

    def delivered(self, hop: str, payload: Mapping[str, Any]) -> None:
        """Note what an order takes out of a cart, or lets return."""
        if hop != "rule:move-lines":
            return
        data, metadata = payload["detail"]["data"], payload["detail"]["metadata"]
        if metadata["event_id"] in self._moved:
            return
        self._moved.add(metadata["event_id"])
        ledger = self._world.evidence.ledger
        at = datetime.fromisoformat(metadata["occurred_at"]).astimezone(UTC)
        customer = next(n for n, cart_id in ledger.cart_ids.items() if cart_id == data["cart_id"])
        order_id = data["order_id"]
        if payload["detail-type"] == "OrderCancelled":
            ledger.moving(payload, Request(customer, at, CANCEL, order_id))
            return
        guests = ledger.merges_of(customer)
        cart_ids = {data["cart_id"], *(ledger.cart_ids[guest] for guest in guests)}
        adds = [ledger.find_add(event_id, cart_ids) for event_id in data["adds"]]
        held = [add for add in adds if add is not None]
        if len(held) < len(adds):
            self._complain(f"{customer}'s order holds what {customer} never added")
        quantities = Counter[str]()
        for add in {add.intent: add for add in held}.values():
            quantities[add.sku] += add.quantity
        if quantities != {line["sku"]: line["quantity"] for line in data["lines"]}:
            self._complain(f"{customer}'s order of {data['lines']} holds {quantities}")
        intents = frozenset(add.intent for add in held)
        ledger.moving(payload, Request(customer, at, ORDER, order_id, adds=intents))

    def ended(self, run: Run) -> None:
        """Check the stock whenever something may have been held, and each rejection."""
        if run.function == "place_order" and run.did_something:
            if (taken := self._taken()) > (self.stock or 0) and self.stock is not None:
                self._complain(f"{taken} of {LIMITED} are held or sold of {self.stock}")
            for event in _published(run, "OrderRejected"):
                self._check_rejection(event, run.last_read_at)

    def mailed(self, function: str, mail: Mail) -> None:
        """Note a mail about an order."""
        if self._world.evidence.customer_at(mail.to[0]) is None:
            self._complain(f"{function} mails somebody who is no customer")

    def _check_rejection(self, rejected: Mapping[str, Any], read_at: Moment | None) -> None:
        """Check that an order was rejected for a reason: something differs, or is sold out."""
        data = rejected["data"]
        order_id = data["order_id"]
        if read_at is None or order_id in self._rejections:
            return  # it was rejected before, and is told of again
        self._rejections.add(order_id)
        asked = next((each for each in self._asked if each.order_id == order_id), None)
        if asked is None or self._has_others(asked):
            return
        evidence = self._world.evidence
        prices = {sku: evidence.shop.prices[sku] for sku in SKUS}
        seen = {(line["sku"], line["quantity"]) for line in asked.seen["lines"]}
        if data["reason"] == "out_of_stock":
            wanted = dict(seen).get(LIMITED, 0)
            if self.stock is None or self._ever_held() + wanted <= self.stock:
                self._complain(f"{asked.customer}'s order is out of stock, which it is not")
            return
        total = sum(line["quantity"] * prices[line["sku"]] for line in asked.seen["lines"])
        is_priced = all(line["unit_price"] == prices[line["sku"]] for line in asked.seen["lines"])
        carts = evidence.ledger.carts_of(asked.customer, read_at, time_of(order_id))
        possible = {frozenset(each.without(evidence.shop.withdrawn)) for each in carts}
        if is_priced and total == asked.seen["total"] and possible == {frozenset(seen)}:
            self._complain(f"{asked.customer}'s order is rejected, and is what is in the cart")

    def _has_others(self, asked: Asked) -> bool:
        """Tell whether a customer has other orders, of whose ends the bus has not told yet."""
        told = self._told()
        others = (
            each
            for each in self._asked
            if each.customer == asked.customer and each.order_id != asked.order_id
        )
        ends = {"OrderPaid", "OrderCancelled", "OrderRejected"}
        return any(not ends & set(told.get(each.order_id or "", Told()).events) for each in others)

    # What must hold -----------------------------------------------------------------------------

    def broken_before_repair(self) -> Iterator[str]:
        """Tell which orders are not decided, and wait in no dead-letter queue either."""
        queues = self._world.cloud.state()["queues"]
        if any(any(counts.values()) for counts in queues.values()):
            return
        for asked in self._accepted():
            order = self._order(asked) or {"status": "unknown"}
            if order["status"] not in {*DECIDED, "awaiting_payment"}:
                yield f"{asked.customer}'s order is {order['status']} days after it was asked for"

    def broken_after_repair(self) -> Iterator[str]:
        """Tell which promises about orders do not hold."""
        told = self._told()
        orders = {}
        for asked in self._accepted():
            order = self._order(asked) or {"status": "unknown", "order_id": asked.order_id}
            orders[order["order_id"]] = order
            if order["status"] not in DECIDED:
                yield f"{asked.customer}'s order is {order['status']} for good"
        yield from self._double(told)
        yield from self._untold(orders, told)
        yield from self._payments(orders, told)
        sold = sum(
            line["quantity"]
            for each in told.values()
            if "OrderPaid" in each.events
            for line in each.events["OrderPlaced"]["detail"]["data"]["lines"]
            if line["sku"] == LIMITED
        )
        if self.stock is not None and self._taken() != sold:
            yield f"{self._taken()} of {LIMITED} are held or sold, and {sold} are sold"

    def figures(self) -> Counter[str]:
        """Return how many orders there were, and what became of them."""
        kinds = Counter[str]()
        for each in self._told().values():
            kinds.update(each.events.keys())
        return Counter(
            {
                "orders asked for": len(self._asked),
                "orders placed": kinds["OrderPlaced"],
                "orders rejected": kinds["OrderRejected"],
                "orders paid": kinds["OrderPaid"],
                "orders cancelled": kinds["OrderCancelled"],
                "refunds due": kinds["OrderRefundDue"],
                "payments reported": len(self._reports),
            }
        )

    def _double(self, told: Mapping[str, Told]) -> Iterator[str]:
        """Tell of two orders for one key, and of two orders that hold one add at one time."""
        by_key = defaultdict[tuple[str, str], set[str]](set)
        for asked in self._accepted():
            if asked.key and (order := self._order(asked)):
                by_key[asked.customer, asked.key].add(order["order_id"])
        for (customer, key), ids in by_key.items():
            if len(ids) > 1:
                yield f"{customer} has {len(ids)} orders for the key {key}"
        placed = [each for each in told.values() if "OrderPlaced" in each.events]
        for one, other in combinations(placed, 2):
            adds = [
                set(each.events["OrderPlaced"]["detail"]["data"]["adds"]) for each in (one, other)
            ]
            if adds[0] & adds[1] and _overlap(one, other):
                yield "two orders hold one add"

    def _untold(
        self, orders: Mapping[str, Mapping[str, Any]], told: Mapping[str, Told]
    ) -> Iterator[str]:
        wanted = {
            "paid": {"OrderPlaced", "OrderPaid"},
            "cancelled": {"OrderPlaced", "OrderCancelled"},
            "rejected": {"OrderRejected"},
        }
        for order_id, order in orders.items():
            kinds = set(told.get(order_id, Told()).events) - {"OrderPaymentDue", "OrderRefundDue"}
            if order["status"] in wanted and kinds != wanted[order["status"]]:
                yield f"of an order that is {order['status']} the bus tells {sorted(kinds)}"
        for each in told.values():
            for kind, ids in each.ids.items():
                if len(ids) > 1 and kind not in {"OrderRefundDue", "OrderPaymentDue"}:
                    yield f"{kind} is told with {len(ids)} ids"
            if each.events.get("OrderCancelled", _NOTHING)["detail"]["data"].get("reason") == (
                "payment_timed_out"
            ):
                due_at = each.time_of("OrderPlaced") + timedelta(seconds=TIME_TO_PAY)
                if each.time_of("OrderCancelled") < due_at:
                    yield "an order is timed out before its time"

    def _payments(
        self, orders: Mapping[str, Mapping[str, Any]], told: Mapping[str, Told]
    ) -> Iterator[str]:
        """Tell of payments that came to nothing, and of orders that are paid for by none."""
        failures = [json.dumps(item) for item in self._failures()]
        for order_id, each in told.items():
            reports = [one for one in self._reports.values() if one.order_id == order_id]
            right = [one for one in reports if one.outcome == "paid" and one.amount == _total(each)]
            if "OrderPaid" in each.events and not right:
                yield "an order is paid, and nobody paid for it"
            refused = any(one.outcome == "refused" for one in reports)
            in_time = [one for one in right if one.taken_at and one.taken_at <= _due_at(each)]
            if in_time and not refused and "OrderPaid" not in each.events:
                yield f"an order was paid in time by {in_time[0].payment_id}, and is not paid"
        for report in self._reports.values():
            if report.outcome != "paid" or report.taken_at is None:
                continue
            of = told.get(report.order_id)
            if of is None or report.amount != _total(of):
                if not any(report.payment_id in failure for failure in failures):
                    yield f"{report.payment_id} was taken, came to nothing, and nobody is told"
                continue
            refunded = report.payment_id in of.ids["OrderRefundDue"]
            paid = of.events.get("OrderPaid", _NOTHING)["detail"]["data"]
            order = orders.get(report.order_id, {})
            if not refunded and (not paid or self._paid_by(report) is False):
                yield f"{report.payment_id} is neither what paid the order nor given back: {order}"

    def _paid_by(self, report: Report) -> bool:
        """Tell whether a payment that is not given back may be the one that paid the order."""
        others = [
            each
            for each in self._reports.values()
            if (each.order_id, each.outcome, each.amount)
            == (report.order_id, "paid", report.amount)
            and each.payment_id not in self._told()[report.order_id].ids["OrderRefundDue"]
            and each.taken_at is not None
        ]
        return len(others) == 1

    def _accepted(self) -> list[Asked]:
        return [each for each in self._asked if each.order_id is not None]

    def _order(self, asked: Asked) -> dict[str, Any] | None:
        answer = self._world.people.get(asked.customer).get(f"/orders/{asked.order_id}")
        return dict(answer.json) if answer.status == 200 else None

    def _told(self) -> dict[str, Told]:
        """Return what the bus tells of each order; of refunds, the ids are the payments'."""
        told = defaultdict[str, Told](Told)
        for event in self._world.cloud.parts.buses.events:
            if event["source"] == "cart.orders":
                data, kind = event["detail"]["data"], event["detail-type"]
                of = told[data["order_id"]]
                of.events.setdefault(kind, event)
                of.ids[kind].add(data.get("payment_id") or event["detail"]["metadata"]["event_id"])
        return dict(told)

    def _ever_held(self) -> int:
        placed = (each.events.get("OrderPlaced", _NOTHING) for each in self._told().values())
        lines = (line for one in placed for line in one["detail"]["data"].get("lines", ()))
        told = sum(line["quantity"] for line in lines if line["sku"] == LIMITED)
        return max(told, self._taken())

    def _taken(self) -> int:
        key = {"pk": {"S": f"STOCK#{LIMITED}"}, "sk": {"S": "STOCK"}}
        client = self._world.cloud.client("dynamodb")
        item = client.get_item(TableName="cart-local", Key=key).get("Item")
        return int(item["taken"]["N"]) if item else 0

    def _failures(self) -> list[dict[str, Any]]:
        return [item for item in self._world.items() if item["sk"]["S"].startswith("FAILURE#")]

    def _complain(self, what: str) -> None:
        self._world.evidence.broken.append(what)


_NOTHING: Final[Mapping[str, Any]] = {"detail": {"data": {}}}


def _seen(shown: Mapping[str, Any], twist: str) -> dict[str, Any]:
    """Return what the page says that it shows, with something wrong about it or nothing."""
    lines = [
        {name: item[name] for name in ("sku", "quantity", "unit_price")}
        for item in shown["items"]
        if item.get("available", True)
    ]
    if twist == "quantity" and lines:
        lines[0] = {**lines[0], "quantity": lines[0]["quantity"] + 1}
    total = sum(line["quantity"] * line["unit_price"] for line in lines)
    return {"lines": lines, "total": total + (twist == "total"), "currency": "EUR"}


def _published(run: Run, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the details of the events of a kind that a run put on the bus."""
    for tried in run.trail:
        if tried.is_done("PutEvents"):
            for entry in tried.call.parameters["Entries"]:
                if entry["DetailType"] == kind:
                    yield json.loads(entry["Detail"])


def _total(told: Told) -> int:
    return int(told.events.get("OrderPlaced", _NOTHING)["detail"]["data"].get("total", -1))


def _due_at(told: Told) -> datetime:
    """Return until when an order was certainly to be paid for, by any clock."""
    if "OrderPlaced" not in told.events:
        return datetime.min.replace(tzinfo=UTC)
    return told.time_of("OrderPlaced") + timedelta(seconds=TIME_TO_PAY) - MAX_CLOCK_SKEW


def _overlap(one: Told, other: Told) -> bool:
    """Tell whether there was a time when neither was cancelled, by any clock."""
    ends = [
        each.time_of("OrderCancelled") if "OrderCancelled" in each.events else None
        for each in (one, other)
    ]
    begins = [each.time_of("OrderPlaced") for each in (one, other)]
    return all(
        end is None or begin < end - 2 * MAX_CLOCK_SKEW
        for begin, end in zip(begins, reversed(ends), strict=True)
    )
