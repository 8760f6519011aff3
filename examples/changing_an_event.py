"""``ItemAddedToCart`` 2.0, as docs/changing-an-event.md works it through."""

from typing import Any, ClassVar

import msgspec

from chalicelib.domain import events
from chalicelib.domain.events import Sku


def from_1(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of 1.x as that of 2.0."""
    return {**data, "product": data["sku"]}


class ItemAddedToCart(events.ItemAddedToCart, frozen=True, kw_only=True):
    """A customer, or a guest, put more of a product into the cart."""

    version = "2.0"
    older: ClassVar = {1: from_1}

    sku: Sku = msgspec.field(name="product")
