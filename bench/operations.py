"""What customers do and what becomes of it, metered on the local cloud, one row an operation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.usage import Usage, meter
from chalicelib import clock, wiring
from chalicelib.domain import ids
from chalicelib.domain.cart import Change, Kind
from chalicelib.domain.durations import duration
from chalicelib.domain.events import Customer
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.support import builders
from tests.support.shopper import Answer, Shopper

MORNING: Final = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
SKUS: Final = ("MUG-STONE-350", "TEA-SENCHA-100", "TEAPOT-CAST-800", "TOWEL-LINEN-2")


class Shop:
    """A local cloud with one customer in it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.ada = Shopper(cloud, "ada@example.com", "Ada")

    def usage_of(self, action: Callable[[], object]) -> Usage:
        """Return what an action uses until all is done that it brings about at once.

        Time passes before it, for what happens within one millisecond has no order.
        """
        self.cloud.advance(1)
        with meter(self.cloud) as usage:
            action()
            self.cloud.settle()
        return usage

    def add(self, number: int = 0) -> Usage:
        """Add one of the products; return what that uses."""
        return self.usage_of(lambda: self.ada.add(SKUS[number]))

    def wake_up(self) -> Usage:
        """Let a day and a window pass; return what that uses."""
        return self.usage_of(lambda: self.cloud.advance(_a_day_and_a_window()))

    def fill_cart(self, lines: int) -> None:
        """Put lines into the customer's cart, unmetered; there are more than there are products.

        The first is one that is sold, because a cart of nothing else is promised no reminder.
        """
        cart_id = self._cart_id()
        for number in range(lines):
            _record_add(cart_id, f"LINE-{number}" if number else SKUS[0], number)

    def repeat_add(self, times: int) -> None:
        """Put adds of one product into the customer's cart, unmetered."""
        cart_id = self._cart_id()
        for number in range(times):
            _record_add(cart_id, SKUS[0], number)

    def fill_other_carts(self, customers: int, since: int = 0) -> None:
        """Give other customers, of these numbers, a cart and a reminder each, unmetered."""
        functions = self.cloud.parts.functions
        for number in range(since, customers):
            customer = Customer(f"customer-{number}", "eve@example.com")
            added = builders.on_bus(builders.item_added(at=clock.now(), customer=customer))
            for name in ("persist_cart", "schedule_reminder"):
                functions.invoke(functions.full_name(name), added)

    def _cart_id(self) -> str:
        token = self.cloud.sign_in("ada@example.com", "Ada")
        claims = self.cloud.parts.identity.verify(token)
        assert claims is not None
        return claims["sub"]


def _a_day_and_a_window() -> int:
    """Return the seconds after which a cart that was left alone has been reminded of once."""
    own = wiring.adapters.shop
    spans = (own.reminders[0].after, own.reminder_window)
    return sum(int(duration(span).total_seconds()) for span in spans)


def _record_add(cart_id: str, sku: str, number: int) -> None:
    event_id = ids.event_id(clock.now() - timedelta(hours=2), number + 1)
    wiring.adapters.carts.record(cart_id, Change(Kind.ADD, sku, event_id, 1), clock.now())


def order(one: Shop) -> Usage:
    """Order what is in the cart and pay for it; return what that uses until its time-out is over.

    The order comes from a page that shows the cart, and the payment from the fake provider.
    """
    cart, answers = one.ada.cart(), list[Answer]()
    lines = [
        {name: item[name] for name in ("sku", "quantity", "unit_price")} for item in cart["items"]
    ]
    seen = {"lines": lines, "total": cart["total"], "currency": cart["currency"]}
    usage = one.usage_of(lambda: answers.append(one.ada.send("POST", "/orders", {"seen": seen})))
    order_id = answers[0].json["order_id"]
    usage += one.usage_of(lambda: one.cloud.request("POST", f"/pay/{order_id}?outcome=paid"))
    return usage + one.usage_of(lambda: one.cloud.advance(_a_day_and_a_window()))


@contextmanager
def shop() -> Iterator[Shop]:
    """Open the shop on a clock that stands still."""
    with LocalCloud.start(clock=Clock(MORNING), seed=1) as cloud:
        yield Shop(cloud)


def operations() -> Iterator[tuple[str, Usage]]:
    """Yield each operation, in words, with what it uses."""
    with shop() as one:
        yield "first add of a window", one.add()
        yield "another add, another product", one.add(1)
        yield "another add of the same product", one.add()
        for lines in (10, 100):
            one.fill_cart(lines)
            yield f"add to a cart of {lines} lines", one.add(2)
        yield "repeated POST (same key)", _repeated_post(one)
        yield "GET /cart, 100 lines", one.usage_of(one.ada.cart)
        yield "removal", one.usage_of(lambda: one.ada.remove(SKUS[0]))
        yield "check-out", one.usage_of(one.ada.check_out)
        yield "GET /cart after it", one.usage_of(one.ada.cart)
        yield "wake-up of an empty cart", one.wake_up()
    with shop() as one:
        one.repeat_add(30)
        yield "31st add of one product", one.add()
    with shop() as one:
        request_id = one.ada.add(SKUS[0]).json["request_id"]
        one.cloud.settle()
        yield "GET /cart/requests/{id}", one.usage_of(lambda: one.ada.request_status(request_id))
        yield "wake-up that sends a mail", one.wake_up()
        one.add()
        yield "order, paid for and confirmed", order(one)


def _repeated_post(one: Shop) -> Usage:
    one.usage_of(lambda: one.ada.add(SKUS[3], key="once"))
    return one.usage_of(lambda: one.ada.add(SKUS[3], key="once"))
