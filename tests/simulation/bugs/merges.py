"""Bugs in what becomes of a guest's cart."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import chain
from typing import Any

from chalicelib.adapters.dynamodb import carts
from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.domain import ids
from chalicelib.domain.cart import Cart, Change, Kind
from chalicelib.domain.errors import GuestCartTaken
from chalicelib.usecases import tokens
from infra.local.aws.eventbridge import EventBuses
from tests.simulation.bugs.ingredients import merge, removal_before_merge, second_merge
from tests.simulation.bugs.registry import bug, replacing


def _changes_of(table: CartsTable, cart_id: str) -> list[Change]:
    return [change for line in table._lines(cart_id) for change in carts._changes(line)]


@bug("a merge copies the lines that are there: what comes later is left behind", needs=merge)
@contextmanager
def _() -> Iterator[None]:
    original = CartsTable.record

    def record(self: CartsTable, cart_id: str, change: Change, now: Any, *contact: Any) -> bool:
        is_merge = change.kind is Kind.MERGE
        for add in Cart(_changes_of(self, change.sku), now).adds() if is_merge else ():
            original(self, cart_id, add, now)
        return original(self, cart_id, change, now, *contact)

    with (
        replacing(CartsTable, "record", record),
        replacing(CartsTable, "read", lambda self, name, now: Cart(_changes_of(self, name), now)),
    ):
        yield


@bug("a guest's cart becomes everybody's who merges it", needs=second_merge)
def _() -> AbstractContextManager[Any]:
    return replacing(CartsTable, "claim_guest", lambda *_: None)


@bug("who claims a guest's cart again is told that it is taken", needs=merge)
def _() -> AbstractContextManager[Any]:
    original, claimed = CartsTable.claim_guest, set[str]()

    def claim(self: CartsTable, guest_cart_id: str, cart_id: str, now: Any) -> None:
        if guest_cart_id in claimed:
            raise GuestCartTaken("This guest's cart belongs to another customer.")
        original(self, guest_cart_id, cart_id, now)
        claimed.add(guest_cart_id)

    return replacing(CartsTable, "claim_guest", claim)


@bug("a merge has no wake-up", needs=merge)
def _() -> AbstractContextManager[Any]:
    original = EventBuses._match

    def match(self: EventBuses, rule: Any, envelope: Any) -> None:
        if (rule.name, envelope["detail-type"]) != ("schedule-reminder", "GuestCartMerged"):
            original(self, rule, envelope)

    return replacing(EventBuses, "_match", match)


@bug("a merge is no add: whoever did nothing else is not reminded", needs=merge)
def _() -> AbstractContextManager[Any]:
    def last_added_at(cart: Cart) -> Any:
        return max((ids.time_of(add.event_id) for add in cart._of(Kind.ADD)), default=None)

    return replacing(Cart, "last_added_at", property(last_added_at))


@bug("what a guest removes is taken from the customer, too", needs=merge)
def _() -> AbstractContextManager[Any]:
    def read(self: CartsTable, cart_id: str, now: Any) -> Cart:
        own = _changes_of(self, cart_id)
        return Cart(
            chain(own, *(_changes_of(self, name) for name in Cart(own, now).merged_at)), now
        )

    return replacing(CartsTable, "read", read)


def _with_guests_adds(counts: Callable[[Cart, Change, str], bool]) -> AbstractContextManager[Any]:
    """Return the patch that lets a guest's add count by this rule of cart, add and merge."""
    original = Cart.adds

    def adds(cart: Cart) -> Iterator[Change]:
        yield from original(Cart(cart._changes.values(), ids.EPOCH))
        for name, guest in cart._guests.items():
            yield from (add for add in original(guest) if counts(cart, add, cart.merged_at[name]))

    return replacing(Cart, "adds", adds)


@bug(
    "an order takes what a guest had put aside, who signs in only after it",
    needs=removal_before_merge,
)
def _() -> AbstractContextManager[Any]:
    return _with_guests_adds(lambda cart, add, _: add.event_id > cart._removed_at(add.sku))


@bug("what a guest added is not to be removed by the customer", needs=merge)
def _() -> AbstractContextManager[Any]:
    return _with_guests_adds(lambda *_: True)


@bug("all guests are one guest")
def _() -> AbstractContextManager[Any]:
    original, given = tokens.new_guest, list[Any]()

    def new_guest(now: datetime) -> Any:
        given.append(original(now))
        return given[0]

    return replacing(tokens, "new_guest", new_guest)
