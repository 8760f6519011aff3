"""The least that can take an add: no framework, boto3 as it comes, a log line."""

import json
import time
import uuid
from datetime import UTC, datetime

import boto3

SKUS = {"MUG-STONE-350", "TEAPOT-CAST-800", "TEA-SENCHA-100"}
events = boto3.client("events")


def handler(event, context):
    item = json.loads(event["body"])
    if item["sku"] not in SKUS or not 1 <= item["quantity"] <= 99:
        return {"statusCode": 422, "body": "{}"}
    started = time.perf_counter()
    claims = event["requestContext"]["authorizer"]["claims"]
    request_id, now = str(uuid.uuid4()), datetime.now(UTC)
    detail = {
        "metadata": {
            "event_id": request_id,
            "version": "1.0",
            "occurred_at": now.isoformat(),
            "correlation_id": request_id,
        },
        "data": {
            "cart_id": claims["sub"],
            "customer": {
                "id": claims["sub"],
                "email": claims["email"],
                "name": claims["name"],
            },
            "sku": item["sku"],
            "quantity": item["quantity"],
        },
    }
    answer = events.put_events(
        Entries=[
            {
                "Source": "cart.api",
                "DetailType": "ItemAddedToCart",
                "Detail": json.dumps(detail),
                "EventBusName": "cart-dev",
                "Time": now,
            }
        ]
    )
    if answer["FailedEntryCount"]:
        return {"statusCode": 503, "body": "{}"}
    milliseconds = (time.perf_counter() - started) * 1000
    print(json.dumps({"hop": "api", "event_id": request_id, "ms": milliseconds}))
    status = f"/cart/requests/{request_id}"
    return {
        "statusCode": 202,
        "headers": {"Content-Type": "application/json", "Location": status},
        "body": json.dumps(
            {
                "request_id": request_id,
                "status": "accepted",
                "links": {"status": status, "cart": "/cart"},
            }
        ),
    }


def put_events(event, context):
    """The call alone, with parameters of the usual size."""
    events.put_events(
        Entries=[
            {
                "Source": "cart.api",
                "DetailType": "ItemAddedToCart",
                "Detail": DETAIL,
                "EventBusName": "cart-dev",
                "Time": TIME,
            }
        ]
    )


DETAIL = json.dumps({"metadata": {"event_id": "0" * 36}, "data": {"name": "x" * 350}})
TIME = datetime(2026, 3, 2, tzinfo=UTC)
