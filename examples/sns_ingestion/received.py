"""Puts adds on the bus that API Gateway handed to SNS; see docs/ingestion.md."""

from datetime import datetime
from typing import Any

import msgspec
from chalice import Blueprint

from chalicelib import clock, wiring
from chalicelib.domain import events
from chalicelib.domain.errors import MalformedRequest
from chalicelib.domain.events import Customer, Envelope, ItemAddedToCart
from chalicelib.entrypoints.reporting import Payload, reporting
from chalicelib.web.bodies import AddItem

received = Blueprint(__name__)


@received.lambda_function(name="publish_received")
@reporting
def publish_received(event: Payload, _context: Any) -> Payload:
    """Publish an add; a message that comes twice is the same event twice."""
    added = _event_in(event["Records"][0]["Sns"], clock.now())
    wiring.adapters.catalog.require(added.data.sku)
    wiring.adapters.event_bus.publish(added)
    return {"action": "published", "request_id": added.metadata.event_id}


class Received(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway puts into a message: whose add it is, and what the customer sent."""

    customer: Customer
    item: AddItem


def _event_in(message: Payload, now: datetime) -> Envelope[ItemAddedToCart]:
    """Read the event from a message: its attributes are the ids that the gateway made.

    Raises:
        PermanentError: it is not as the API takes it.
    """
    try:
        found = msgspec.json.decode(message["Message"], type=Received)
    except msgspec.DecodeError as error:
        raise MalformedRequest(str(error)) from error
    facts = {name: fact["Value"] for name, fact in message["MessageAttributes"].items()}
    customer, item = msgspec.to_builtins(found.customer), msgspec.to_builtins(found.item)
    detail = {
        "metadata": {
            "event_id": facts["event_id"],
            "version": ItemAddedToCart.version,
            "occurred_at": facts["occurred_at"],
            "correlation_id": facts["event_id"],
        },
        "data": {"cart_id": found.customer.id, "customer": customer, **item},
    }
    kind = ItemAddedToCart
    envelope = {"source": kind.source, "detail-type": kind.detail_type, "detail": detail}
    return events.parse(envelope, kind, now=now)
