"""What happens to events: one function each, registered by name, doing one thing.

``infra/templates/subscriptions.yaml`` says which events reach which function. Every delivery is
at-least-once and unordered, so each function comes to the same however often it runs.

A consumer that EventBridge invokes returns what it did, and Lambda's destinations put that on
the bus. A permanent error is such a result too, ``rejected``, for trying again would not help.
A transient error is raised: Lambda tries twice more and then reports the failure.
"""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from chalice import Blueprint

from chalicelib import clock, logs, wiring
from chalicelib.domain import events, mail_feedback
from chalicelib.domain.cart import change_of
from chalicelib.domain.errors import CartError, DemoFailure, PermanentError
from chalicelib.domain.events import CartCheckedOut, Envelope, ItemAddedToCart, ItemRemovedFromCart
from chalicelib.domain.failures import failed_invocation, failed_message
from chalicelib.domain.reminders import retry_delay
from chalicelib.reminding import remind

SOURCE: Final = "cart.consumers"
DEMO_FAILS_FOR: Final = timedelta(minutes=5)
"""Longer than Lambda takes to use up its retries."""

Payload = dict[str, Any]
Consumer = Callable[[Payload, Any], Payload]

consumers = Blueprint(__name__)


def rejected(error: PermanentError) -> Payload:
    """Return the result of a job that no retry can save."""
    return {"action": "rejected", "error": {"code": error.code, "message": error.message}}


def reporting(consumer: Consumer) -> Consumer:
    """Complete a consumer's result with where it comes from, and log it."""

    @wraps(consumer)
    def report(event: Payload, context: Any) -> Payload:
        try:
            result = consumer(event, context)
        except PermanentError as error:
            result = rejected(error)
        logs.consumed(consumer.__name__, event, **result)
        return {"source": SOURCE, **result}

    return report


@consumers.lambda_function(name="persist_cart")
@reporting
def persist_cart(event: Payload, _context: Any) -> Payload:
    """Write what an event changes to the lines of its cart."""
    envelope = events.parse(event, ItemAddedToCart, ItemRemovedFromCart, CartCheckedOut)
    _fail_if_asked_to(envelope)
    written = wiring.carts().record(envelope.data.cart_id, change_of(envelope), clock.now())
    return {"action": "persisted", "repeated": not written}


def _fail_if_asked_to(envelope: Envelope[Any]) -> None:
    """Fail on purpose, but only for a while, so that the job can be retried as it is."""
    if not (envelope.metadata.fail_on_purpose and wiring.settings().has_demo):
        return
    if clock.now() < envelope.metadata.occurred_at + DEMO_FAILS_FOR:
        raise DemoFailure("This job was asked to fail.")


@consumers.lambda_function(name="schedule_reminder")
@reporting
def schedule_reminder(event: Payload, _context: Any) -> Payload:
    """Schedule the wake-up for the coalescing window that an add falls in."""
    added = events.parse(event, ItemAddedToCart)
    rule = wiring.settings().reminder_rule
    wake_up = rule.wake_up(added)
    due_at = rule.due_at(wake_up.data.window)
    created = wiring.reminder_schedules().schedule(wake_up, due_at, clock.now())
    return {"action": "scheduled", "window": wake_up.data.window, "repeated": not created}


@consumers.lambda_function(name="send_reminder")
def send_reminder(event: Payload, _context: Any) -> Payload:
    """Handle a batch of due reminders from the queue, and name those to be tried again."""
    failed = [record["messageId"] for record in event["Records"] if not _handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled(record: Payload) -> bool:
    """Handle one message; tell whether it is done with, so that it may leave the queue."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        outcome = _outcome(record)
    except Exception as error:  # noqa: BLE001 - the other messages of the batch must go on
        _try_again_later(record, attempt, error)
        return False
    logs.consumed("send_reminder", _event_in(record), attempt=attempt, **outcome)
    return True


def _outcome(record: Payload) -> Payload:
    event = _event_in(record)
    try:
        return remind(event, clock.now())
    except PermanentError as error:
        wiring.failures().record(failed_message(record, event, error, clock.now()))
        return rejected(error)


def _try_again_later(record: Payload, attempt: int, error: Exception) -> None:
    seconds = retry_delay(attempt, random.random())  # noqa: S311 - jitter, not a secret
    event = _event_in(record)
    logs.exception("send_reminder", error, event, attempt=attempt, retry_in_seconds=seconds)
    # Where even this fails, the queue's own visibility timeout holds.
    with suppress(CartError):
        wiring.reminder_queue().retry_after(record["receiptHandle"], seconds)


def _event_in(record: Payload) -> Payload:
    try:
        event = json.loads(record["body"])
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


@consumers.lambda_function(name="record_success")
def record_success(event: Payload, _context: Any) -> None:
    """Log what a consumer reports to have done: the one place to look for all of them."""
    record = event["detail"]
    logs.consumed(
        "record_success",
        record["requestPayload"],
        function=record["requestContext"]["functionArn"].split(":")[6],
        attempts=record["requestContext"]["approximateInvokeCount"],
        action=record["responsePayload"]["action"],
    )


@consumers.lambda_function(name="record_failure")
def record_failure(event: Payload, _context: Any) -> None:
    """Keep a job that failed for good: what was asked for, the error, and the whole event."""
    failure = failed_invocation(event["detail"], clock.now())
    wiring.failures().record(failure)
    logs.consumed(
        "record_failure",
        event["detail"]["requestPayload"],
        function=failure.function,
        error=failure.error["code"],
    )


@consumers.lambda_function(name="suppress_address")
def suppress_address(event: Payload, _context: Any) -> None:
    """Note the addresses that a mail bounced from or that complained of it."""
    undelivered = mail_feedback.undeliverable(event)
    for address, reason in undelivered.items():
        wiring.suppressions().add(address, reason, clock.now())
    logs.emit("suppress_address", addresses=len(undelivered), feedback=event["detail-type"])
