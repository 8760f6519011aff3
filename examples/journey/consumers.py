"""Notes every event about a cart, so that what happened to it can be read in order.

    pk = JOURNEY#<cart>         sk = <event_id>   source, what, facts = <JSON>, request, expires_at
    pk = JOURNEY_OF#<request>   sk = CART         cart, expires_at

It is a read model: everything in it is derived from events, by their ids and times alone. Deleted
and rebuilt by a replay it is the same, and what comes twice or late changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.items import Item
from chalicelib.domain import ids
from chalicelib.domain.errors import MalformedEvent
from chalicelib.domain.events import CartId, EventId, TraceId
from chalicelib.domain.validation import UNREADABLE
from chalicelib.entrypoints.reporting import Payload, reporting

consumers = Blueprint(__name__)


class Metadata(msgspec.Struct, frozen=True):
    """What is read of every event's metadata."""

    event_id: EventId
    correlation_id: TraceId


class About(msgspec.Struct, frozen=True):
    """What is read of every event's data: all of it, but only the cart has to be there."""

    cart_id: CartId


class Detail(msgspec.Struct, frozen=True):
    """An event, whatever it is."""

    metadata: Metadata
    data: About


@consumers.lambda_function(name="note_step")
@reporting
def note_step(event: Payload, _now: datetime) -> Payload:
    """Note what happened to a cart."""
    try:
        detail = msgspec.convert(event["detail"], Detail)
    except UNREADABLE as error:
        raise MalformedEvent("This is no event about a cart.") from error
    for item in _items_of(event, detail):
        wiring.adapters.table.put(item)
    return {"action": "noted"}


def _items_of(event: Payload, detail: Detail) -> Iterator[Item]:
    event_id, request = detail.metadata.event_id, detail.metadata.correlation_id
    expires_at = items.expiry(ids.time_of(event_id))  # by the event: a replay writes the same
    yield {
        "pk": f"JOURNEY#{detail.data.cart_id}",
        "sk": event_id,
        "source": event["source"],
        "what": event["detail-type"],
        "facts": msgspec.json.encode(_facts_in(event["detail"]["data"])).decode(),
        "request": request,
        "expires_at": expires_at,
    }
    if event_id == request:
        of_request = {"pk": f"JOURNEY_OF#{request}", "sk": "CART", "expires_at": expires_at}
        yield {**of_request, "cart": detail.data.cart_id}


def _facts_in(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an event tells, but for whom it is about."""
    return {name: fact for name, fact in data.items() if name not in {"cart_id", "customer"}}
