"""The cart's changes in Amazon DynamoDB: one item per line, one attribute per change.

    pk = CART#<cart_id>   sk = LINE#<sku>, or LINE#* for checkouts   expires_at = <epoch seconds>
    add#<tail> = <time>#<quantity>        remove#<tail> = <time>#00
    changes = <number of these>           at most MAX_CHANGES

    contact = <time>#[<address>, <name>, <locale>, <time zone>]   of the latest of those changes
    price = <time>#[<unit price>, <currency>]                     of the latest add

    sk = LINE#<sku>#removals   remove#<tail> = <time>#00, if the line's own item is full

    sk = LINE#<guest's cart>   merge#<tail> = <time>#00
    sk = LINE#<order id>   order#<tail> = <time>#00#<event_id>,...   cancel#<tail> = <time>#00
    sk = OWNER (of a guest's cart)   owner = <cart_id>

``<time>`` and ``<tail>`` are the two parts of an event_id, see ``chalicelib/domain/ids.py``. Of
changes with the same intent the smallest value stays, so that writing them twice, or in any other
order, makes the same item, and a write needs no read before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
from botocore.exceptions import ClientError
from msgspec import structs

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain import ids
from chalicelib.domain.cart import (
    LIFETIME,
    MAX_CHANGES,
    REMEMBERED,
    Cart,
    Change,
    Contact,
    Kind,
    PriceSeen,
)
from chalicelib.domain.errors import GuestCartTaken, LineFull

MANY_ENTRIES: Final = 64
"""A line with more entries than this is relieved of those that no longer count."""

_LINE: Final = "LINE#"
_OWNER: Final = "OWNER"
_REMOVALS: Final = "#removals"
"""Ends the sort key of an item with removals of a line that is full."""


K = TypeVar("K", Contact, PriceSeen)


class _Full(Exception):
    """The ``line`` takes no further change."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        super().__init__()
        self.line = line


class CartsTable(Table):
    """The changes of carts in the table."""

    @translated_errors
    def record(
        self,
        cart_id: str,
        change: Change,
        now: datetime,
        contact: Contact | None = None,
        price_seen: PriceSeen | None = None,
    ) -> bool:
        """Record a change with one UpdateItem, and what its event tells of customer and price.

        Events out of order may take two: where something later, or a later change of the same
        intent, is known already.

        Returns whether it was new; not if it, or an earlier one of the same intent, is recorded
        already, or if it is past its lifetime at ``now`` (UTC).

        Raises:
            LineFull: the line has as many changes as it may. Removals are kept apart from a full
                line, and refused only when there are as many of them.
        """
        if _value_of(change) < _over(now, LIFETIME):
            return False
        over, place = _over(now, REMEMBERED), _LINE + change.sku
        places = (place, place + _REMOVALS) if change.kind is Kind.REMOVE else (place,)
        for sort_key in places:
            key = items.key(cart_id, sort_key)
            try:
                line = self._write(key, change, now, contact, price_seen)
            except _Full as full:
                if self._compact(full.line, over):
                    return self.record(cart_id, change, now, contact, price_seen)
                continue
            if line is not None:
                self._compact(line, over)
            return line is not None
        raise _line_full(change)

    @translated_errors
    def read(self, cart_id: str, now: datetime) -> Cart:
        """Return the cart as it is at ``now`` (UTC), with every change recorded so far."""
        lines = self._lines(cart_id)
        changes = [change for line in lines for change in _changes(line)]
        contacts = (_known(Contact, line, "contact") for line in lines if "contact" in line)
        contact, prices = max(contacts, default=None), _prices(lines)
        cart = Cart(changes, now, contact=contact, prices_seen=prices)
        if not cart.merged_at:
            return cart
        guests = {name: self._guests_cart(name, now) for name in cart.merged_at}
        return Cart(changes, now, guests, contact, prices)

    @translated_errors
    def claim_guest(self, guest_cart_id: str, cart_id: str, now: datetime) -> None:
        """Claim a guest's cart for this customer; repeating it changes nothing.

        Raises:
            GuestCartTaken: it belongs to another customer.
        """
        values: items.Item = {":owner": cart_id, ":expires_at": items.expiry(now)}
        try:
            self._client.update_item(
                Key=items.key(guest_cart_id, _OWNER),
                UpdateExpression="SET #owner = :owner, expires_at = :expires_at",
                ConditionExpression="attribute_not_exists(#owner) OR #owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=items.typed(values),
                **self._name,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise GuestCartTaken("This guest's cart belongs to another customer.") from None

    def owner_of(self, guest_cart_id: str) -> str | None:
        """Return the cart that a guest's has become part of, None if it has not."""
        # Not `get`: not every function may call GetItem.
        found = self.query(items.partition(guest_cart_id), _OWNER)
        return next((str(item["owner"]) for item in found), None)

    def _guests_cart(self, cart_id: str, now: datetime) -> Cart:
        lines = self._lines(cart_id)
        changes = (change for line in lines for change in _changes(line))
        return Cart(changes, now, prices_seen=_prices(lines))

    def _write(
        self,
        key: dict[str, Any],
        change: Change,
        now: datetime,
        *latest: Contact | PriceSeen | None,
    ) -> dict[str, Any] | None:
        """Write the change; return the line as it is then, None if a smaller one counts already.

        Raises:
            _Full: it would be one change too many.
        """
        entry, line = _name_of(change), dict[str, Any]()
        while True:
            try:
                answer = self._client.update_item(
                    Key=key,
                    **_update(change, now, latest, line),
                    **self._name,
                    ReturnValues="ALL_NEW",  # strongly consistent, and consumes no read units
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                line = refused.response.get("Item", {})
            except ClientError as error:
                # DynamoDB has no code for it: "Item size to update has exceeded the maximum ..."
                if "Item size" in str(error):
                    raise _line_full(change) from None
                raise
            else:
                return dict(answer["Attributes"])
            if entry in line:
                if _over(now, LIFETIME) <= line[entry]["S"] <= _value_of(change):
                    return None
            elif int(line.get("changes", {"N": "0"})["N"]) >= MAX_CHANGES:
                raise _Full(line)

    def _compact(self, line: Mapping[str, Any], over: str) -> bool:
        """Drop entries that need not be remembered any more from a line that holds many.

        Returns whether there were any.

        They do not count, whether they exist or not, so no order of events shows the
        difference. An entry that was renewed meanwhile fails the condition, and nothing is dropped;
        the next write, which looks at the line anew, tries again.
        """
        entries = [name for name in line if "#" in name]
        past = [name for name in entries if line[name]["S"] < over][:MANY_ENTRIES]
        if len(entries) <= MANY_ENTRIES or not past:
            return False
        names = {f"#e{number}": name for number, name in enumerate(past)}
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                Key={"pk": line["pk"], "sk": line["sk"]},
                UpdateExpression=f"REMOVE {', '.join(names)} ADD changes :fewer",
                ConditionExpression=" AND ".join(f"{name} < :over" for name in names),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=items.typed({":over": over, ":fewer": -len(past)}),
                **self._name,
            )
        return True

    def _lines(self, cart_id: str) -> list[items.Item]:
        return list(self._query(items.partition(cart_id), _LINE))


def _update(
    change: Change,
    now: datetime,
    latest: Iterable[Contact | PriceSeen | None],
    line: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the update that writes a change to a ``line`` as far as it is known.

    What is known to be later than its ``latest`` stays, and what is written anew counts.
    """
    entry = _name_of(change)
    update = "SET #entry = :value, expires_at = :expires_at"
    values: dict[str, str | int] = {
        ":value": _value_of(change),
        ":expires_at": items.expiry(now, items.LINE_RETENTION),
    }
    if entry in line:
        condition = "#entry = :known"
        values[":known"] = line[entry]["S"]
    else:
        condition = "attribute_not_exists(#entry)"
        condition += " AND (attribute_not_exists(changes) OR changes < :most)"
        values |= {":most": MAX_CHANGES, ":one": 1}
    for known in latest:
        if known is None:
            continue
        name, text = ("contact" if isinstance(known, Contact) else "price"), _text_of(known)
        if name not in line or line[name]["S"] <= text:
            update += f", {name} = :{name}"
            condition += f" AND (attribute_not_exists({name}) OR {name} <= :{name})"
            values[f":{name}"] = text
    return {
        "UpdateExpression": update if entry in line else f"{update} ADD changes :one",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#entry": entry},
        "ExpressionAttributeValues": items.typed(values),
    }


def _name_of(change: Change) -> str:
    return f"{change.kind}#{ids.tail_of(change.event_id)}"


def _value_of(change: Change) -> str:
    """Return a value that sorts as the change's rank does: by time, then by quantity."""
    adds = f"#{','.join(sorted(change.adds))}" if change.adds else ""
    return f"{ids.split(change.event_id)[0]}#{change.quantity:02}{adds}"


def _text_of(known: Contact | PriceSeen) -> str:
    """Return a text that sorts by the time of what is known."""
    at, *facts = structs.astuple(known)
    return f"{at}#{msgspec.json.encode(facts).decode()}"


def _known(kind: type[K], line: Mapping[str, Any], name: str) -> K:
    """Return what such a text of a line tells."""
    at, _, facts = line[name]["S"].partition("#")
    return kind(at, *msgspec.json.decode(facts))


def _prices(lines: Iterable[Mapping[str, Any]]) -> dict[str, PriceSeen]:
    return {
        line["sk"]["S"].removeprefix(_LINE): _known(PriceSeen, line, "price")
        for line in lines
        if "price" in line
    }


def _over(now: datetime, age: timedelta) -> str:
    """Return the value below which lie all entries of at least this age.

    "$" follows "#", so that an entry of exactly that age is below it too.
    """
    time, _ = ids.split(ids.event_id(now - age, 0))
    return f"{time}$"


def _changes(line: Mapping[str, Any]) -> Iterator[Change]:
    sku = line["sk"]["S"].removeprefix(_LINE).removesuffix(_REMOVALS)
    for name, value in line.items():
        kind, is_entry, tail = name.partition("#")
        if is_entry:
            time, quantity, *adds = value["S"].replace(",", "#").split("#")
            yield Change(Kind(kind), sku, f"{time}-{tail}", int(quantity), frozenset(adds))


def _line_full(change: Change) -> LineFull:
    return LineFull("This line of the cart has changed too often.", sku=change.sku)
