"""What the functions are invoked with, and the cart that they find in the table."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.domain.events import Customer
from tests.support import builders
from tests.support.products import MUG

Sample = Mapping[str, Any]

# Adds to this cart fall in windows before this one, so its wake-up finds a cart left alone.
_LATE_WINDOW: Final = 1_000_000


def add_request() -> Sample:
    """Return ``POST /cart`` as API Gateway hands it to the function."""
    return {
        "resource": "/cart",
        "path": "/cart",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "Host": "shop.example.com"},
        "multiValueHeaders": {
            "Content-Type": ["application/json"],
            "Host": ["shop.example.com"],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/cart",
            "httpMethod": "POST",
            "path": "/api/cart",
            "stage": "api",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {
                "claims": {
                    "sub": builders.CART_ID,
                    "email": "ada@example.com",
                    "email_verified": "true",
                    "name": "Ada Lovelace",
                }
            },
        },
        "body": json.dumps({"sku": MUG, "quantity": 2}),
        "isBase64Encoded": False,
    }


def lines() -> Sample:
    """Return the answer to the query for the cart's lines."""
    added = builders.add(at=_now())
    time, tail = added.event_id[:13], added.event_id[14:]
    line = {
        "pk": {"S": f"CART#{builders.CART_ID}"},
        "sk": {"S": f"LINE#{MUG}"},
        f"add#{tail}": {"S": f"{time}#02"},
        "expires_at": {"N": "4102444800"},
    }
    return {"Items": [line], "Count": 1, "ScannedCount": 1}


def _added() -> Sample:
    return builders.on_bus(builders.item_added(at=_now()))


def _due() -> Sample:
    wake_up = builders.reminder_due(window=_LATE_WINDOW, at=_now())
    return builders.sqs_event(builders.sqs_record(builders.on_bus(wake_up), at=_now()))


def _not_mailable() -> Sample:
    """Return an add of somebody whom no mail reaches, for whom no AWS service is called."""
    customer = Customer(builders.CART_ID, "ada@localhost")
    return builders.on_bus(builders.item_added(at=_now(), customer=customer))


def _failed() -> Sample:
    response = {"errorType": "TransientError", "errorMessage": "UpdateItem failed."}
    record = builders.invocation_record(
        _added(), response, condition="RetriesExhausted", attempts=3, at=_now()
    )
    return builders.invocation_result(record)


def _now() -> datetime:
    return datetime.now(UTC)


CONSUMED: Final[Mapping[str, Callable[[], Sample]]] = {
    "persist_cart": _added,
    "schedule_reminder": _added,
    "send_reminder": _due,
    "record_failure": _failed,
}
"""What each consumer is invoked with."""

WITHOUT_A_CALL_NAME: Final = "without a call"
WITHOUT_A_CALL: Final = ("schedule_reminder", _not_mailable)
"""A consumer, and what it is invoked with to run without calling AWS."""
