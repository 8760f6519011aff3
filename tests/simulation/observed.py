"""The things that evidence is made of: runs, requests with their answers, and mails."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain import catalog
from infra.local.inbox import Mail
from infra.local.sdk import Call
from tests.simulation.model import Cart, Request

DONE: Final = "done"
"""What stands in a run's trail for a call that AWS did."""

DELAY: Final = timedelta(days=1)
WINDOW: Final = timedelta(hours=1)

_ITEM: Final = re.compile(r"^ +(\d+) × (.+) \(.+ each\)", re.MULTILINE)  # noqa: RUF001 - "times"
_SKUS: Final = {product.name: product.sku for product in catalog.PRODUCTS}


@dataclass
class Run:
    """One run of a function: what it was given, what happened to its calls, how it ended."""

    function: str
    payload: Any
    deadline: datetime
    trail: list[tuple[str, Call]] = field(default_factory=list)
    ended_at: datetime | None = None
    succeeded: bool = False
    result: Any = None
    error: Exception | None = None

    @property
    def did_something(self) -> bool:
        """Whether AWS did anything for it."""
        return any(what == DONE for what, _ in self.trail)

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
    at: datetime
    cart: Cart

    @property
    def window(self) -> int | None:
        """The coalescing window of the last add, which the mail is accounted to."""
        last_add = self.cart.last_add
        return None if last_add is None else int(last_add.timestamp() // WINDOW.total_seconds())


@dataclass(frozen=True)
class Customer:
    """Somebody who shops and has an account."""

    email: str
    name: str


def quantities_in(mail: Mail) -> tuple[tuple[str, int], ...]:
    """Return what a mail says is in the cart, as a cart's quantities are told."""
    found = _ITEM.findall(mail.text or "")
    return tuple(sorted((_SKUS[name], int(count)) for count, name in found))
