"""What all items of the table share. Attributes are written as DynamoDB types them."""

from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.domain.cart import LIFETIME, REMEMBERED

# A day more than the domain needs, because the clocks of functions differ.
RETENTION: Final = LIFETIME + timedelta(days=1)
LINE_RETENTION: Final = REMEMBERED + timedelta(days=1)


def key(cart_id: str, sort_key: str) -> dict[str, Any]:
    """Return the primary key of an item that belongs to a cart."""
    return {"pk": {"S": partition(cart_id)}, "sk": {"S": sort_key}}


def partition(cart_id: str) -> str:
    """Return the partition key of everything that is stored about a cart."""
    return f"CART#{cart_id}"


def expires_at(now: datetime, retention: timedelta = RETENTION) -> dict[str, str]:
    """Return the TTL attribute of an item written ``now``, in epoch seconds."""
    return {"N": str(int((now + retention).timestamp()))}
