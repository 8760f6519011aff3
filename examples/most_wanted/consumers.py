"""Counts how often each product is put into carts.

    pk = WANTED#<sku>   sk = <tail>   quantity   expires_at

A number that each event raises by one would be wrong when an event comes twice, as any may. So no
number is kept but the adds themselves, one item each, named after the request. To write one again
changes nothing, and how many there are of a product is a query's count.
"""

from datetime import datetime

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import ids
from chalicelib.domain.events import Envelope, Event, Quantity, Sku
from chalicelib.entrypoints.reporting import Payload, reporting

consumers = Blueprint(__name__)


class ItemAddedToCart(Event, frozen=True):
    """What is read of an add; everything else of it may change."""

    source = "cart.api"

    sku: Sku
    quantity: Quantity


@consumers.lambda_function(name="count_wanted")
@reporting
def count_wanted(added: Envelope[ItemAddedToCart], now: datetime) -> Payload:
    """Count an add for its product, for longer than the archive keeps its event."""
    item = {
        "pk": f"WANTED#{added.data.sku}",
        "sk": ids.tail_of(added.metadata.event_id),
        "quantity": added.data.quantity,
        "expires_at": items.expiry(now),
    }
    wiring.adapters.table.put(item)
    return {"action": "counted", "sku": added.data.sku}
