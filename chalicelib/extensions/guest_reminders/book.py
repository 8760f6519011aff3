"""The addresses that guests have left.

    pk = GUEST_ADDRESS#<cart>   sk = ADDRESS   expires_at
    email, language, wording   asked = <event id>   confirmed = 0 or 1

It is kept as long as the changes of the cart count, and deleted when the cart becomes a customer's
or the reminders are stopped. Each function raises a ``TransientError`` if DynamoDB failed for now.
"""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items

_SK: Final = "ADDRESS"


class GuestAddress(msgspec.Struct, frozen=True):
    """Where a guest wants to be reminded.

    Attributes:
        asked: the id of the request; a link in a mail confirms this request and no other.
        wording: what the guest agrees to.
        confirmed: whether somebody who reads mails to the address has agreed.
    """

    email: str
    language: str
    wording: str
    asked: str
    confirmed: int = 0


def read(cart_id: str) -> GuestAddress | None:
    """Return the address that the guest with this cart has left, None if there is none."""
    item = wiring.adapters.table.get(partition(cart_id), _SK)
    return None if item is None else msgspec.convert(item, GuestAddress)


def write(cart_id: str, address: GuestAddress, now: datetime) -> None:
    """Keep an address in place of the one that is known."""
    wiring.adapters.table.put(_item(cart_id, address, now))


def confirm(cart_id: str, asked: str, now: datetime) -> GuestAddress | None:
    """Note that an address was confirmed; None if another one, or none, is known by now."""
    known = read(cart_id)
    if known is None or known.asked != asked:
        return None
    confirmed = msgspec.structs.replace(known, confirmed=1)
    item = _item(cart_id, confirmed, now)
    return confirmed if wiring.adapters.table.put(item, "asked = :asked", asked=asked) else None


def forget(cart_id: str) -> int:
    """Delete the address of a guest; return how many there were."""
    return wiring.adapters.table.clear(partition(cart_id))


def partition(cart_id: str) -> str:
    """Return the partition of a guest's address."""
    return f"GUEST_ADDRESS#{cart_id}"


def _item(cart_id: str, address: GuestAddress, now: datetime) -> items.Item:
    return {
        "pk": partition(cart_id),
        "sk": _SK,
        **msgspec.structs.asdict(address),
        "expires_at": items.expiry(now),
    }
