"""The order-free cart: a set of changes, from which everything else follows.

Every hop of the system may deliver an event twice, late, or after a younger one. So the cart
keeps no running quantity that an event would alter. It keeps the changes themselves, one per
request, and derives the rest: an add counts if no removal is younger than it. A set does not
know in which order it was filled, nor how often.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.events import (
    CartCheckedOut,
    Envelope,
    Event,
    ItemAddedToCart,
    ItemRemovedFromCart,
)

LIFETIME: Final = timedelta(days=60)
"""How long a change counts. Longer than the archive keeps events (30 days), so that what a
replay brings has not expired, and what has expired no replay brings."""

EVERY_SKU: Final = "*"
"""The "SKU" of a removal that empties the whole cart."""


class Kind(StrEnum):
    """What a change does."""

    ADD = "add"
    REMOVE = "remove"


class Change(msgspec.Struct, frozen=True):
    """What one request asks for; ``quantity`` is 0 for a removal."""

    kind: Kind
    sku: str
    event_id: str
    quantity: int = 0

    @property
    def intent(self) -> tuple[Kind, str, str]:
        """What repetitions of the same request have in common."""
        return self.kind, self.sku, ids.tail_of(self.event_id)

    @property
    def rank(self) -> tuple[str, int]:
        """Of changes with the same intent the one with the smallest rank counts."""
        return self.event_id, self.quantity


def change_of(event: Envelope[Event]) -> Change:
    """Return what an event changes in its cart.

    Raises:
        TypeError: the event is none that changes a cart.
    """
    event_id = event.metadata.event_id
    match event.data:
        case ItemAddedToCart(sku=sku, quantity=quantity):
            return Change(Kind.ADD, sku, event_id, quantity)
        case ItemRemovedFromCart(sku=sku):
            return Change(Kind.REMOVE, sku, event_id)
        case CartCheckedOut():
            return Change(Kind.REMOVE, EVERY_SKU, event_id)
        case other:
            raise TypeError(f"{type(other).__name__} changes no cart")


class Cart:
    """A cart as its changes make it at one moment."""

    def __init__(self, changes: Iterable[Change], now: datetime) -> None:
        """Build the cart from changes in any order, repetitions included.

        ``now`` (UTC) decides which of them are past their :data:`LIFETIME`.
        """
        self._changes: dict[tuple[Kind, str, str], Change] = {}
        for change in changes:
            if ids.time_of(change.event_id) + LIFETIME <= now:
                continue
            known = self._changes.get(change.intent)
            if known is None or change.rank < known.rank:
                self._changes[change.intent] = change

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cart) and self._changes == other._changes

    def __hash__(self) -> int:
        return hash(frozenset(self._changes.values()))

    @cached_property
    def quantities(self) -> dict[str, int]:
        """The quantity of each SKU that is in the cart, in the order in which they came in."""
        quantities: dict[str, int] = {}
        for add in sorted(self._of(Kind.ADD), key=lambda change: (change.event_id, change.sku)):
            if add.event_id > self._removed_at(add.sku):
                quantities[add.sku] = quantities.get(add.sku, 0) + add.quantity
        return quantities

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in the cart."""
        return not self.quantities

    @property
    def last_added_at(self) -> datetime | None:
        """When something was last added, whether or not it was removed since (UTC)."""
        return max((ids.time_of(add.event_id) for add in self._of(Kind.ADD)), default=None)

    @property
    def updated_at(self) -> datetime | None:
        """When the youngest change was made (UTC)."""
        times = (ids.time_of(change.event_id) for change in self._changes.values())
        return max(times, default=None)

    def find(self, request_id: str) -> Change | None:
        """Return the change that this request, or one with the same idempotency key, made.

        A key that was used for different changes finds the request's own, or else the first.
        """
        tail = ids.tail_of(request_id)
        found = (one for one in self._changes.values() if ids.tail_of(one.event_id) == tail)
        return min(
            found,
            key=lambda one: (one.event_id != request_id, one.event_id, one.intent),
            default=None,
        )

    def _of(self, kind: Kind) -> Iterator[Change]:
        return (change for change in self._changes.values() if change.kind is kind)

    @cached_property
    def _high_water_marks(self) -> dict[str, str]:
        marks: dict[str, str] = {}
        for removal in self._of(Kind.REMOVE):
            marks[removal.sku] = max(removal.event_id, marks.get(removal.sku, ""))
        return marks

    def _removed_at(self, sku: str) -> str:
        """Return the id of the youngest removal that concerns ``sku``; adds up to it are gone."""
        return max(self._high_water_marks.get(sku, ""), self._high_water_marks.get(EVERY_SKU, ""))
