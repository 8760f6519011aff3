"""Jobs that failed permanently, as they are stored for the customer and the operator."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.errors import ErrorBody, PermanentError
from chalicelib.domain.invocations import Invocation

UNKNOWN_CART: Final = "unknown"
"""The ``cart_id`` of a failure whose event does not reveal one."""

_CART_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")
_CODE: Final = re.compile(r"[a-z_]{1,32}")
_JOB_FIELDS: Final = ("sku", "quantity")
_MOST_CHARACTERS: Final = 200  # of text that is shown but was not validated
_MOST: Final = 2**53  # the largest integer that every JSON reader represents exactly


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed permanently.

    Attributes:
        function: the consumer's name without the stage, such as ``persist_cart``.
        request_id: the event_id of the event; if it has none, the id of the Lambda
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
    error: ErrorBody
    attempts: int
    failed_at: datetime
    event: dict[str, Any]


def failed_invocation(invocation: Invocation, now: datetime) -> Failure:
    """Build the failure of an invocation that Lambda reports.

    Either the function rejected the event, or all retries failed.
    """
    return Failure(
        function=invocation.consumer,
        error=_error_in(invocation.response),
        attempts=invocation.context.attempts,
        failed_at=now,
        **_told_by(invocation.payload, invocation.context.request_id),
    )


def refused_event(
    event: Mapping[str, Any], error: PermanentError, function: str, run_id: str, now: datetime
) -> Failure:
    """Build the failure of an event that a function without a destination refuses permanently.

    ``run_id`` is Lambda's id of the run. The event is not attributed to a cart, whatever it claims.
    """
    return Failure(
        function=function,
        request_id=run_id,
        cart_id=UNKNOWN_CART,
        job={},
        error=_told(error),
        attempts=1,
        failed_at=now,
        event=dict(event),
    )


def failed_message(
    message: Mapping[str, Any],
    event: Mapping[str, Any],
    error: PermanentError,
    now: datetime,
    function: str,
) -> Failure:
    """Build the failure of a queue's message (an SQS record) that brought ``event``.

    ``event`` is empty if there is none in the message's body; then the body itself is kept.
    """
    return Failure(
        function=function,
        error=_told(error),
        attempts=int(message["attributes"]["ApproximateReceiveCount"]),
        failed_at=now,
        **_told_by(dict(event) or {"body": message["body"]}, message["messageId"]),
    )


def _told_by(event: object, fallback_id: str) -> dict[str, Any]:
    """Return what an event tells of its failure; the event may contain anything."""
    event_id = _at(event, "detail", "metadata", "event_id")
    cart_id = _at(event, "detail", "data", "cart_id")
    is_id = isinstance(event_id, str) and ids.is_event_id(event_id)
    is_cart = isinstance(cart_id, str) and _CART_ID.fullmatch(cart_id)
    return {
        "request_id": event_id if is_id else fallback_id,
        "cart_id": cart_id if is_cart else UNKNOWN_CART,
        "job": _job_in(event),
        "event": event if isinstance(event, dict) else {"payload": event},
    }


def _job_in(event: object) -> dict[str, Any]:
    """Return what was requested, as far as the event says."""
    data = _at(event, "detail", "data")
    found = {"event": _at(event, "detail-type")} | {name: _at(data, name) for name in _JOB_FIELDS}
    return {
        name: value if _is_exact(value) else str(value)[:_MOST_CHARACTERS]
        for name, value in found.items()
        if isinstance(value, str | int | float)
    }


def _is_exact(value: str | float) -> bool:
    """Tell whether it is a number that every JSON reader represents exactly."""
    return not isinstance(value, str) and abs(value) < _MOST


def _told(error: PermanentError) -> ErrorBody:
    return ErrorBody(error.code, error.message)


def _error_in(response: object) -> ErrorBody:
    """Return why an invocation with this response failed, in words that a customer may read.

    The exception itself is in the log of the function that raised it.
    """
    match response:
        case {"action": "rejected", "error": {"code": str(code), "message": str(message)}} if (
            _CODE.fullmatch(code)
        ):
            return ErrorBody(code, message[:_MOST_CHARACTERS])
        case {"errorType": str()}:
            return ErrorBody("retries_exhausted", "Every attempt failed.")
        case _:
            return ErrorBody("retries_exhausted", "It could not be finished in time.")


def _at(value: object, *path: str) -> object:
    """Return what is at this path of nested JSON objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
