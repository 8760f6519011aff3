"""Counts how often each product is put into carts: a consumer that was added to the others.

    pk = WANTED         sk = <sku>    adds, quantity       what there is to read
    pk = WANTED#<sku>   sk = <tail>   expires_at           what has been counted

Counting is not idempotent by itself, and every event may come twice. So each add leaves a mark,
named after its request, and mark and count are written together or not at all. Marks outlive the
archive: a replay counts nothing twice.
"""

from datetime import datetime
from typing import Any

from chalice import Blueprint

from chalicelib import clock, wiring
from chalicelib.adapters import aws, items
from chalicelib.consumer import Payload, reporting
from chalicelib.domain import events, ids
from chalicelib.domain.events import Envelope, ItemAddedToCart

most_wanted = Blueprint(__name__)


@most_wanted.lambda_function(name="count_wanted")
@reporting
def count_wanted(event: Payload, _context: Any) -> Payload:
    """Count an add for its product."""
    now = clock.now()
    added = events.parse(event, ItemAddedToCart, now=now)
    counted = _count(added, now)
    return {"action": "counted", "sku": added.data.sku, "repeated": not counted}


@aws.translated_errors()
def _count(added: Envelope[ItemAddedToCart], now: datetime) -> bool:
    """Count an add; return False if it has been counted before.

    Raises:
        TransientError: DynamoDB could not do it now, perhaps as somebody else counts the product.
    """
    client = aws.client("dynamodb")
    try:
        client.transact_write_items(TransactItems=[_mark(added, now), _increment(added)])
    except client.exceptions.TransactionCanceledException as cancelled:
        why_marking, _ = cancelled.response["CancellationReasons"]
        if why_marking["Code"] == "ConditionalCheckFailed":
            return False
        raise
    return True


def _mark(added: Envelope[ItemAddedToCart], now: datetime) -> dict[str, Any]:
    tail = ids.tail_of(added.metadata.event_id)
    return {
        "Put": {
            "TableName": wiring.settings().table_name,
            "Item": {
                "pk": {"S": f"WANTED#{added.data.sku}"},
                "sk": {"S": tail},
                "expires_at": items.expires_at(now),
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _increment(added: Envelope[ItemAddedToCart]) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": wiring.settings().table_name,
            "Key": {"pk": {"S": "WANTED"}, "sk": {"S": added.data.sku}},
            "UpdateExpression": "ADD adds :one, quantity :quantity",
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":quantity": {"N": str(added.data.quantity)},
            },
        }
    }
