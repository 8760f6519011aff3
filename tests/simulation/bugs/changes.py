"""Bugs that show when something changes meanwhile: addresses, products, and many merges."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from msgspec import structs

from chalicelib import wiring
from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.domain import pricing
from chalicelib.domain.cart import Kind
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import TooManyMerges
from chalicelib.domain.pricing import PricedCart
from chalicelib.entrypoints import consumers
from chalicelib.usecases import send_reminder
from tests.simulation.bugs.ingredients import many_merges, step
from tests.simulation.bugs.registry import bug, replacing
from tests.simulation.steps import ChangeProduct, Move
from tests.support.catalog import CATALOG


@bug("a mail goes to the address of the add that scheduled it", needs=step(Move))
def _() -> AbstractContextManager[Any]:
    return replacing(send_reminder, "_latest_recipient", lambda wake_up, _: wake_up.data.customer)


@bug("a contact replaces a later one", needs=step(Move))
def _() -> AbstractContextManager[Any]:
    original = CartsTable.read

    def read(self: CartsTable, cart_id: str, now: Any) -> Any:
        cart = original(self, cart_id, now)
        cart.contact = cart.contact and structs.replace(cart.contact, email="ada@example.com")
        return cart

    return replacing(CartsTable, "read", read)


@bug("what was withdrawn is mailed and shown as if it were sold", needs=step(ChangeProduct))
@contextmanager
def _() -> Iterator[None]:
    original = pricing.line_item

    def line_item(product: Any, quantity: int, language: str) -> Any:
        return original(structs.replace(product, withdrawn=False), quantity, language)

    with (
        replacing(pricing, "line_item", line_item),
        replacing(PricedCart, "available", property(lambda priced: priced.items)),
    ):
        yield


@bug("a cart costs what it cost when the function started", needs=step(ChangeProduct))
def _() -> AbstractContextManager[Any]:
    original = pricing.line_item

    def line_item(product: Any, quantity: int, language: str) -> Any:
        price = CATALOG.require(product.sku, on_sale=False).unit_price
        return original(structs.replace(product, unit_price=price), quantity, language)

    return replacing(pricing, "line_item", line_item)


@bug("an add of what was withdrawn meanwhile is dropped in silence", needs=step(ChangeProduct))
@contextmanager
def _() -> Iterator[None]:
    original = CartsTable.record

    def record(self: CartsTable, cart_id: str, change: Any, *more: Any) -> bool:
        product = wiring.adapters.catalog.find(change.sku)
        is_sold = change.kind is not Kind.ADD or not product.withdrawn
        return is_sold and original(self, cart_id, change, *more)

    with (
        replacing(consumers, "_require_persistable", lambda *_: None),
        replacing(CartsTable, "record", record),
    ):
        yield


@bug("a removal of what was withdrawn is refused", needs=step(ChangeProduct))
def _() -> AbstractContextManager[Any]:
    original = Catalog.require
    return replacing(Catalog, "require", lambda self, sku, **_: original(self, sku))


@bug("one merge too many is refused after the guest's cart was claimed", needs=many_merges)
def _() -> AbstractContextManager[Any]:
    original = consumers._require_room

    def require_room(cart_id: str, guest_cart_id: str, now: Any) -> None:
        wiring.adapters.carts.claim_guest(guest_cart_id, cart_id, now)
        with replacing(CartsTable, "owner_of", lambda *_: None):
            original(cart_id, guest_cart_id, now)

    return replacing(consumers, "_require_room", require_room)


@bug("a merge that was claimed is refused when others have filled the room", needs=many_merges)
def _() -> AbstractContextManager[Any]:
    original = consumers._require_room

    def require_room(*arguments: Any) -> None:
        with replacing(CartsTable, "owner_of", lambda *_: None):
            original(*arguments)

    return replacing(consumers, "_require_room", require_room)


@bug("whoever merged a guest before may merge no other", needs=many_merges)
def _() -> AbstractContextManager[Any]:
    def require_room(cart_id: str, guest_cart_id: str, now: Any) -> None:
        if wiring.adapters.carts.read(cart_id, now).merged_at.keys() - {guest_cart_id}:
            raise TooManyMerges("Only one cart can be merged.")

    return replacing(consumers, "_require_room", require_room)
