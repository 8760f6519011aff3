"""The steps that a history is made of: what customers and operators do, and what breaks down."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.model import ADD
from tests.support.seconds import DAY, HOUR

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(frozen=True)
class Step:
    """Something that is begun ``at`` so many seconds after the history's start."""

    at: float


@dataclass(frozen=True)
class Action(Step):
    """A step of a kind that an extension brings, which knows how it is taken."""

    def take(self, world: "World") -> None:
        """Take it, in a world."""
        raise NotImplementedError


@dataclass(frozen=True)
class Ask(Step):
    """A customer or guest sends a request, up to ``patience`` times until it is accepted."""

    shopper: str
    action: str
    sku: str = ""
    quantity: int = 0
    key: str | None = None
    patience: int = 1
    guest: str = ""

    def __str__(self) -> str:
        what = f"{self.quantity} of {self.sku}" if self.action == ADD else self.sku or self.guest
        key = f" with key {self.key}" if self.key else ""
        return f"{self.shopper}: {' '.join(filter(None, (self.action, what)))}{key}"


@dataclass(frozen=True)
class Look(Step):
    """A shopper looks at the cart."""

    shopper: str

    def __str__(self) -> str:
        return f"{self.shopper}: look at the cart"


@dataclass(frozen=True)
class Follow(Step):
    """A shopper asks how far the last request has come."""

    shopper: str

    def __str__(self) -> str:
        return f"{self.shopper}: ask how far the last request has come"


@dataclass(frozen=True)
class Unsubscribe(Step):
    """A customer has the reminders stopped, by the link in the last of them."""

    customer: str

    def __str__(self) -> str:
        return f"{self.customer}: no more reminders"


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
class Deploy(Step):
    """The operator deploys with windows and a delay of reminders of other lengths, in seconds."""

    window: int
    delay: int = DAY

    def __str__(self) -> str:
        return f"operator: deploy with windows of {self.window} s and a delay of {self.delay} s"


@dataclass(frozen=True)
class ChangeProduct(Step):
    """The operator reprices a product, withdraws it, or sells it again; what is None stays."""

    sku: str
    price: int | None = None
    withdrawn: bool | None = None

    def __str__(self) -> str:
        price = "" if self.price is None else f" costs {self.price}"
        sold = "" if self.withdrawn is None else f" is {'withdrawn' if self.withdrawn else 'sold'}"
        return f"operator: {self.sku}{price}{sold}"


@dataclass(frozen=True)
class Move(Step):
    """A customer gets another address and another name."""

    customer: str
    email: str
    name: str

    def __str__(self) -> str:
        return f"{self.customer}: is {self.name} <{self.email}> from now on"


@dataclass(frozen=True)
class Redrive(Step):
    """The operator redrives the reminders' dead-letter queue."""

    def __str__(self) -> str:
        return "operator: redrive the reminders' dead-letter queue"
