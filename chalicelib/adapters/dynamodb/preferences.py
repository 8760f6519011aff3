"""The preferences of customers, in DynamoDB.

    pk = PREFERENCES#<cart_id>   sk = OPT_OUT   expires_at
    opted_out_at, or opted_in_at and what was agreed to: wording

Apart from the carts' partitions, so that the API's function, which writes it, may write no cart.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table

KEPT_FOR: Final = timedelta(days=3650)
"""An opt-out must not lapse while there may be an account; it names a cart, not a person."""

_SK: Final = "OPT_OUT"


class Preferences(Table):
    """The preferences' items in the table."""

    def opt_out(self, cart_id: str, now: datetime) -> None:
        """Send no more reminders about this cart; repeating it changes nothing."""
        self._keep(cart_id, now, opted_out_at=_iso(now))

    def opt_in(self, cart_id: str, now: datetime, wording: str) -> None:
        """Send reminders about this cart, as somebody agreed to who read this wording."""
        self._keep(cart_id, now, opted_in_at=_iso(now), wording=wording)

    def has_opted_out(self, cart_id: str) -> bool:
        """Tell whether reminders about this cart were stopped."""
        return "opted_out_at" in self._known(cart_id)

    def has_opted_in(self, cart_id: str) -> bool:
        """Tell whether somebody asked for reminders about this cart, and has not stopped them."""
        return "opted_in_at" in self._known(cart_id)

    def _known(self, cart_id: str) -> items.Item:
        return self.get(partition(cart_id), _SK) or {}

    def _keep(self, cart_id: str, now: datetime, **facts: str) -> None:
        kept = {"pk": partition(cart_id), "sk": _SK, "expires_at": items.expiry(now, KEPT_FOR)}
        self.put({**kept, **facts})


def partition(cart_id: str) -> str:
    """Return the partition key of the preferences of a cart's customer."""
    return f"PREFERENCES#{cart_id}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
