"""A history of orders, payments and time-outs, and what must hold at its end.

It is played with one thing going wrong: a function is killed before or after one of its calls to
AWS, or stands still before one while the same event reaches another run.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import msgspec

from chalicelib.domain import ids, webhooks
from chalicelib.domain.signing import Keys
from chalicelib.extensions.orders.order import Order
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.web import catalog
from tests.support.products import MUG, TEA
from tests.support.shopper import Answer, Shopper
from tests.support.weather import API, Weather, strike

START: Final = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
PRICES: Final = {MUG: 1450, TEA: 1690}
STOCK: Final = 4
MINUTE: Final = 60
OURS: Final = ("place_order", "move_lines", "settle_order", "close_order")


@contextmanager
def clouds(weather: Weather) -> Iterator[LocalCloud]:
    """Start a local cloud with this weather."""
    with LocalCloud.start(clock=Clock(START), network=weather, seed=1) as cloud:
        strike(cloud, weather, API, *OURS)
        yield cloud


class Play:
    """The history in one cloud."""

    def __init__(self, cloud: LocalCloud, weather: Weather) -> None:
        self.cloud = cloud
        self.weather = weather
        self.added: Counter[tuple[str, str]] = Counter()
        self.paid: dict[str, str] = {}
        self.shoppers = {
            name: Shopper(cloud, f"{name}@example.com")
            for name in ("ada", "bob", "cid", "dan", "eve")
        }

    def run(self) -> list[str]:
        """Play the history; return the promises that were broken."""
        catalog.change(self.cloud, {"sku": MUG, "stock": STOCK})
        self._add("ada", MUG, 2)
        self._add("bob", MUG, 3)
        self._add("cid", TEA, 2)
        self._add("eve", MUG, 1)
        self.cloud.advance(1)
        for function in ("persist_cart", "move_lines"):  # until all have ordered
            self.cloud.faults.arm(f"function:{function}", 99)
        self._add("ada", TEA, 1)  # is late, and was not seen
        first = self._order("ada", MUG, 2, "a")
        again = self._order("ada", MUG, 2, "a")
        other = self._order("ada", MUG, 2, "b")
        left = self._order("cid", TEA, 2, "d")
        for function in ("persist_cart", "move_lines"):
            self.cloud.faults.arm(f"function:{function}", 0)
        self.cloud.advance(6 * MINUTE)
        many = self._order("bob", MUG, 3, "c")
        self.cloud.advance(MINUTE)
        broken = [] if self._status("ada", again) == self._status("ada", first) else ["either id"]
        ends = {self._status("ada", one): one for one in (other, first)}
        held = ends.get("awaiting_payment", first)
        if set(ends) != {"awaiting_payment", "rejected"}:
            broken.append(f"two orders of the same adds are {set(ends)}")
        self._pay(held, 2900, forged=True)
        if self._status("ada", held) != "awaiting_payment":
            broken.append("a forged payment counts")
        for _ in range(2):
            self._pay(held, 2900)
        self._pay(left, 1)
        self._pay(many, 4351)
        self._pay(many, 4350)
        refused = self._order("eve", MUG, 1, "e")
        self.cloud.advance(MINUTE)
        self._pay(refused, 1450, outcome="refused")
        self.cloud.advance(40 * MINUTE)
        self._pay(left, 3380)
        self.cloud.advance(60 * MINUTE)
        in_time = self._paid_in_time_and_told_late()
        wanted = {
            "ada": (held, "paid"),
            "cid": (left, "cancelled"),
            "eve": (refused, "cancelled"),
            "dan": (in_time, "paid"),
        }
        broken += [
            f"{name} has an order that is {found}"
            for name, (order_id, status) in wanted.items()
            if (found := self._status(name, order_id)) != status
        ]
        return [*broken, *self._broken(late={left})]

    def _paid_in_time_and_told_late(self) -> str:
        """Have an order paid for, of which the bus tells when its time is long over."""
        self._add("dan", TEA, 1)
        self.cloud.advance(MINUTE)
        order_id = self._order("dan", TEA, 1, "f")
        self.cloud.advance(29 * MINUTE)
        self.cloud.faults.arm("function:settle_order", 99)
        self._pay(order_id, 1690)
        self.cloud.advance(40 * MINUTE)
        self.cloud.faults.arm("function:settle_order", 0)
        self.cloud.advance(MINUTE)
        return order_id

    def _add(self, name: str, sku: str, quantity: int) -> None:
        key = f"{name}-adds-{sku}"
        if self.shoppers[name].add(sku, quantity, key).status != 202:
            assert self.shoppers[name].add(sku, quantity, key).status == 202
        self.added[name, sku] += quantity

    def _again(self, ask: Callable[[], int]) -> None:
        for _ in range(3):
            status = ask()
            self.cloud.advance(1)
            if status not in {502, 503}:
                return

    def _order(self, name: str, sku: str, quantity: int, key: str) -> str:
        total = PRICES[sku] * quantity
        line = {"sku": sku, "quantity": quantity, "unit_price": PRICES[sku]}
        body = {"seen": {"lines": [line], "total": total, "currency": "EUR"}}
        answers: list[Answer] = []

        def ask() -> int:
            headers = {"Idempotency-Key": key}
            answers.append(self.shoppers[name].send("POST", "/orders", body, **headers))
            return answers[-1].status

        self._again(ask)
        return str(answers[-1].json["order_id"])

    def _pay(
        self, order_id: str, amount: int, *, outcome: str = "paid", forged: bool = False
    ) -> None:
        report = {"id": f"{outcome}-{amount}", "order_id": order_id, "outcome": outcome}
        body = json.dumps({**report, "amount": amount, "currency": "EUR"}).encode()
        found = self.cloud.client("ssm").get_parameter(Name="/cart-local/payment-keys")
        key = msgspec.json.decode(found["Parameter"]["Value"], type=Keys)[0]

        def ask() -> int:
            signed = webhooks.sign(body + b" " * forged, key, self.cloud.clock.now())
            headers = {"Content-Type": "application/json", "Payment-Signature": signed}
            return self.cloud.request("POST", "/payments", headers, body).status

        self._again(ask)

    def _status(self, name: str, order_id: str) -> str:
        self.weather.calm = True  # who asks has patience
        answer = self.shoppers[name].get(f"/orders/{order_id}")
        self.weather.calm = False
        return str(answer.json.get("status", answer.status))

    def _broken(self, late: set[str]) -> Iterator[str]:
        self.weather.calm = True
        items = self.cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
        orders = [
            msgspec.json.decode(item["document"]["S"], type=Order)
            for item in items
            if "document" in item
        ]
        taken = sum(int(item["taken"]["N"]) for item in items if "taken" in item)
        sold = [one for one in orders if one.status == "paid"]
        mugs = sum(line.quantity for one in sold for line in one.lines if line.sku == MUG)
        if mugs > STOCK:
            yield f"{mugs} mugs are sold of {STOCK}"
        if taken != mugs:
            yield f"{taken} mugs are held or sold, {mugs} are sold"
        for one in orders:
            if one.status in {"requested", "awaiting_payment"}:
                yield f"an order is {one.status} for good"
        held = Counter(add for one in sold for add in one.adds)
        if any(count > 1 for count in held.values()):
            yield "two orders hold one add"
        yield from self._misplaced(sold)
        yield from self._untold(orders, late)

    def _misplaced(self, sold: list[Order]) -> Iterator[str]:
        """Compare what is in the carts with what was added and not bought."""
        bought = Counter[tuple[str, str]]()
        for one in sold:
            (name,) = (n for n in self.shoppers if one.customer.email == f"{n}@example.com")
            for line in one.lines:
                bought[name, line.sku] += line.quantity
        for name, shopper in self.shoppers.items():
            shown = {line["sku"]: line["quantity"] for line in shopper.cart()["items"]}
            for sku in PRICES:
                wanted = self.added[name, sku] - bought[name, sku]
                if shown.get(sku, 0) != wanted:
                    yield f"{name} has {shown.get(sku, 0)} of {sku} in the cart, not {wanted}"

    def _untold(self, orders: list[Order], late: set[str]) -> Iterator[str]:
        """Compare what the bus tells with what became of each order."""
        told: dict[str, set[str]] = {}
        tails: dict[str, set[str]] = {}
        for event in self.cloud.state()["events"]:
            if event["source"] == "cart.orders":
                data, metadata = event["detail"]["data"], event["detail"]["metadata"]
                told.setdefault(data["order_id"], set()).add(event["detail-type"])
                kind = f"{event['detail-type']} {data['order_id']}"
                tails.setdefault(kind, set()).add(metadata["event_id"])
        ends = {
            "paid": {"OrderPlaced", "OrderPaid"},
            "cancelled": {"OrderPlaced", "OrderCancelled"},
            "rejected": {"OrderRejected"},
        }
        for one in orders:
            wanted = set(ends.get(one.status, ()))
            if ids.tail_of(one.order_id) in {ids.tail_of(each) for each in late}:
                wanted.add("OrderRefundDue")
            found = told.get(one.order_id, set()) - {"OrderPaymentDue"}
            if found != wanted:
                yield f"of an order that is {one.status} the bus tells {sorted(found)}"
        for kind, found_ids in tails.items():
            if len(found_ids) > 1:
                yield f"{kind.split()[0]} is told with {len(found_ids)} ids"


def play(weather: Weather | None = None) -> list[str]:
    """Play the history once; return what was broken."""
    weather = weather or Weather()
    with clouds(weather) as cloud:
        return Play(cloud, weather).run()
