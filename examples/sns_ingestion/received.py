"""Puts adds on the bus that API Gateway handed to SNS; see docs/ingestion.md."""

from datetime import datetime
from typing import Any

import msgspec
from chalice import Blueprint

from chalicelib import clock, tracing, wiring
from chalicelib.consumer import Payload, reporting
from chalicelib.contract import AddItem
from chalicelib.domain import catalog, events
from chalicelib.domain.errors import MalformedRequest
from chalicelib.domain.events import Envelope, ItemAddedToCart

received = Blueprint(__name__)


@received.lambda_function(name="publish_received")
@reporting
def publish_received(event: Payload, _context: Any) -> Payload:
    """Publish an add; a message that comes twice is the same event twice."""
    added = _event_in(event["Records"][0]["Sns"], clock.now())
    catalog.require(added.data.sku)
    wiring.event_bus().publish(added, trace_header=tracing.header())
    return {"action": "published", "request_id": added.metadata.event_id}


def _event_in(message: Payload, now: datetime) -> Envelope[ItemAddedToCart]:
    """Read the event from a message: its body is the customer's, its attributes the gateway's.

    Raises:
        PermanentError: it is not as the API takes it.
    """
    try:
        item = msgspec.json.decode(message["Message"], type=AddItem)
    except msgspec.DecodeError as error:
        raise MalformedRequest(str(error)) from error
    facts = {name: found["Value"] for name, found in message["MessageAttributes"].items()}
    customer = {"id": facts["sub"]} | {name: facts[name] for name in ("email",) if name in facts}
    detail = {
        "metadata": {
            "event_id": facts["event_id"],
            "version": ItemAddedToCart.version,
            "occurred_at": facts["occurred_at"],
            "correlation_id": facts["event_id"],
        },
        "data": {"cart_id": facts["sub"], "customer": customer, **msgspec.to_builtins(item)},
    }
    kind = ItemAddedToCart
    envelope = {"source": kind.source, "detail-type": kind.detail_type, "detail": detail}
    return events.parse(envelope, kind, now=now)
