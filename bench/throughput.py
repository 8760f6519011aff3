"""How many adds a second the local cloud takes through the whole chain, in CPU time.

Each add is a request, its events, both consumers, their results and the record of these.
"""

import time
from collections.abc import Iterator
from typing import Final

from bench.operations import SKUS, Shop, shop
from tests.support.shopper import Shopper

CUSTOMERS: Final = (10, 100, 1_000, 10_000)
_ADDS: Final = 100
_TIMES: Final = 10  # of which the quickest counts: the others were disturbed


def adds_per_second() -> Iterator[tuple[int, float]]:
    """Yield the number of customers that have a cart and a reminder, and the adds a second."""
    with shop() as one:
        _seconds(one, "once")  # what is done once only, like making clients
        there = 0
        for customers in CUSTOMERS:
            one.fill_other_carts(customers, since=there)
            there = customers
            yield customers, _ADDS / min(_seconds(one, f"{customers}-{n}") for n in range(_TIMES))


def _seconds(one: Shop, name: str) -> float:
    """Return the seconds of CPU time that the adds of somebody new take.

    Of somebody new, because moto takes the longer the more changes a line of the cart holds.
    """
    somebody = Shopper(one.cloud, f"{name}@example.com", name)
    somebody.add(SKUS[0])
    one.cloud.advance(1)
    started = time.process_time()
    for number in range(_ADDS):
        somebody.add(SKUS[number % len(SKUS)])
        one.cloud.settle()
    return time.process_time() - started
