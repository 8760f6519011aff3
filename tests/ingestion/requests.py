"""Requests that reach API Gateway, and what it makes of them."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from tests.ingestion.gateway import Gateway
from tests.support.builders import CART_ID

NOW = datetime(2026, 11, 5, 9, 3, 4, 56_000, tzinfo=UTC)
REQUEST_ID = "c6af9ac6-7b61-41e6-9a41-93e8deadbeef"
ADA = {"sub": CART_ID, "email": "ada@example.com", "email_verified": "true"}
MUGS: dict[str, Any] = {"sku": "MUG-STONE-350", "quantity": 2}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:cart-dev-received"

to_bus = Gateway("ingestion-eventbridge", bus="cart-dev")
to_topic = Gateway("ingestion-sns", topic=TOPIC)


def entry_of(body: Any, claims: dict[str, str] = ADA, at: datetime = NOW) -> dict[str, Any]:
    """Return the entry that EventBridge is asked to put on the bus."""
    sent = to_bus.to_service(body, to_bus.context(claims, at, REQUEST_ID))
    [entry] = json.loads(sent)["Entries"]
    return entry


def on_bus(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as EventBridge delivers it."""
    detail = json.loads(entry["Detail"])
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}


def message_of(body: Any, claims: dict[str, str] = ADA, at: datetime = NOW) -> dict[str, Any]:
    """Return what SNS hands to Lambda for a request."""
    form = parse_qs(
        to_topic.to_service(body, to_topic.context(claims, at, REQUEST_ID)),
        keep_blank_values=True,
        strict_parsing=True,
    )
    assert form.pop("Action") == ["Publish"]
    assert form.pop("TopicArn") == [TOPIC]
    [message] = form.pop("Message")
    attributes = {}
    while form:
        prefix = next(iter(form)).rpartition("Name")[0]
        [name], [kind] = form.pop(f"{prefix}Name"), form.pop(f"{prefix}Value.DataType")
        [value] = form.pop(f"{prefix}Value.StringValue")
        attributes[name] = {"Type": kind, "Value": value}
    sns = {"MessageId": "m1", "Message": message, "MessageAttributes": attributes}
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}
