"""The things that evidence is made of: runs, requests with their answers, and mails."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from zlib import crc32

from infra.local.aws.ses import Mail
from infra.local.engine.sdk import Call
from tests.simulation.model import Cart, Request
from tests.support.catalog import LANGUAGE, PRODUCTS

DONE: Final = "done"
"""What stands in a run's trail for a call that AWS did."""

DELAY: Final = timedelta(days=1)
WINDOW: Final = timedelta(hours=1)

_ITEM: Final = re.compile(r"^ +(\d+) × (.+) \(.+ each\)", re.MULTILINE)  # noqa: RUF001 - "times"
_SKUS: Final = {product.name_in(LANGUAGE): product.sku for product in PRODUCTS}


class Moment(NamedTuple):
    """A time (UTC), and a number that grows: at one time, too, there is a before and an after."""

    time: datetime
    number: int


class Tried(NamedTuple):
    """A call that a run made: what became of it, and when."""

    what: str
    call: Call
    at: Moment

    def is_done(self, operation: str) -> bool:
        """Whether it is of this operation, and AWS did it."""
        return (self.what, self.call.operation) == (DONE, operation)

    @property
    def reads_a_customers_cart(self) -> bool:
        """Whether it is the query for a customer's own changes; guests' are queried after it."""
        if self.call.operation != "Query":
            return False
        values = self.call.parameters["ExpressionAttributeValues"]
        return ":line" in values and not values[":pk"]["S"].startswith("CART#guest-")


@dataclass
class Run:
    """One run of a function: what it was given, what happened to its calls, how it ended."""

    function: str
    payload: Any
    deadline: datetime
    trail: list[Tried] = field(default_factory=list)
    ended_at: Moment = field(init=False)
    succeeded: bool = False
    result: Any = None
    error: Exception | None = None

    @property
    def did_something(self) -> bool:
        """Whether AWS did anything for it."""
        return any(tried.what == DONE for tried in self.trail)

    @property
    def last_read_at(self) -> Moment | None:
        """When it last read a customer's cart, if it did."""
        reads = (tried for tried in self.trail if tried.reads_a_customers_cart)
        return max((read.at for read in reads if read.what == DONE), default=None)

    @property
    def refused_a_merge(self) -> bool:
        """Whether it was told of a merge whose guest is another customer's already."""
        return self.succeeded and self.result.get("error", {}).get("code") == "guest_cart_taken"


@dataclass
class Asked:
    """A request and how it was answered; ``status`` is 0 as long as it is not."""

    request: Request
    status: int = 0
    request_id: str | None = None

    def __str__(self) -> str:
        request = self.request
        facts = request.action, request.sku, request.guest, str(request.quantity or "")
        what = " ".join(filter(None, facts))
        return f"{request.shopper}'s “{what}” of {request.at:%a %d %H:%M:%S}"

    @property
    def accepted(self) -> bool:
        """Whether the customer was promised that it will be done."""
        return self.status == 202


@dataclass(frozen=True)
class Received:
    """A mail that a customer got, and the cart that it was about."""

    customer: str
    cart_id: str
    at: datetime
    cart: Cart

    @property
    def window(self) -> int | None:
        """The coalescing window of the last add, which the mail is accounted to."""
        last_add, window = self.cart.last_add, int(WINDOW.total_seconds())
        if last_add is None:
            return None
        return (int(last_add.timestamp()) - crc32(self.cart_id.encode()) % window) // window


@dataclass(frozen=True)
class Customer:
    """Somebody who shops and has an account."""

    email: str
    name: str


def quantities_in(mail: Mail) -> tuple[tuple[str, int], ...]:
    """Return what a mail says is in the cart, as a cart's quantities are told."""
    found = _ITEM.findall(mail.text or "")
    return tuple(sorted((_SKUS[name], int(count)) for count, name in found))
