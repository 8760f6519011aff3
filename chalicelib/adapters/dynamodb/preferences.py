"""The preferences of customers, in DynamoDB.

    pk = PREFERENCES#<cart_id>   sk = OPT_OUT   opted_out_at or opted_in_at   expires_at

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

    @translated_errors()
    def opt_out(self, cart_id: str, now: datetime) -> None:
        """Send no more reminders about this cart; repeating it changes nothing.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        self._put(cart_id, "opted_out_at", now)

    @translated_errors()
    def opt_in(self, cart_id: str, now: datetime) -> None:
        """Send reminders about this cart again; doing it twice is the same as once.

        Raises:
            TransientError: DynamoDB could not do it now.
        """
        self._put(cart_id, "opted_in_at", now)

    @translated_errors()
    def has_opted_out(self, cart_id: str) -> bool:
        """Tell whether reminders about this cart were stopped.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        answer = self._client.get_item(
            TableName=self._table_name, Key=_key(cart_id), ConsistentRead=True
        )
        return "opted_out_at" in answer.get("Item", {})

    def _put(self, cart_id: str, wish: str, now: datetime) -> None:
        self._client.put_item(
            TableName=self._table_name,
            Item={
                **_key(cart_id),
                wish: {"S": now.astimezone(UTC).isoformat(timespec="seconds")},
                "expires_at": {"N": str(int((now + KEPT_FOR).timestamp()))},
            },
        )


def partition(cart_id: str) -> str:
    """Return the partition key of the preferences of a cart's customer."""
    return f"PREFERENCES#{cart_id}"


def _key(cart_id: str) -> dict[str, Any]:
    return {"pk": {"S": partition(cart_id)}, "sk": {"S": "OPT_OUT"}}
