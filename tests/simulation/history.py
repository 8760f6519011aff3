"""A history: what customers and operators do over some days, and how rough the weather is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from random import Random
from typing import Final

from tests.simulation.cast import CUSTOMERS, GUESTS, SKUS
from tests.simulation.changes import changes
from tests.simulation.clocks import MAX_OFF
from tests.simulation.faults import ON_CALLS, ON_DELIVERIES, Fault, Kind, Site
from tests.simulation.model import ADD, CHECK_OUT, MERGE, REMOVE
from tests.simulation.parts import PARTS
from tests.simulation.steps import Ask, Follow, Look, Outage, Redrive, Replay, Step, Unsubscribe
from tests.support.seconds import DAY, HOUR, MINUTE

OUTAGES: Final = (
    "sesv2",
    "dynamodb",
    "scheduler",
    "ssm",
    "events",
    "persist_cart",
    "schedule_reminder",
    "send_reminder",
    "record_failure",
    "suppress_address",
    "target:cart-local-persist_cart",
    "target:cart-local-schedule_reminder",
    "target:cart-reminders-local",
)
"""What can be out of order for hours: a service, a function, or the way to a rule's target."""


RUSH: Final = frozenset({Kind.DUPLICATED, Kind.STALLED_BEFORE, Kind.STALLED_AFTER})
"""What makes two runs do the same job at the same time."""


@dataclass(frozen=True)
class Climate:
    """How likely a call or a delivery is to go wrong, and in which ways.

    The functions' clocks are off by ``clocks`` at most.
    """

    calls: float = 0.0
    deliveries: float = 0.0
    kinds: frozenset[Kind] = frozenset()
    clocks: timedelta = timedelta()

    def rates(self) -> dict[Kind, float]:
        """Return the probability of each kind, which together make up those two."""
        rates: dict[Kind, float] = {}
        for rate, family in ((self.calls, ON_CALLS), (self.deliveries, ON_DELIVERIES)):
            kinds = [kind for kind in family if kind in self.kinds]
            rates |= {kind: rate / len(kinds) for kind in kinds}
        return rates


@dataclass(frozen=True)
class History:
    """What is played: the steps and, unless the weather is to make them up, the faults."""

    seed: int
    steps: tuple[Step, ...]
    climate: Climate = Climate()
    faults: dict[Site, Fault] | None = None


def history_of(seed: int) -> History:
    """Return the history of a seed; no history has every kind of fault in it."""
    random = Random(f"{seed}/history")
    days = random.uniform(2, 9)
    steps = [*_shopping(random, days), *_visits(random, days), *_operations(random, days)]
    steps += changes(Random(f"{seed}/changes"), days, steps)
    for name, part in PARTS.items():
        steps += part.steps(Random(f"{seed}/{name}"), tuple(steps))
    steps += [_outage(random, random.choice(steps)) for _ in range(random.choice((0, 1, 1, 2)))]
    return History(seed, tuple(sorted(steps, key=lambda step: step.at)), _climate(random))


def _climate(random: Random) -> Climate:
    clocks = random.choice((timedelta(), MAX_OFF / 10, MAX_OFF))
    if random.random() < 0.15:
        return Climate(calls=0.3, deliveries=0.5, kinds=RUSH, clocks=clocks)
    kinds = random.sample(tuple(Kind), random.randint(2, len(Kind)))
    return Climate(
        calls=random.choice((0, 0.05, 0.1, 0.2, 0.3)),
        deliveries=random.choice((0, 0.1, 0.3, 0.5)),
        kinds=frozenset(kinds),
        clocks=clocks,
    )


def _shopping(random: Random, days: float) -> Iterator[Step]:
    for customer in random.sample(tuple(CUSTOMERS), random.randint(1, len(CUSTOMERS))):
        for _ in range(random.randint(1, 3)):
            at = random.uniform(0, days * DAY)
            for _ in range(random.randint(1, 5)):
                yield from _act(random, at, customer)
                at += random.choice((random.uniform(1, MINUTE), random.uniform(1, 2 * HOUR)))


def _visits(random: Random, days: float) -> Iterator[Step]:
    """Yield what guests do before somebody merges them, and what is done about that time."""
    for guest in random.sample(GUESTS, random.choice((0, 1, 1, 2))):
        at = random.uniform(0, days * DAY)
        for _ in range(random.randint(1, 4)):
            yield from _act(random, at, guest)
            at += _pause(random)
        # One signs in, or two do at the same browser, of whom the second is to be refused.
        customers = random.sample(tuple(CUSTOMERS), random.choice((0, 1, 1, 1, 2)))
        for customer in customers:
            yield from _merge(random, at, customer, guest)
            at += _pause(random)
            for shopper in random.choices((customer, guest), k=random.randint(0, 3)):
                yield from _act(random, at, shopper)
                at += _pause(random)


def _pause(random: Random) -> float:
    return random.choice(
        (2 * random.random(), random.uniform(1, MINUTE), random.uniform(1, 2 * HOUR))
    )


def _merge(random: Random, at: float, customer: str, guest: str) -> Iterator[Step]:
    yield from _ask(random, Ask(at, customer, MERGE, guest=guest))
    while random.random() < 0.3:  # signed in on another page, which merges as well
        at += random.choice((random.random(), MINUTE, 3 * HOUR, DAY))
        yield from _ask(random, Ask(at, customer, MERGE, guest=guest))


def _act(random: Random, at: float, shopper: str) -> Iterator[Step]:
    if random.random() < 0.15:
        yield random.choice((Look, Follow))(at, shopper)
        return
    actions = (ADD, REMOVE, CHECK_OUT) if shopper in CUSTOMERS else (ADD, REMOVE)
    action = random.choices(actions, (6, 2, 1)[: len(actions)])[0]
    sku = "" if action == CHECK_OUT else random.choice(SKUS)
    quantity = random.randint(1, 5) if action == ADD else 0
    yield from _ask(random, Ask(at, shopper, action, sku, quantity))


def _ask(random: Random, ask: Ask) -> Iterator[Step]:
    key = f"{random.getrandbits(20):05x}" if random.random() < 0.6 else None
    ask = replace(ask, key=key, patience=random.choice((1, 3, 8)))
    yield ask
    while key and random.random() < 0.3:  # the answer got lost, so the client asks again
        pause = random.choice((2 * random.random(), MINUTE, 3 * HOUR, DAY)) + random.random()
        ask = replace(ask, at=ask.at + pause)
        yield ask


def _operations(random: Random, days: float) -> Iterator[Step]:
    for _ in range(random.choice((0, 0, 1))):
        yield Replay(random.uniform(0, (days + 3) * DAY), random.uniform(1, days + 3) * DAY)
    for _ in range(random.choice((0, 0, 1))):
        yield Unsubscribe(random.uniform(DAY, (days + 1) * DAY), random.choice(tuple(CUSTOMERS)))
    for _ in range(random.choice((0, 0, 1))):
        yield Redrive(random.uniform(0, (days + 3) * DAY))


def _outage(random: Random, step: Step) -> Outage:
    """Return an outage about the time of a step, or about the time that its reminder is due."""
    length = random.choice((5 * MINUTE, HOUR, 8 * HOUR, DAY))
    at = step.at + random.choice((0, 0, DAY + HOUR)) - random.uniform(0, length)
    targets = chain(OUTAGES, *(part.OUTAGES for part in PARTS.values()))
    return Outage(max(at, 0), random.choice([*targets]), length)
