"""Bugs in how changes get into a cart: the API, the bus and the table."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

import msgspec

from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.domain import cart, ids
from chalicelib.domain.cart import EVERY_SKU, Cart, Kind
from chalicelib.domain.errors import TransientError
from chalicelib.entrypoints import consumers
from tests.simulation.bugs.ingredients import fault
from tests.simulation.bugs.registry import bug, replacing
from tests.simulation.faults import Kind as FaultKind


@bug("a retried POST adds twice: the idempotency key is ignored")
def _() -> AbstractContextManager[Any]:
    return replacing(ids, "keyed_bits", lambda *_: secrets.randbits(ids.TAIL_BITS))


@bug(
    "the answer of PutEvents is discarded: entries that were refused are lost",
    needs=fault(FaultKind.ENTRIES_REFUSED),
)
def _() -> AbstractContextManager[Any]:
    original = EventBus._try

    def discard(self: EventBus, entries: Any) -> tuple[list[Any], set[str]]:
        original(self, entries)
        return [], set()

    return replacing(EventBus, "_try", discard)


@bug("a failure to publish is answered 202")
def _() -> AbstractContextManager[Any]:
    original = EventBus.publish

    def publish(self: EventBus, *envelopes: Any, **options: Any) -> None:
        try:
            original(self, *envelopes, **options)
        except TransientError:
            return

    return replacing(EventBus, "publish", publish)


@bug("each delivery of an add counts, as with an ADD expression")
def _() -> AbstractContextManager[Any]:
    original = cart.change_of

    def change_of(event: Any) -> Any:
        change = original(event)
        if change.kind is not Kind.ADD:
            return change
        once_more = ids.event_id(ids.time_of(change.event_id), secrets.randbits(ids.TAIL_BITS))
        return msgspec.structs.replace(change, event_id=once_more)

    return replacing(consumers, "change_of", change_of)


@bug("the last write of an intent wins, instead of the earliest")
def _() -> AbstractContextManager[Any]:
    original = CartsTable._write

    def write(self: CartsTable, *arguments: Any) -> Any:
        update = self._client.update_item

        def unconditional(**request: Any) -> Any:
            del request["ConditionExpression"]
            request["ExpressionAttributeValues"].pop(":most", None)
            return update(**request)

        with mock.patch.object(self._client, "update_item", unconditional):
            return original(self, *arguments)

    return replacing(CartsTable, "_write", write)


@bug("a removal takes away what is there: an add that comes late is back again")
@contextmanager
def _() -> Iterator[None]:
    original = CartsTable.record

    def record(self: CartsTable, cart_id: str, change: Any, *others: Any) -> bool:
        lines = [] if change.kind is Kind.ADD else list(self._lines(cart_id))
        for line in lines:
            if change.sku in {EVERY_SKU, line["sk"]["S"].removeprefix("LINE#")}:
                key = {"pk": line["pk"], "sk": line["sk"]}
                self._client.delete_item(Key=key, **self._name)
        return original(self, cart_id, change, *others)

    with (
        replacing(CartsTable, "record", record),
        replacing(Cart, "_removed_at", lambda *_: ""),
    ):
        yield


@bug("the oldest removal counts, not the youngest")
def _() -> AbstractContextManager[Any]:
    def marks(self: Cart) -> dict[str, str]:
        youngest_first = sorted(self._of(Kind.REMOVE), key=lambda each: each.event_id)[::-1]
        return {removal.sku: removal.event_id for removal in youngest_first}

    return replacing(Cart, "_high_water_marks", property(marks))


@bug("a check-out empties only the lines that it names: none")
def _() -> AbstractContextManager[Any]:
    return replacing(Cart, "_removed_at", lambda self, sku: self._high_water_marks.get(sku, ""))


@bug("an error while writing is logged and forgotten")
def _() -> AbstractContextManager[Any]:
    original = CartsTable.record

    def record(self: CartsTable, *arguments: Any) -> bool:
        try:
            return original(self, *arguments)
        except TransientError:
            return False

    return replacing(CartsTable, "record", record)
