"""Things of the domain, and what AWS hands to functions, shaped as AWS shapes it.

Everything that has an id gets one of its own, so that a test of deduplication proves something.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from chalicelib.domain import events, ids
from chalicelib.domain.cart import EVERY_SKU, Change, Kind
from chalicelib.domain.events import (
    CartCheckedOut,
    CartReminderDue,
    Customer,
    Envelope,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
    Recipient,
)
from chalicelib.domain.reminders import ReminderRule
from tests.support.products import MUG

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CART_ID = "3f6c2a3e-5d0a-4b7e-9d57-2a1c7f1a9b10"
ADA = Customer(id=CART_ID, email="ada@example.com", name="Ada Lovelace")
RECIPIENT = Recipient(id=CART_ID, email="ada@example.com", name="Ada Lovelace")

REGION = "eu-central-1"
ACCOUNT = "123456789012"

_numbers = count(1)


def new_id(at: datetime = NOW, key: str | None = None) -> str:
    """Return an event id; those made with the same ``key`` share their tail."""
    return ids.event_id(at, ids.intent_bits("test", key or f"#{next(_numbers)}"))


def keyed_id(key: str, request: str, at: datetime = NOW) -> str:
    """Return the event id of a request that was sent with an idempotency key."""
    return ids.event_id(at, ids.keyed_bits(("test", key), (request,)))


def new_uuid() -> str:
    """Return a random-looking UUIDv4, a different one each time."""
    return str(UUID(int=ids.intent_bits("uuid", str(next(_numbers))), version=4))


def customer(customer_id: str) -> Customer:
    """Return a customer with a verified address."""
    return Customer(customer_id, f"{customer_id}@example.com")


def add(sku: str = MUG, quantity: int = 1, at: datetime = NOW, key: str | None = None) -> Change:
    """Return an add as the cart sees it."""
    return Change(Kind.ADD, sku, new_id(at, key), quantity)


def removal(sku: str = MUG, at: datetime = NOW, key: str | None = None) -> Change:
    """Return a removal as the cart sees it."""
    return Change(Kind.REMOVE, sku, new_id(at, key))


def checkout(at: datetime = NOW, key: str | None = None) -> Change:
    """Return a checkout as the cart sees it."""
    return Change(Kind.REMOVE, EVERY_SKU, new_id(at, key))


def order(*adds: Change, at: datetime = NOW, number: int = 1) -> Change:
    """Return an order of these adds as the cart sees it."""
    held = frozenset(one.event_id for one in adds)
    return Change(Kind.ORDER, f"order-{number}", new_id(at, f"placed {number}"), adds=held)


def cancellation(number: int = 1, at: datetime = NOW) -> Change:
    """Return the cancellation of an order as the cart sees it."""
    return Change(Kind.CANCEL, f"order-{number}", new_id(at, f"cancelled {number}"))


def item_added(
    sku: str = MUG,
    quantity: int = 1,
    at: datetime = NOW,
    *,
    key: str | None = None,
    customer: Customer = ADA,
) -> Envelope[ItemAddedToCart]:
    """Return the event of an add to the customer's cart."""
    data = ItemAddedToCart(cart_id=customer.id, customer=customer, sku=sku, quantity=quantity)
    return events.first(new_id(at, key), data)


def item_removed(sku: str = MUG, at: datetime = NOW) -> Envelope[ItemRemovedFromCart]:
    """Return the event of a removal."""
    return events.first(new_id(at), ItemRemovedFromCart(cart_id=CART_ID, sku=sku))


def checked_out(at: datetime = NOW) -> Envelope[CartCheckedOut]:
    """Return the event of a checkout."""
    return events.first(new_id(at), CartCheckedOut(cart_id=CART_ID))


def guest_cart_merged(at: datetime = NOW) -> Envelope[GuestCartMerged]:
    """Return the event of a guest who signed in."""
    guest = f"guest-{next(_numbers):032x}"
    return events.first(new_id(at), GuestCartMerged(CART_ID, ADA, guest))


def reminder_due(
    window: int = 1, at: datetime = NOW, customer: Recipient = RECIPIENT
) -> Envelope[CartReminderDue]:
    """Return the event of a reminder that is due."""
    data = CartReminderDue(cart_id=customer.id, window=window, customer=customer)
    return events.caused_by(item_added(), new_id(at), data)


def wake_up_of(rule: ReminderRule, added: Envelope[ItemAddedToCart]) -> Envelope[CartReminderDue]:
    """Return the wake-up for an add of somebody who can be written to."""
    recipient = added.data.customer.recipient
    assert recipient is not None
    window = rule.window_of(ids.time_of(added.metadata.event_id))
    return rule.wake_up(added, window, 1, recipient)


def on_bus(envelope: Envelope[Any]) -> dict[str, Any]:
    """Return an event as EventBridge delivers it: twice the same event has two ids."""
    return {
        "version": "0",
        "id": new_uuid(),
        "detail-type": envelope.data.detail_type,
        "source": envelope.data.source,
        "account": ACCOUNT,
        "time": f"{envelope.metadata.occurred_at:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [],
        "detail": json.loads(events.encode(envelope)),
    }


def sqs_record(
    body: Mapping[str, Any] | str, receive_count: int = 1, at: datetime = NOW
) -> dict[str, Any]:
    """Return one message as Lambda's event source mapping delivers it."""
    milliseconds = str(int(at.timestamp() * 1000))
    return {
        "messageId": new_uuid(),
        "receiptHandle": f"receipt-{next(_numbers)}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": milliseconds,
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": milliseconds,
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:cart-reminders-dev",
        "awsRegion": REGION,
    }


def sqs_event(*records: dict[str, Any]) -> dict[str, Any]:
    """Return a batch of messages."""
    return {"Records": list(records)}


def invocation_record(
    payload: Mapping[str, Any],
    response: object,
    *,
    function: str = "persist_cart",
    condition: str = "Success",
    attempts: int = 1,
    at: datetime = NOW,
) -> dict[str, Any]:
    """Return what a destination gets of an asynchronous invocation.

    ``condition`` is ``Success``, ``RetriesExhausted`` or ``EventAgeExceeded``; ``response`` is
    what the function returned, or the ``{"errorType", "errorMessage"}`` of what it raised.
    """
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:cart-dev-{function}"
    record = {
        "version": "1.0",
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": f"{arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": payload,
    }
    if condition == "EventAgeExceeded":
        return record  # the function never answered
    error = {} if condition == "Success" else {"functionError": "Unhandled"}
    return record | {
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", **error},
        "responsePayload": response,
    }


def invocation_result(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an invocation's record as EventBridge delivers it."""
    context = record["requestContext"]
    outcome = "Success" if context["condition"] == "Success" else "Failure"
    return {
        "version": "0",
        "id": new_uuid(),
        "detail-type": f"Lambda Function Invocation Result - {outcome}",
        "source": "lambda",
        "account": ACCOUNT,
        "time": record["timestamp"].replace(".000Z", "Z"),
        "region": REGION,
        "resources": [
            f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/cart-dev",
            context["functionArn"],
        ],
        "detail": dict(record),
    }
