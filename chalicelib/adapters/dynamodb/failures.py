"""The failed jobs in DynamoDB, each with its event.

pk = CART#<cart_id>   sk = FAILURE#<tail>#<function>   expires_at = <epoch seconds>
failure = <JSON>   failed_request = <tail>, by which the index failures-by-request finds it
failed_id = <event_id> of the request, the latest of those that share an idempotency key
"""

import json
from contextlib import suppress
from typing import Any, Final

import msgspec

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain import ids
from chalicelib.domain.failures import Failure

# An item may have 400 KB, an event 1 MB. Of a larger one its beginning is kept: quoted within
# JSON it may double, and still fits.
_MOST_CHARACTERS: Final = 300_000
_BEGINNING: Final = 100_000
_DEEPEST: Final = 50
"""How many levels are kept of an event; what is nested too deeply can be neither read nor written.
"""


class Failures:
    """The failures' items in the table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @translated_errors
    def record(self, failure: Failure) -> None:
        """Store a failure; repeating it changes nothing.

        Of the requests that share an idempotency key the latest is kept, in whatever order their
        failures are recorded: a failure tells of the requests before it, too, not of those after.

        An event too large for the table, or nested too deeply, is kept as
        ``{"truncated": true, "characters": …, "beginning": …}``.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        failed_id = {"S": failure.request_id}
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.put_item(
                TableName=self._table_name,
                Item={
                    **_key(failure.cart_id, failure.request_id, failure.function),
                    "failed_request": {"S": ids.intent_of(failure.request_id)},
                    "failed_id": failed_id,
                    "failure": {"S": _encode(failure)},
                    "expires_at": items.expires_at(failure.failed_at),
                },
                ConditionExpression="attribute_not_exists(failed_id) OR failed_id <= :failed_id",
                ExpressionAttributeValues={":failed_id": failed_id},
            )

    @translated_errors
    def find(self, cart_id: str, request_id: str, function: str = "persist_cart") -> Failure | None:
        """Return how this request, or one with the same idempotency key, failed, if it did.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        answer = self._client.get_item(
            TableName=self._table_name,
            Key=_key(cart_id, request_id, function),
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return None
        return msgspec.convert(json.loads(answer["Item"]["failure"]["S"]), Failure)


def _key(cart_id: str, request_id: str, function: str) -> dict[str, Any]:
    return items.key(cart_id, f"FAILURE#{ids.intent_of(request_id)}#{function}")


def _encode(failure: Failure) -> str:
    """Return the failure as ASCII text that fits into an item.

    The standard library escapes what is no valid Unicode, a lone surrogate in a broken event for
    instance, where msgspec would refuse it; and a broken event is what this is about.
    """
    event = _cut(failure.event, _DEEPEST)
    text = json.dumps(event)
    if event != failure.event or len(text) > _MOST_CHARACTERS:
        kept = {"truncated": True, "characters": len(text), "beginning": text[:_BEGINNING]}
        failure = msgspec.structs.replace(failure, event=kept)
    return json.dumps(msgspec.to_builtins(failure))


def _cut(value: object, levels: int) -> object:
    """Return a JSON value without what is nested more deeply than so many levels."""
    match value:
        case dict() | list() if levels == 0:
            return "..."
        case dict():
            return {name: _cut(each, levels - 1) for name, each in value.items()}
        case list():
            return [_cut(each, levels - 1) for each in value]
        case _:
            return value
