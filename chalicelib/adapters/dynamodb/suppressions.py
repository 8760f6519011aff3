"""The addresses that get no more mail, in DynamoDB.

    pk = ADDRESS#<SHA-256 of its canonical spelling>   sk = SUPPRESSED   reason   expires_at

The address itself is not kept. An address that bounced may be somebody else's one day, so that
an entry expires after a year.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.addresses import canonical
from chalicelib.domain.mail_feedback import Reason

_KEPT_FOR: Final = timedelta(days=365)


class Suppressions:
    """The suppression list in the table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @translated_errors
    def add(self, address: str, reason: Reason, now: datetime) -> None:
        """Send no more mail to this address, in any spelling; adding it again changes nothing.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        self._client.put_item(
            TableName=self._table_name,
            Item={
                **key(address),
                "reason": {"S": reason},
                "expires_at": {"N": str(int((now + _KEPT_FOR).timestamp()))},
            },
        )

    @translated_errors
    def contains(self, address: str) -> bool:
        """Tell whether this address gets no more mail.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        answer = self._client.get_item(
            TableName=self._table_name, Key=key(address), ProjectionExpression="pk"
        )
        return "Item" in answer


def key(address: str) -> dict[str, Any]:
    """Return the primary key of the entry of an address."""
    digest = sha256(canonical(address).encode("utf-8", "surrogatepass")).hexdigest()
    return {"pk": {"S": f"ADDRESS#{digest}"}, "sk": {"S": "SUPPRESSED"}}
