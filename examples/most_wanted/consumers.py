"""Counts how often each product is put into carts.

    pk = WANTED#<sku>   sk = <tail>   quantity   expires_at

A number that each event raises by one would be wrong when an event comes twice, as any may. So no
number is kept but the adds themselves, one item each, named after the request. To write one again
changes nothing, and how many there are of a product is a query's count.
"""

from datetime import datetime

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import events, ids
from chalicelib.domain.events import Envelope, ItemAddedToCart
from chalicelib.entrypoints.reporting import Payload, reporting

consumers = Blueprint(__name__)


@consumers.lambda_function(name="count_wanted")
@reporting
def count_wanted(event: Payload, now: datetime) -> Payload:
    """Count an add for its product."""
    added = events.parse(event, ItemAddedToCart, now=now)
    _keep(added, now)
    return {"action": "counted", "sku": added.data.sku}


@sdk.translated_errors()
def _keep(added: Envelope[ItemAddedToCart], now: datetime) -> None:
    """Keep an add for as long as it counts, which is longer than the archive keeps its event.

    Raises:
        TransientError: DynamoDB could not do it now.
    """
    sdk.client("dynamodb").put_item(
        TableName=wiring.adapters.settings.names.table,
        Item={
            "pk": {"S": f"WANTED#{added.data.sku}"},
            "sk": {"S": ids.tail_of(added.metadata.event_id)},
            "quantity": {"N": str(added.data.quantity)},
            "expires_at": items.expires_at(now),
        },
    )
