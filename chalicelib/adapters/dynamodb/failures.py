"""The failed jobs in DynamoDB, each with its event.

pk = CART#<cart_id>   sk = FAILURE#<tail>#<function>   expires_at = <epoch seconds>
failure = <JSON>   failed_request = <tail>, by which the index failures-by-request finds it
failed_id = <event_id> of the request, the latest of those that share an idempotency key
"""

import json
from typing import Final

import msgspec

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain import ids
from chalicelib.domain.failures import Failure

# An item may have 400 KB, an event 1 MB. Of a larger one its beginning is kept: quoted within
# JSON it may double, and still fits.
_MOST_CHARACTERS: Final = 300_000
_BEGINNING: Final = 100_000
_DEEPEST: Final = 50
"""How many levels are kept of an event; what is nested too deeply can be neither read nor written.
"""


class Failures(Table):
    """The failures' items in the table."""

    def record(self, failure: Failure) -> None:
        """Store a failure; repeating it changes nothing.

        Of the requests that share an idempotency key the latest is kept, in whatever order their
        failures are recorded: a failure tells of the requests before it, too, not of those after.

        An event too large for the table, or nested too deeply, is kept as
        ``{"truncated": true, "characters": …, "beginning": …}``.
        """
        item = {
            **_key(failure.cart_id, failure.request_id, failure.function),
            "failed_request": ids.intent_of(failure.request_id),
            "failed_id": failure.request_id,
            "failure": _encode(failure),
            "expires_at": items.expiry(failure.failed_at),
        }
        latest = "attribute_not_exists(failed_id) OR failed_id <= :failed_id"
        self.put(item, latest, failed_id=failure.request_id)

    def find(self, cart_id: str, request_id: str, function: str = "persist_cart") -> Failure | None:
        """Return how this request, or one with the same idempotency key, failed, if it did."""
        item = self.get(**_key(cart_id, request_id, function))
        return msgspec.convert(json.loads(item["failure"]), Failure) if item else None


def _key(cart_id: str, request_id: str, function: str) -> dict[str, str]:
    sort_key = f"FAILURE#{ids.intent_of(request_id)}#{function}"
    return {"pk": items.partition(cart_id), "sk": sort_key}


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
