"""The addresses that get no more mail, in DynamoDB.

    pk = ADDRESS#<SHA-256 of its canonical spelling>   sk = SUPPRESSED   reason   expires_at

The address itself is not kept. An address that bounced may be somebody else's one day, so that
an entry expires after a year.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.addresses import canonical
from chalicelib.domain.mail_feedback import Reason

_KEPT_FOR: Final = timedelta(days=365)


class Suppressions(Table):
    """The suppression list in the table."""

    def add(self, address: str, reason: Reason, now: datetime) -> None:
        """Send no more mail to this address, in any spelling; adding it again changes nothing."""
        kept = {"reason": reason, "expires_at": items.expiry(now, _KEPT_FOR)}
        self.put({**key(address), **kept})

    @translated_errors
    def contains(self, address: str) -> bool:
        """Tell whether this address gets no more mail; one added a moment ago may be missed."""
        known = self._client.get_item(
            Key=items.typed(key(address)), ProjectionExpression="pk", **self._name
        )
        return "Item" in known


def key(address: str) -> items.Item:
    """Return the primary key of the entry of an address."""
    digest = sha256(canonical(address).encode("utf-8", "surrogatepass")).hexdigest()
    return {"pk": f"ADDRESS#{digest}", "sk": "SUPPRESSED"}
