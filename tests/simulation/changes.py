"""What changes while people shop: products, settings, addresses, and who merges many guests."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from tests.simulation.cast import CUSTOMERS, SKUS
from tests.simulation.model import ADD, CHECK_OUT, MAX_MERGED, MERGE, REMOVE
from tests.simulation.steps import Ask, ChangeProduct, Deploy, Look, Move, Step
from tests.support.seconds import DAY, HOUR, MINUTE

_WINDOWS: Final = (60, 600, 3_600)
_DELAYS: Final = (3 * HOUR, DAY, 36 * HOUR)
_COLLECTED: Final = tuple(f"visitor {number}" for number in range(1, MAX_MERGED + 4))


def changes(random: Random, days: float, shopping: Sequence[Step]) -> Iterator[Step]:
    """Yield what operators change in some histories, and what customers do besides ``shopping``."""
    adds = [step for step in shopping if isinstance(step, Ask) and step.action == ADD]
    if adds and random.random() < 0.4:
        yield from _products(random, adds)
    if random.random() < 0.3:
        yield from _deployments(random, days)
    if adds and random.random() < 0.3:
        yield from _moves(random, adds)
    if random.random() < 0.05:
        yield from _collection(random, days)


def _products(random: Random, adds: Sequence[Ask]) -> Iterator[Step]:
    """Yield changes of products soon after they were added, or when their reminder is due."""
    for _ in range(random.randint(1, 3)):
        add = random.choice(adds)
        at = add.at + random.choice((MINUTE, 2 * HOUR, 2 * DAY)) * random.random()
        if random.random() < 0.4:
            yield ChangeProduct(at, add.sku, price=random.randint(1, 200) * 50)
            continue
        yield ChangeProduct(at, add.sku, withdrawn=True)
        if random.random() < 0.7:
            at += random.choice((MINUTE, HOUR, DAY)) * random.random()
            yield ChangeProduct(at, add.sku, random.choice((None, 700)), withdrawn=False)


def _deployments(random: Random, days: float) -> Iterator[Step]:
    for _ in range(random.randint(1, 3)):
        at = random.uniform(0, (days + 1) * DAY)
        yield Deploy(at, random.choice(_WINDOWS), random.choice(_DELAYS))


def _moves(random: Random, adds: Sequence[Ask]) -> Iterator[Step]:
    """Yield moves of customers soon after an add, each followed by another add or not."""
    for number in range(random.randint(1, 3)):
        add = random.choice(adds)
        if add.shopper not in CUSTOMERS:
            continue
        at = add.at + random.choice((MINUTE, HOUR, 2 * DAY)) * random.random()
        name = f"{add.shopper.title()} the {number + 2}."
        yield Move(at, add.shopper, f"{add.shopper}.{at:.0f}@example.com", name)
        if random.random() < 0.7:
            yield replace(add, at=at + MINUTE * random.random(), key=None)


def _collection(random: Random, days: float) -> Iterator[Step]:
    """Yield the merges of a customer who signs in again and again, of whom some are too many."""
    at, customer = random.uniform(0, days * DAY), random.choice(tuple(CUSTOMERS))
    for guest in _COLLECTED:
        key = f"{random.getrandbits(20):05x}"
        yield Ask(at, guest, ADD, random.choice(SKUS), 1, key=key, patience=8)
        at += random.uniform(1, MINUTE)
        yield Ask(at, customer, MERGE, key=key, patience=8, guest=guest)
        at += random.choice((1, MINUTE, 2 * HOUR)) * random.random()
        if random.random() < 0.2:
            action = random.choice((REMOVE, CHECK_OUT))
            sku = random.choice(SKUS) if action == REMOVE else ""
            yield Ask(at, customer, action, sku, patience=3)
    yield Look(at + MINUTE, customer)
