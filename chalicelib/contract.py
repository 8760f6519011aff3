"""What the HTTP API takes and answers, one typed class per body.

Amounts are integer minor units (cents) of the named currency, times are UTC in ISO 8601.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from chalicelib.domain.catalog import Product
from chalicelib.domain.pricing import LineItem


class AddItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /cart``: put ``quantity`` (1 to 99) more of a product into the cart."""

    sku: str
    quantity: int


class Links(msgspec.Struct, frozen=True):
    """Where to look next; paths on the same host."""

    status: str
    cart: str


class Accepted(msgspec.Struct, frozen=True):
    """The request is on its way; ``links.status`` tells how it went."""

    request_id: str
    links: Links
    status: str = "accepted"


class Status(StrEnum):
    """How far a request has come."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str
    message: str
    details: dict[str, object] | None = None


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The one shape of every error."""

    error: ErrorBody


class RequestStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """``GET /cart/requests/{request_id}``.

    Attributes:
        line: the line item as it is now, if the request succeeded and concerned one product.
        job: what was asked for, if the request failed.
        error: why it failed.
    """

    request_id: str
    status: Status
    line: LineItem | None = None
    job: dict[str, Any] | None = None
    error: ErrorBody | None = None


class CartAnswer(msgspec.Struct, frozen=True):
    """``GET /cart``; ``reminder_due_at`` is when a mail comes if the cart is left as it is."""

    items: tuple[LineItem, ...]
    total: int
    currency: str
    updated_at: datetime | None
    reminder_due_at: datetime | None


class Products(msgspec.Struct, frozen=True):
    """``GET /products``."""

    currency: str
    products: tuple[Product, ...]
