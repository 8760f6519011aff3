"""The preferences of customers, in DynamoDB.

    pk = PREFERENCES#<cart_id>   sk = OPT_OUT   expires_at
    opted_out_at, or opted_in_at and what was agreed to: wording

Apart from the carts' partitions, so that the API's function, which writes it, may write no cart.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalicelib.adapters.sdk import translated_errors

KEPT_FOR: Final = timedelta(days=3650)
"""An opt-out must not lapse while there may be an account; it names a cart, not a person."""


class Preferences:
    """The preferences' items in the table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @translated_errors
    def opt_out(self, cart_id: str, now: datetime) -> None:
        """Send no more reminders about this cart; repeating it changes nothing.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        self._put(cart_id, now, opted_out_at=_iso(now))

    @translated_errors
    def opt_in(self, cart_id: str, now: datetime, wording: str) -> None:
        """Send reminders about this cart, as somebody agreed to who read this wording.

        Raises:
            TransientError: DynamoDB could not do it now.
        """
        self._put(cart_id, now, opted_in_at=_iso(now), wording=wording)

    @translated_errors
    def has_opted_out(self, cart_id: str) -> bool:
        """Tell whether reminders about this cart were stopped.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        return "opted_out_at" in self._get(cart_id)

    @translated_errors
    def has_opted_in(self, cart_id: str) -> bool:
        """Tell whether somebody asked for reminders about this cart, and has not stopped them.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        return "opted_in_at" in self._get(cart_id)

    def _get(self, cart_id: str) -> dict[str, Any]:
        answer = self._client.get_item(
            TableName=self._table_name, Key=_key(cart_id), ConsistentRead=True
        )
        item: dict[str, Any] = answer.get("Item", {})
        return item

    def _put(self, cart_id: str, now: datetime, **facts: str) -> None:
        self._client.put_item(
            TableName=self._table_name,
            Item={
                **_key(cart_id),
                **{name: {"S": fact} for name, fact in facts.items()},
                "expires_at": {"N": str(int((now + KEPT_FOR).timestamp()))},
            },
        )


def partition(cart_id: str) -> str:
    """Return the partition key of the preferences of a cart's customer."""
    return f"PREFERENCES#{cart_id}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _key(cart_id: str) -> dict[str, Any]:
    return {"pk": {"S": partition(cart_id)}, "sk": {"S": "OPT_OUT"}}
