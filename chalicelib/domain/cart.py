"""The order-free cart: a set of changes, from which everything else is derived.

Every hop may deliver an event twice, late, or after a newer one. The cart therefore stores no
running quantity. It stores the changes themselves, one per request, and derives the rest: an add
counts if no removal is newer. The order and the number of insertions make no difference to a set.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.events import (
    CartCheckedOut,
    CustomerEvent,
    Envelope,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
    Recipient,
)

LIFETIME: Final = timedelta(days=60)
"""How long a change counts, and its idempotency key is taken. Longer than the archive keeps events
(30 days), so that what a replay brings has not expired, and what has expired no replay brings."""

REMEMBERED: Final = 2 * LIFETIME
"""How long a change is kept. What repeats its key up to its last moment must never count, and could
for another lifetime."""

MAX_MERGED: Final = 60
"""How many guests' carts that still matter may be merged into a cart: one a day. Each is one more
read."""

MAX_CHANGES: Final = 400
"""How many changes of a line are kept, and as many removals apart from it.

A change takes up to 45 bytes, and writing a line takes a write unit for each kilobyte of it: an add
takes 20 at most, whatever else there is to know.
"""

MERGE_GRACE: Final = timedelta(hours=1)
"""How long after a merge the guest's requests still count: those that were under way. Later ones
are somebody else's who knows the guest's token, on a shared computer for instance."""

MAY_RETURN: Final = timedelta(hours=2)
"""How long after an order its lines may be expected back: longer than it waits for a payment."""

EVERY_SKU: Final = "*"
"""The "SKU" of a removal that empties the whole cart."""


class Kind(StrEnum):
    """What a change does."""

    ADD = "add"
    REMOVE = "remove"
    MERGE = "merge"
    ORDER = "order"
    CANCEL = "cancel"


class Change(msgspec.Struct, frozen=True):
    """What one request asks for; ``quantity`` is 0 except for an add.

    The ``sku`` of a merge is the id of the guest's cart, that of an order and of its cancellation
    the id of the order; neither can be mistaken for a SKU. ``adds`` are the ids of the adds that an
    order holds.
    """

    kind: Kind
    sku: str
    event_id: str
    quantity: int = 0
    adds: frozenset[str] = frozenset()

    @property
    def intent(self) -> tuple[Kind, str, str]:
        """What all requests of one intent have in common."""
        return self.kind, self.sku, ids.tail_of(self.event_id)

    @property
    def rank(self) -> tuple[str, int, list[str]]:
        """Of changes with the same idempotency key the one with the smallest rank counts."""
        return self.event_id, self.quantity, sorted(self.adds)


def change_of(event: Envelope[Any]) -> Change:
    """Return what an event changes in its cart.

    Raises:
        TypeError: the event does not change a cart.
    """
    event_id = event.metadata.event_id
    match event.data:
        case ItemAddedToCart(sku=sku, quantity=quantity):
            return Change(Kind.ADD, sku, event_id, quantity)
        case ItemRemovedFromCart(sku=sku):
            return Change(Kind.REMOVE, sku, event_id)
        case CartCheckedOut():
            return Change(Kind.REMOVE, EVERY_SKU, event_id)
        case GuestCartMerged(guest_cart_id=guest_cart_id):
            return Change(Kind.MERGE, guest_cart_id, event_id)
        case other:
            raise TypeError(f"{type(other).__name__} changes no cart")


class Contact(msgspec.Struct, frozen=True, order=True):
    """How a customer could be reached ``at`` a time: milliseconds in hexadecimal, as in ids."""

    at: str
    email: str
    name: str = ""
    locale: str = ""
    time_zone: str = ""

    def recipient(self, customer_id: str) -> Recipient:
        """Return the customer as a reminder's recipient."""
        facts = self.name or None, self.locale or None, self.time_zone or None
        return Recipient(customer_id, self.email, *facts)


def contact_of(event: Envelope[Any]) -> Contact | None:
    """Return how the customer of an event can be reached, None if it does not say."""
    recipient = event.data.customer.recipient if isinstance(event.data, CustomerEvent) else None
    if recipient is None:
        return None
    at = ids.split(event.metadata.event_id)[0]
    known = recipient.name or "", recipient.locale or "", recipient.time_zone or ""
    return Contact(at, recipient.email, *known)


class PriceSeen(msgspec.Struct, frozen=True, order=True):
    """What a product cost when it was added ``at`` a time: milliseconds in hexadecimal.

    ``unit_price`` is in minor units of ``currency``.
    """

    at: str
    unit_price: int
    currency: str


def price_seen_in(event: Envelope[Any]) -> PriceSeen | None:
    """Return what the product of an add cost, None if the event does not say."""
    match event.data:
        case ItemAddedToCart(unit_price=int(unit_price), currency=str(currency)):
            return PriceSeen(ids.split(event.metadata.event_id)[0], unit_price, currency)
        case _:
            return None


class Cart:
    """A cart as its changes make it at one moment, with the guests' carts merged into it.

    A merge copies nothing. The cart is the union of its own changes and those of the guests'
    carts, computed on every read, so late changes of a guest count as well. A guest's removals
    apply to that guest's adds; a customer's removals since the merge apply to all adds.
    """

    def __init__(
        self,
        changes: Iterable[Change],
        now: datetime,
        guests: Mapping[str, "Cart"] | None = None,
        contact: Contact | None = None,
        prices_seen: Mapping[str, PriceSeen] | None = None,
    ) -> None:
        """Build the cart from changes in any order, with any repetitions.

        ``now`` (UTC) decides which of them are past their :data:`LIFETIME`. ``guests`` are the
        carts that were merged into it, by their ids; others are ignored. ``contact`` is what is
        known last of its owner, ``prices_seen`` what its products cost at their latest adds.
        """
        self.contact = contact
        self.unsold = frozenset[str]()
        self._prices_seen = prices_seen or {}
        self._known = tuple(changes)
        by_key: dict[str, list[Change]] = {}
        for change in self._known:
            by_key.setdefault(ids.key_of(change.event_id), []).append(change)
        counted = list(chain.from_iterable(map(_counted, by_key.values())))
        alive = (one for one in counted if ids.time_of(one.event_id) + LIFETIME > now)
        self._now = now
        self._changes = {one.intent: one for one in alive}
        merges = [(one.event_id, one.sku) for one in counted if one.kind is Kind.MERGE]
        self._first_merges = {sku: event_id for event_id, sku in sorted(merges, reverse=True)}
        self._guests = {
            name: cart.until(self._merged_until(name))
            for name, cart in (guests or {}).items()
            if name in self.merged_at
        }

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Cart)
            and self._changes == other._changes
            and self._guests == other._guests
        )

    def __hash__(self) -> int:
        return hash((frozenset(self._changes.values()), frozenset(self._guests.items())))

    @cached_property
    def merged_at(self) -> dict[str, str]:
        """The guests' carts merged into this one that still matter, by the id of the first merge.

        A check-out after everything that counts of a guest's cart left nothing of it. The first
        merge is remembered when it has expired: what was removed since then stays removed.
        """
        ordered_at = self._high_water_marks.get(EVERY_SKU)
        names = {one.sku for one in self._of(Kind.MERGE)}
        return {
            name: self._first_merges[name]
            for name in sorted(names)
            if ordered_at is None or ids.time_of(ordered_at) <= self._merged_until(name)
        }

    def until(self, at: datetime) -> "Cart":
        """Return the cart without what was asked for after a moment (UTC)."""
        changes = (one for one in self._changes.values() if ids.time_of(one.event_id) <= at)
        return Cart(changes, self._now, prices_seen=self._prices_seen)

    def knowing(self, changes: Iterable[Change]) -> "Cart":
        """Return the cart as it is when it knows of these changes, too."""
        return Cart(
            (*self._known, *changes), self._now, self._guests, self.contact, self._prices_seen
        )

    def takes(self, guest: str, request_id: str) -> bool:
        """Tell whether what a guest asked for counts here, or will once the cart is merged."""
        is_merged = any(one.sku == guest for one in self._of(Kind.MERGE))
        return not is_merged or ids.time_of(request_id) <= self._merged_until(guest)

    def without_sale_of(self, skus: Collection[str]) -> "Cart":
        """Return the cart as it is when it is known that these products are no longer sold."""
        cart = copy(self)
        cart.unsold = frozenset(skus)
        return cart

    def _merged_until(self, guest: str) -> datetime:
        """Return up to when a guest's requests count: some time after the last merge."""
        last = max(one.event_id for one in self._of(Kind.MERGE) if one.sku == guest)
        return ids.time_of(last) + MERGE_GRACE

    @cached_property
    def quantities(self) -> dict[str, int]:
        """The quantity of each SKU in the cart, in the order in which they were added."""
        quantities: dict[str, int] = {}
        for add in sorted(self.adds(), key=lambda change: (change.event_id, change.sku)):
            quantities[add.sku] = quantities.get(add.sku, 0) + add.quantity
        return quantities

    def price_seen(self, sku: str) -> PriceSeen | None:
        """Return what a product cost when it was last added, None if that is not known."""
        carts = [self, *self._guests.values()]
        seen = (cart._prices_seen.get(sku) for cart in carts)  # noqa: SLF001 - a cart, too
        return max(filter(None, seen), default=None)

    @property
    def is_empty(self) -> bool:
        """Whether the cart is empty."""
        return not self.quantities

    @property
    def may_return(self) -> bool:
        """Whether something was ordered so lately that its order may still be cancelled."""
        ordered_at = max(map(ids.time_of, self._ordered_at.values()), default=None)
        return ordered_at is not None and self._now < ordered_at + MAY_RETURN

    @property
    def last_added_at(self) -> datetime | None:
        """When the customer last added something, removed since or not, or merged something (UTC).

        What a guest adds has no wake-up of its own, so it does not count here. Neither does the
        merge of a guest's cart with nothing in it that is sold, or with nothing new since it was
        merged before.
        """
        adds = [one.event_id for one in self._of(Kind.ADD)]
        return max(map(ids.time_of, chain(adds, self._merges_of_something())), default=None)

    def _merges_of_something(self) -> Iterator[str]:
        for name, guest in self._guests.items():
            if not self.unsold.issuperset(guest.quantities):
                added_at = max(ids.time_of(add.event_id) for add in guest._of(Kind.ADD))  # noqa: SLF001
                merges = sorted(one.event_id for one in self._of(Kind.MERGE) if one.sku == name)
                yield from merges[:1]
                yield from (
                    merge for before, merge in pairwise(merges) if ids.time_of(before) < added_at
                )

    @property
    def updated_at(self) -> datetime | None:
        """When the newest change was made (UTC)."""
        times = [ids.time_of(change.event_id) for change in self._changes.values()]
        times += [cart.updated_at for cart in self._guests.values() if cart.updated_at]
        return max(times, default=None)

    def find(self, request_id: str) -> Change | None:
        """Return the change that counts of all requests with the idempotency key of this one."""
        key = ids.key_of(request_id)
        found = (one for one in self._changes.values() if ids.key_of(one.event_id) == key)
        return max(found, key=lambda one: one.rank, default=None)

    def was_undone(self, change: Change, before: str) -> bool:
        """Tell whether a request before this id undid what an add or a removal had done.

        Nothing did before it was done, even if the clock behind an order shows an earlier time.
        """
        if change.kind is Kind.MERGE or before <= change.event_id:
            return False
        if self._is_ordered(change) and self._ordered_at[change.sku] < before:
            return True
        undoing = Kind.ADD if change.kind is Kind.REMOVE else Kind.REMOVE
        return any(
            change.event_id < other.event_id < before
            and (other.sku == change.sku or EVERY_SKU in {other.sku, change.sku})
            for other in self._of(undoing)
        )

    def adds(self) -> Iterator[Change]:
        """Yield the adds that neither a removal nor an order applies to, in any order.

        What a cancelled order holds is back in the cart, but for lines that were ordered since.
        """
        return (add for add in self._unremoved() if not self._is_ordered(add))

    def _is_ordered(self, add: Change) -> bool:
        orders = [order.event_id for order in self._orders_with(add)]
        return bool(orders) and self._ordered_at.get(add.sku, "") >= min(orders)

    def _unremoved(self) -> Iterator[Change]:
        for add in self._of(Kind.ADD):
            if add.event_id > self._removed_at(add.sku):
                yield add
        for name, guest in self._guests.items():
            for add in guest.adds():
                removed_at = self._removed_at(add.sku)
                # Removals before the merge do not apply to the guest's adds.
                if add.event_id > removed_at or removed_at < self.merged_at[name]:
                    yield add

    @cached_property
    def _orders(self) -> tuple[tuple[Change, dict[str, str]], ...]:
        """The orders, each with the ids of the adds that it holds by their tails."""
        return tuple(
            (order, {ids.tail_of(one): one for one in sorted(order.adds)})
            for order in self._of(Kind.ORDER)
        )

    def _orders_with(self, add: Change) -> Iterator[Change]:
        """Yield the orders that hold an add.

        They hold the repetitions of it that came later and were made before, but none of a later
        lifetime of its key.
        """
        tail = ids.tail_of(add.event_id)
        return (order for order, held in self._orders if add.event_id <= held.get(tail, ""))

    @cached_property
    def _ordered_at(self) -> dict[str, str]:
        """The id of the newest order of each SKU that was not cancelled."""
        cancelled = {change.sku for change in self._of(Kind.CANCEL)}
        newest: dict[str, str] = {}
        for add in self._unremoved():
            for order in self._orders_with(add):
                if order.sku not in cancelled:
                    newest[add.sku] = max(order.event_id, newest.get(add.sku, ""))
        return newest

    def _of(self, *kinds: Kind) -> Iterator[Change]:
        return (change for change in self._changes.values() if change.kind in kinds)

    @cached_property
    def _high_water_marks(self) -> dict[str, str]:
        marks: dict[str, str] = {}
        for removal in self._of(Kind.REMOVE):
            marks[removal.sku] = max(removal.event_id, marks.get(removal.sku, ""))
        return marks

    def _removed_at(self, sku: str) -> str:
        """Return the id of the newest removal of ``sku``; adds up to it do not count."""
        return max(self._high_water_marks.get(sku, ""), self._high_water_marks.get(EVERY_SKU, ""))


def _counted(same_key: list[Change]) -> Iterator[Change]:
    """Yield those that count of changes with the same idempotency key: one for each lifetime."""
    until = None
    for change in sorted(same_key, key=lambda one: (one.rank, one.intent)):
        at = ids.time_of(change.event_id)
        if until is None or at >= until:
            until = at + LIFETIME
            yield change
