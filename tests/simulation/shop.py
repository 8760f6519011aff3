"""The shop as its operators have it: what is sold at which price, and how reminders are set."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zlib import crc32

from tests.simulation.steps import ChangeProduct
from tests.support.catalog import DELAY, PRODUCTS, WINDOW

LONGEST_WINDOW: Final = timedelta(days=1)


class Deployment(NamedTuple):
    """How long coalescing windows, and the delay of reminders after them, are since ``at``."""

    at: datetime
    window: timedelta
    delay: timedelta


class Shop:
    """What operators deploy and change, with the times (UTC) at which they did."""

    def __init__(self, begun_at: datetime) -> None:
        self.prices = {product.sku: product.unit_price for product in PRODUCTS}
        self.withdrawn: frozenset[str] = frozenset()
        self._withdrawn_since = [(begun_at, self.withdrawn)]
        self._deployments = [Deployment(begun_at, WINDOW, DELAY)]

    def deployed(self, deployment: Deployment) -> None:
        """Note settings that count from now on."""
        self._deployments.append(deployment)

    def changed(self, at: datetime, step: ChangeProduct) -> None:
        """Note what an operator changed of a product."""
        if step.price is not None:
            self.prices[step.sku] = step.price
        if step.withdrawn is not None:
            others = self.withdrawn - {step.sku}
            self.withdrawn = others | {step.sku} if step.withdrawn else others
            self._withdrawn_since.append((at, self.withdrawn))

    def window_of(self, cart_id: str, at: datetime) -> int:
        """Return the window of a cart that ``at`` falls in now: its end, in epoch seconds."""
        length = int(self._deployments[-1].window.total_seconds())
        offset = crc32(cart_id.encode()) % length
        return ((int(at.timestamp()) - offset) // length + 1) * length + offset

    def shortest_delay(self, last_add: datetime) -> timedelta:
        """Return the shortest delay in force since the window of an add may have begun."""
        since = last_add - LONGEST_WINDOW
        ends = [*(each.at for each in self._deployments[1:]), None]
        pairs = zip(self._deployments, ends, strict=True)
        return min(each.delay for each, end in pairs if end is None or end > since)

    @property
    def withdrawals(self) -> Iterator[frozenset[str]]:
        """What was withdrawn at one time or another."""
        return (withdrawn for _, withdrawn in self._withdrawn_since)

    def was_sold_out(self, skus: Collection[str], since: datetime) -> bool:
        """Tell whether there was a moment since then when none of these was on sale."""
        ends = [*(at for at, _ in self._withdrawn_since[1:]), None]
        pairs = zip(self._withdrawn_since, ends, strict=True)
        return any(
            withdrawn.issuperset(skus)
            for (_, withdrawn), end in pairs
            if end is None or end > since
        )
