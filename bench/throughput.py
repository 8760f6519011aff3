"""How many adds a second the local cloud takes through the whole chain, in CPU time.

Each add is a request, its events, both consumers, their results and the record of these.
"""

import time
from collections.abc import Iterator
from typing import Final

from bench.operations import SKUS, Shop, shop

CUSTOMERS: Final = (10, 100, 1_000, 10_000)
_ADDS: Final = 100


def adds_per_second() -> Iterator[tuple[int, float]]:
    """Yield the number of customers that have a cart and a reminder, and the adds a second."""
    with shop() as one:
        _add(one, _ADDS)  # what is done once only, like making clients
        there = 0
        for customers in CUSTOMERS:
            one.fill_other_carts(customers, since=there)
            there = customers
            yield customers, _ADDS / _add(one, _ADDS)


def _add(one: Shop, times: int) -> float:
    """Return the seconds of CPU time that so many adds take."""
    one.cloud.advance(1)
    started = time.process_time()
    for number in range(times):
        one.ada.add(SKUS[number % len(SKUS)])
        one.cloud.settle()
    return time.process_time() - started
