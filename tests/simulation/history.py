"""A history: what customers and operators do over some days, and how rough the weather is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.faults import ON_CALLS, ON_DELIVERIES, Fault, Kind, Site
from tests.simulation.model import ADD, CHECK_OUT, REMOVE

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SKUS: Final = ("MUG-STONE-350", "TEA-SENCHA-100", "BEANS-ETH-250")
CUSTOMERS: Final = {
    "ada": "ada@example.com",
    "grace": "grace@example.com",
    "bea": "bounce@simulator.amazonses.com",  # her mailbox is gone
}
"""Name → e-mail address."""

OUTAGES: Final = (
    "sesv2",
    "dynamodb",
    "scheduler",
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


@dataclass(frozen=True)
class Step:
    """Something that is begun ``at`` so many seconds after the history's start."""

    at: float


@dataclass(frozen=True)
class Ask(Step):
    """A customer sends a request, up to ``patience`` times until it is accepted."""

    customer: str
    action: str
    sku: str = ""
    quantity: int = 0
    key: str | None = None
    patience: int = 1

    def __str__(self) -> str:
        what = f"{self.quantity} of {self.sku}" if self.action == ADD else self.sku
        key = f" with key {self.key}" if self.key else ""
        return f"{self.customer}: {' '.join(filter(None, (self.action, what)))}{key}"


@dataclass(frozen=True)
class Look(Step):
    """A customer looks at the cart."""

    customer: str

    def __str__(self) -> str:
        return f"{self.customer}: look at the cart"


@dataclass(frozen=True)
class Follow(Step):
    """A customer asks how far the last request has come."""

    customer: str

    def __str__(self) -> str:
        return f"{self.customer}: ask how far the last request has come"


@dataclass(frozen=True)
class Outage(Step):
    """Something, of :data:`OUTAGES`, is out of order for some seconds."""

    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.target} is out of order for {self.seconds / HOUR:.1f} h"


@dataclass(frozen=True)
class Replay(Step):
    """The operator replays what the archive has of the last so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"operator: replay the last {self.seconds / HOUR:.1f} h"


@dataclass(frozen=True)
class Redrive(Step):
    """The operator redrives the reminders' dead-letter queue."""

    def __str__(self) -> str:
        return "operator: redrive the reminders' dead-letter queue"


@dataclass(frozen=True)
class Climate:
    """How likely a call or a delivery is to go wrong, and in which ways."""

    calls: float = 0.0
    deliveries: float = 0.0
    kinds: frozenset[Kind] = frozenset()

    def rates(self) -> dict[Kind, float]:
        """Return the probability of each kind, which together make up those two."""
        rates = {}
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
    faults: dict[Site, Fault] | None = field(default=None)


def history_of(seed: int) -> History:
    """Return the history of a seed; no history has every kind of fault in it."""
    random = Random(f"{seed}/history")
    days = random.uniform(2, 9)
    steps = [*_shopping(random, days), *_disturbances(random, days)]
    climate = Climate(
        calls=random.choice((0, 0.05, 0.1, 0.2, 0.3)),
        deliveries=random.choice((0, 0.1, 0.3, 0.5)),
        kinds=frozenset(random.sample(tuple(Kind), random.randint(2, len(Kind)))),
    )
    return History(seed, tuple(sorted(steps, key=lambda step: step.at)), climate)


def _shopping(random: Random, days: float) -> Iterator[Step]:
    for customer in random.sample(tuple(CUSTOMERS), random.randint(1, len(CUSTOMERS))):
        for _ in range(random.randint(1, 3)):
            at = random.uniform(0, days * DAY)
            for _ in range(random.randint(1, 5)):
                yield from _act(random, at, customer)
                at += random.choice((random.uniform(1, MINUTE), random.uniform(1, 2 * HOUR)))


def _act(random: Random, at: float, customer: str) -> Iterator[Step]:
    if random.random() < 0.15:
        yield random.choice((Look, Follow))(at, customer)
        return
    action = random.choices((ADD, REMOVE, CHECK_OUT), (6, 2, 1))[0]
    key = f"{random.getrandbits(20):05x}" if random.random() < 0.6 else None
    sku = "" if action == CHECK_OUT else random.choice(SKUS)
    quantity = random.randint(1, 5) if action == ADD else 0
    patience = random.choice((1, 3, 8))
    yield Ask(at, customer, action, sku, quantity, key, patience)
    while key and random.random() < 0.3:  # the answer got lost, so the client asks again
        at += random.choice((2 * random.random(), MINUTE, 3 * HOUR, DAY)) + random.random()
        yield Ask(at, customer, action, sku, quantity, key, patience)


def _disturbances(random: Random, days: float) -> Iterator[Step]:
    for _ in range(random.choice((0, 0, 1, 2))):
        length = random.choice((5 * MINUTE, HOUR, 8 * HOUR, DAY))
        yield Outage(random.uniform(0, (days + 1) * DAY), random.choice(OUTAGES), length)
    for _ in range(random.choice((0, 0, 1))):
        yield Replay(random.uniform(0, (days + 3) * DAY), random.uniform(1, days + 3) * DAY)
    for _ in range(random.choice((0, 0, 1))):
        yield Redrive(random.uniform(0, (days + 3) * DAY))
