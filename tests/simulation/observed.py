"""The things that evidence is made of: runs, requests with their answers, and mails."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from infra.local.aws.ses import Mail
from infra.local.engine.sdk import Call
from tests.simulation.model import Request
from tests.support.catalog import LANGUAGE, PRODUCTS

DONE: Final = "done"
"""What stands in a run's trail for a call that AWS did."""

START: Final = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
"""When each history begins."""


_ITEM: Final = re.compile(
    r"^ +(\d+) × (.+) \((?:now )?€(\d+)\.(\d\d) each(?:, was .+)?\)",  # noqa: RUF001 - "times"
    re.MULTILINE,
)
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
        is_of_guest = values[":pk"]["S"].startswith("CART#guest-")
        return {"S": "LINE#"} in values.values() and not is_of_guest


@dataclass(eq=False)
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
    def refusal(self) -> str | None:
        """Why its event was refused for good: the code of the error, None if it was not."""
        return self.result.get("error", {}).get("code") if self.succeeded else None


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
    at: datetime
    window: int
    """The coalescing window that the mail belongs to: that of the last add, by its end."""
    account: int
    """The window of the first mail that told of the same add, or of a later one."""


@dataclass(frozen=True)
class Customer:
    """How somebody who has an account can be reached ``since`` a moment (UTC)."""

    since: datetime
    email: str
    name: str


def lines_in(mail: Mail) -> list[tuple[str, int, int]]:
    """Return what a mail says is in the cart: each SKU with its quantity and its price."""
    found = _ITEM.findall(mail.text or "")
    return sorted(
        (_SKUS[name], int(count), int(whole + cents)) for count, name, whole, cents in found
    )
