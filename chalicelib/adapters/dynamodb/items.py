"""What all items of the table share, and writes of items as plain text and numbers.

A write may have a condition, such as ``"version = :version"``, whose values are given by name.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.domain.cart import LIFETIME, REMEMBERED

# A day more than the domain needs, because the clocks of functions differ.
RETENTION: Final = LIFETIME + timedelta(days=1)
LINE_RETENTION: Final = REMEMBERED + timedelta(days=1)


Item = dict[str, Any]

ABSENT: Final = "attribute_not_exists(pk)"
"""The condition that there is no such item yet."""


class Write(NamedTuple):
    """A write that has not been made: the operation of a transaction, and its parameters."""

    operation: str
    parameters: Mapping[str, Any]


def put(item: Item, when: str = "", **values: str | int) -> Write:
    """Write an item, which has a ``pk`` and an ``sk``, in place of the one that is there."""
    return Write("Put", {"Item": typed(item), **_condition(when, values)})


def add(pk: str, sk: str, attribute: str, number: int, when: str = "", **values: int) -> Write:
    """Add a number to an attribute; where there is none, it is 0."""
    return Write(
        "Update",
        {
            "Key": typed({"pk": pk, "sk": sk}),
            "UpdateExpression": f"ADD {attribute} :added",
            **_condition(when, {**values, "added": number}),
        },
    )


def _condition(when: str, values: Mapping[str, str | int]) -> Item:
    named = {f":{name}": value for name, value in values.items()}
    return {
        **({"ConditionExpression": when} if when else {}),
        **({"ExpressionAttributeValues": typed(named)} if named else {}),
    }


def typed(item: Mapping[str, str | int]) -> Item:
    """Return an item as DynamoDB types it."""
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
        for name, value in item.items()
    }


def plain(item: Mapping[str, Any]) -> Item:
    """Return the text and the whole numbers of an item that DynamoDB has typed."""
    return {
        name: int(value["N"]) if "N" in value else value["S"]
        for name, value in item.items()
        if value.keys() & {"N", "S"}
    }


def key(cart_id: str, sort_key: str) -> Item:
    """Return the primary key of an item that belongs to a cart, as DynamoDB types it."""
    return typed({"pk": partition(cart_id), "sk": sort_key})


def partition(cart_id: str) -> str:
    """Return the partition key of everything that is stored about a cart."""
    return f"CART#{cart_id}"


def expiry(now: datetime, retention: timedelta = RETENTION) -> int:
    """Return when an item written ``now`` expires, in epoch seconds."""
    return int((now + retention).timestamp())
