"""Erases what is kept about a person: the cart, failures, preferences and pending schedules.

What extensions keep is erased by their ``personal.forget``, and exported by ``personal.export``.

What it cannot reach, and for how long that is kept, is in docs/privacy.md.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from chalicelib import extensions
from chalicelib.adapters.dynamodb import items, preferences
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.events import GUEST
from chalicelib.domain.failures import UNKNOWN_CART
from chalicelib.settings import Names

Item = dict[str, Any]

_KEY: Final = ("pk", "sk")


class Forgotten(NamedTuple):
    """How much was erased."""

    items: int
    schedules: int


def forget(
    dynamodb: Any, scheduler: Any, names: Names, cart_id: str, address: str | None = None
) -> Forgotten:
    """Erase what is kept about the customer ``cart_id``; doing it twice is the same as once.

    ``dynamodb`` and ``scheduler`` are botocore clients. With an ``address``, failures of events
    that could not be read are erased as well if they hold it.
    """
    # Schedules first, so that none fires for a cart that has been deleted.
    schedules = _delete_schedules(scheduler, names.schedule_group, cart_id)
    table, erased = names.table, 0
    merged = [
        items.partition(guest) for guest in _guests_of(dynamodb, table, items.partition(cart_id))
    ]
    for partition in (*merged, items.partition(cart_id), preferences.partition(cart_id)):
        for item in _items(dynamodb, table, partition):
            erased += _delete(dynamodb, table, item)
    told_by = [text for text in (cart_id, address) if text]
    for item in _items(dynamodb, table, items.partition(UNKNOWN_CART)):
        if any(_is_about(item, text) for text in told_by):
            erased += _delete(dynamodb, table, item)
    kept = Table(dynamodb, table)
    erased += sum(forget(kept, cart_id) for forget in extensions.members("personal", "forget"))
    return Forgotten(erased, schedules)


def export(dynamodb: Any, names: Names, cart_id: str) -> dict[str, list[Item]]:
    """Return all that is kept about the customer ``cart_id``, by what it is."""
    table = Table(dynamodb, names.table)
    guests = _guests_of(dynamodb, names.table, items.partition(cart_id))
    carts = [items.partition(each) for each in (cart_id, *guests)]
    return {
        "cart": [item for partition in carts for item in table.query(partition)],
        "preferences": table.query(preferences.partition(cart_id)),
        **{
            module.__name__.split(".")[-2]: module.export(table, cart_id)
            for module in extensions.modules("personal")
        },
    }


def carts_waiting(scheduler: Any, names: Names) -> list[str]:
    """Return the ids of all carts that have a reminder to come; there may be many."""
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName=names.schedule_group)
    schedules = (schedule["Name"] for page in pages for schedule in page["Schedules"])
    return sorted({name.rpartition("-")[0] for name in schedules})


def _delete_schedules(scheduler: Any, group: str, cart_id: str) -> int:
    prefix = f"{cart_id}-"
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group, NamePrefix=prefix)
    names = [schedule["Name"] for page in pages for schedule in page["Schedules"]]
    # A name is "<cart id>-<window>" or "<cart id>-<window>.<step>"; the prefix also matches longer
    # cart ids.
    mine = [name for name in names if name.removeprefix(prefix).replace(".", "").isdigit()]
    for name in mine:
        try:
            scheduler.delete_schedule(GroupName=group, Name=name)
        except scheduler.exceptions.ResourceNotFoundException:
            continue  # it has fired meanwhile, and finds no cart
    return len(mine)


def _items(dynamodb: Any, table: str, partition: str) -> Iterator[Item]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": partition}},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def _guests_of(dynamodb: Any, table: str, partition: str) -> list[str]:
    """Return the carts of guests that were merged into the cart; they are the customer's, too."""
    lines = [item["sk"]["S"].removeprefix("LINE#") for item in _items(dynamodb, table, partition)]
    return [line for line in lines if line.startswith(GUEST)]


def _delete(dynamodb: Any, table: str, item: Item) -> int:
    dynamodb.delete_item(TableName=table, Key={name: item[name] for name in _KEY})
    return 1


def _is_about(item: Item, text: str) -> bool:
    # The failure is stored as ASCII JSON, so the text to search for is escaped the same way.
    return json.dumps(text)[1:-1].lower() in item.get("failure", {}).get("S", "").lower()
