"""Jobs that failed for good, as they are kept for the customer and for the operator."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.errors import PermanentError

UNKNOWN_CART: Final = "unknown"
"""The ``cart_id`` of a failure whose event was too broken to tell."""

_CART_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")
_JOB_FIELDS: Final = ("sku", "quantity")
_MOST_CHARACTERS: Final = 200  # of anything that is shown but was never checked


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a function gave up.

    Attributes:
        function: the consumer's name without the stage, such as ``persist_cart``.
        request_id: the event_id of the event; if none can be read from it, the id of the Lambda
            request or of the queue message that brought it.
        cart_id: whose job it was, or :data:`UNKNOWN_CART`.
        job: what the customer asked for: ``event`` (the detail-type), ``sku``, ``quantity``. The
            API shows it.
        error: why it failed: ``code`` and ``message``. The API shows it.
        attempts: how many times it was tried.
        failed_at: UTC.
        event: the whole event as the function received it, from which it can be replayed.
    """

    function: str
    request_id: str
    cart_id: str
    job: dict[str, Any]
    error: dict[str, str]
    attempts: int
    failed_at: datetime
    event: dict[str, Any]


def failed_invocation(record: Mapping[str, Any], now: datetime) -> Failure:
    """Read a failure from the record that Lambda's destinations send of an invocation.

    Either the function returned that it rejected the event, or Lambda gave up retrying it.
    Shape: "Capturing records of Lambda asynchronous invocations".
    """
    context = record["requestContext"]
    return _failure(
        record.get("requestPayload"),
        function=consumer_of(record),
        fallback_id=context["requestId"],
        error=_error_in(record),
        attempts=context["approximateInvokeCount"],
        failed_at=now,
    )


def consumer_of(record: Mapping[str, Any]) -> str:
    """Return the consumer that a destination's record tells of, such as ``persist_cart``."""
    function_name: str = record["requestContext"]["functionArn"].split(":")[6]
    return function_name.rpartition("-")[2]


def failed_message(
    message: Mapping[str, Any], event: Mapping[str, Any], error: PermanentError, now: datetime
) -> Failure:
    """Build the failure of a queue's message (an SQS record) that brought ``event``.

    ``event`` is empty if there is none in the message's body; then the body itself is kept.
    """
    return _failure(
        dict(event) or {"body": message["body"]},
        function="send_reminder",
        fallback_id=message["messageId"],
        error={"code": error.code, "message": error.message},
        attempts=int(message["attributes"]["ApproximateReceiveCount"]),
        failed_at=now,
    )


def _failure(
    event: object,
    *,
    function: str,
    fallback_id: str,
    error: dict[str, str],
    attempts: int,
    failed_at: datetime,
) -> Failure:
    event_id = _at(event, "detail", "metadata", "event_id")
    cart_id = _at(event, "detail", "data", "cart_id")
    readable_id = isinstance(event_id, str) and ids.is_event_id(event_id)
    readable_cart = isinstance(cart_id, str) and _CART_ID.fullmatch(cart_id)
    return Failure(
        function=function,
        request_id=str(event_id) if readable_id else fallback_id,
        cart_id=str(cart_id) if readable_cart else UNKNOWN_CART,
        job=_job_in(event),
        error=error,
        attempts=attempts,
        failed_at=failed_at,
        event=event if isinstance(event, dict) else {"payload": event},
    )


def _job_in(event: object) -> dict[str, Any]:
    """Return what was asked for, as far as the event tells; it may hold anything."""
    data = _at(event, "detail", "data")
    found = {"event": _at(event, "detail-type")} | {name: _at(data, name) for name in _JOB_FIELDS}
    return {
        name: value[:_MOST_CHARACTERS] if isinstance(value, str) else value
        for name, value in found.items()
        if isinstance(value, str | int | float)
    }


def _error_in(record: Mapping[str, Any]) -> dict[str, str]:
    """Return why an invocation failed, in words that a customer may read.

    An exception's own message may quote anything, so only its type is told.
    """
    match record.get("responsePayload"):
        case {"action": "rejected", "error": {"code": str(code), "message": str(message)}}:
            return {"code": code, "message": message}
        case {"errorType": str(kind)}:
            return {"code": "retries_exhausted", "message": f"Every attempt failed: {kind}."}
        case _:
            condition = record["requestContext"].get("condition", "Unknown")
            return {"code": "retries_exhausted", "message": f"Given up: {condition}."}


def _at(value: object, *path: str) -> object:
    """Return what is at this path of nested JSON objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
