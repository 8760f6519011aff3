"""What a cart must hold, in ten lines that know nothing of how the system does it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, combinations

ADD, REMOVE, CHECK_OUT = "add", "remove", "check out"


@dataclass(frozen=True)
class Request:
    """What a customer asked for ``at`` a moment (UTC), maybe with an idempotency ``key``."""

    customer: str
    at: datetime
    action: str
    sku: str = ""
    quantity: int = 0
    key: str | None = None


@dataclass(frozen=True)
class Cart:
    """The quantity of each SKU, sorted, and when something was last added (UTC)."""

    quantities: tuple[tuple[str, int], ...]
    last_add: datetime | None


def cart(requests: Iterable[Request]) -> Cart:
    """Return what these requests make of an empty cart; of those with one key the first counts."""
    quantities, last_add, seen = dict[str, int](), None, set[tuple[str, str, str]]()
    for request in sorted(requests, key=lambda request: request.at):
        intent = request.key or f"at {request.at}", request.action, request.sku
        if intent not in seen and request.action == ADD:
            quantities[request.sku] = quantities.get(request.sku, 0) + request.quantity
            last_add = request.at
        elif intent not in seen:
            gone = [request.sku] if request.action == REMOVE else list(quantities)
            quantities = {sku: quantities[sku] for sku in quantities if sku not in gone}
        seen.add(intent)
    return Cart(tuple(sorted(quantities.items())), last_add)


def possible_carts(certain: Sequence[Request], uncertain: Sequence[Request]) -> Iterator[Cart]:
    """Return the carts there can be if each uncertain request was done or was not.

    The likeliest comes first: that none of them was.
    """
    counts = range(len(uncertain) + 1)
    subsets = chain.from_iterable(combinations(uncertain, count) for count in counts)
    return (cart([*certain, *subset]) for subset in subsets)
