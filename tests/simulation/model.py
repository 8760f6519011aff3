"""What a cart must hold, in a few lines that know nothing of how the system does it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, combinations

GRACE = timedelta(hours=1)
"""How long after a merge a guest may still do something to the customer's cart."""

MAX_MERGED = 4
"""How many guests' carts a customer may merge in a history: fewer than elsewhere, to get there."""

ADD, REMOVE, CHECK_OUT, MERGE = "add", "remove", "check out", "merge"
ORDER, CANCEL = "order", "cancel"

Intent = tuple[str, str, str]
"""What repetitions of an add have in common: who added, the key (or the time), and the SKU."""


@dataclass(frozen=True)
class Request:
    """What a shopper asked for ``at`` a moment (UTC), maybe with an idempotency ``key``.

    A shopper is a customer or a guest; a merge is a customer's, of a ``guest``'s cart. An order
    holds ``adds``, and has its id, as its cancellation does, in place of a SKU.
    """

    shopper: str
    at: datetime
    action: str
    sku: str = ""
    quantity: int = 0
    key: str | None = None
    guest: str = ""
    adds: frozenset[Intent] = frozenset()

    @property
    def intent(self) -> Intent:
        """What all its repetitions have in common."""
        return self.shopper, self.key or f"at {self.at}", self.sku


@dataclass(frozen=True)
class Cart:
    """The quantity of each SKU, sorted, and when its owner last added or merged (UTC).

    ``last_contact`` is when its owner last said how to be reached: a merge of nothing says that,
    too, and is not an add.
    """

    quantities: tuple[tuple[str, int], ...]
    last_add: datetime | None
    last_contact: datetime | None = None

    def without(self, skus: Collection[str]) -> tuple[tuple[str, int], ...]:
        """Return the quantities but for those of some SKUs."""
        return tuple(each for each in self.quantities if each[0] not in skus)


def cart(requests: Iterable[Request], owner: str, unsold: Collection[str] = ()) -> Cart:
    """Return the cart of ``owner``, a customer or a guest, as these requests make it.

    To merge nothing but what is in the cart and ``unsold`` is no shopping.
    """
    requests = list(requests)
    whole = _cart(requests, owner, ())
    return _cart(requests, owner, {sku for sku, _ in whole.quantities} & set(unsold))


def _cart(requests: Sequence[Request], owner: str, unsold: Collection[str]) -> Cart:
    """Return a cart, where it is known which of its products are no longer sold.

    Each shopper has a pile. The cart is the owner's pile and those of the guests merged, and what
    the owner removes is taken from all that are in the cart by then. A guest's cart is nobody's to
    look into once it was merged.
    """
    if any(each.action == MERGE and each.guest == owner for each in requests):
        return Cart((), None)
    piles, merged, last_add = defaultdict[str, list[Request]](list), {owner}, None
    in_order, merges = intents(requests), list[tuple[datetime, str]]()
    for request in _without_late_guests(in_order, owner):
        is_owners = request.shopper == owner
        if request.action == ADD:
            piles[request.shopper].append(request)
        elif request.action == MERGE and is_owners:
            merged.add(request.guest)
        elif request.action in {REMOVE, CHECK_OUT}:
            for name in merged if is_owners else {request.shopper}:
                piles[name] = [add for add in piles[name] if request.sku not in {add.sku, ""}]
        if is_owners and request.action == ADD:
            last_add = request.at
        if is_owners and request.action == MERGE:
            mine = [
                each
                for each in _without_late_guests(in_order, owner)
                if each.shopper == request.guest
            ]
            before = max((at for at, name in merges if name == request.guest), default=None)
            is_new = before is None or any(each.action == ADD and each.at > before for each in mine)
            is_something = bool(_cart(mine, request.guest, ()).without(unsold))
            last_add = request.at if is_new and is_something else last_add
            merges.append((request.at, request.guest))
    together = Counter[str]()
    for add in _unordered([add for name in merged for add in piles[name]], in_order):
        together[add.sku] += add.quantity
    said = [each.at for each in in_order if each.shopper == owner and each.action in {ADD, MERGE}]
    return Cart(tuple(sorted(together.items())), last_add, max(said, default=None))


def _unordered(adds: Iterable[Request], requests: Sequence[Request]) -> Iterator[Request]:
    """Yield the adds that are in no order.

    What a cancelled order held has returned, unless the product was ordered since.
    """
    orders = [each for each in requests if each.action == ORDER]
    cancelled = {each.sku for each in requests if each.action == CANCEL}
    ordered_at = defaultdict[str, list[datetime]](list)
    for order in orders:
        for _, _, sku in order.adds if order.sku not in cancelled else ():
            ordered_at[sku].append(order.at)
    for add in adds:
        held_at = [order.at for order in orders if add.intent in order.adds]
        if not held_at or all(at < min(held_at) for at in ordered_at[add.sku]):
            yield add


def _without_late_guests(requests: Sequence[Request], owner: str) -> Iterator[Request]:
    """Yield the requests but those that a guest made long after the owner's last merge."""
    merges = [each for each in requests if each.action == MERGE and each.shopper == owner]
    until = {merge.guest: merge.at + GRACE for merge in sorted(merges, key=lambda each: each.at)}
    return (each for each in requests if each.at <= until.get(each.shopper, each.at))


def intents(requests: Iterable[Request]) -> list[Request]:
    """Return the requests in their order, of those with the same key only the first."""
    first = dict[tuple[Intent, str, str], Request]()
    for request in sorted(requests, key=lambda request: request.at):
        first.setdefault((request.intent, request.action, request.guest), request)
    return list(first.values())


def possible_carts(
    certain: Sequence[Request],
    uncertain: Sequence[Request],
    owner: str,
    unsold: Collection[str] = (),
) -> Iterator[Cart]:
    """Return the carts there can be if each uncertain request was done or was not.

    The likeliest comes first: that none of them was.
    """
    counts = range(len(uncertain) + 1)
    subsets = chain.from_iterable(combinations(uncertain, count) for count in counts)
    return (cart([*certain, *subset], owner, unsold) for subset in subsets)
