"""What happens to events: one function each, registered by name, doing one thing.

``infra/templates/subscriptions.yaml`` says which events reach which function. Every delivery is
at-least-once and unordered, so each function comes to the same however often it runs. How they
report what they did: ``chalicelib/entrypoints/reporting.py``.
"""

import json
import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from chalice import Blueprint

from chalicelib import clock, wiring
from chalicelib.domain import catalog, events, ids, invocations, mail_feedback
from chalicelib.domain.cart import change_of
from chalicelib.domain.errors import CartError, PermanentError, TransientError
from chalicelib.domain.events import (
    CartCheckedOut,
    CustomerEvent,
    Envelope,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
)
from chalicelib.domain.failures import failed_invocation, failed_message
from chalicelib.domain.reminders import Skip, retry_delay
from chalicelib.entrypoints.reporting import Payload, recording_refusals, reporting
from chalicelib.telemetry import logs
from chalicelib.usecases.send_reminder import remind

consumers = Blueprint(__name__)


@consumers.lambda_function(name="persist_cart")
@reporting
def persist_cart(event: Payload, _context: Any) -> Payload:
    """Write what an event changes to the lines of its cart."""
    now = clock.now()
    envelope = events.parse(
        event, ItemAddedToCart, ItemRemovedFromCart, CartCheckedOut, GuestCartMerged, now=now
    )
    if isinstance(envelope.data, ItemAddedToCart):
        _require_persistable(envelope.data.sku, envelope.metadata.event_id, now)
    if isinstance(envelope.data, GuestCartMerged):
        wiring.carts().claim_guest(envelope.data.guest_cart_id, envelope.data.cart_id, now)
    written = wiring.carts().record(envelope.data.cart_id, change_of(envelope), now)
    age = now - envelope.metadata.occurred_at
    return {
        "action": "persisted",
        "repeated": not written,
        "late": _is_late(envelope),
        "age_ms": _milliseconds(age),
    }


def _is_late(envelope: Envelope[Any]) -> bool:
    """Tell whether a wake-up may have looked into the cart before the add, or merge, was in it.

    A rule on this result has the wake-up scheduled once more.
    """
    added_at = ids.time_of(envelope.metadata.event_id)
    rule = wiring.settings().reminder_rule
    return isinstance(envelope.data, CustomerEvent) and rule.has_looked(added_at, clock.now())


def _milliseconds(age: timedelta) -> int:
    """Return the age of an event; one from the future, by another machine's clock, is new."""
    return max(0, age // timedelta(milliseconds=1))


def _require_persistable(sku: str, event_id: str, now: datetime) -> None:
    """Check that an add can be persisted, since not every way in knows the catalogue.

    Raises:
        UnknownSku: the product is not sold on this stage.
        TransientError: the product demonstrates a failure, which lasts a while.
    """
    product = catalog.require(sku, wiring.settings().stage)
    if product.fails_for and now < ids.time_of(event_id) + product.fails_for:
        raise TransientError("This product cannot be added yet.")


@consumers.lambda_function(name="schedule_reminder")
@reporting
def schedule_reminder(event: Payload, _context: Any) -> Payload:
    """Schedule the wake-up for the coalescing window that an add falls in."""
    now = clock.now()
    added = events.parse(event, ItemAddedToCart, GuestCartMerged, now=now)
    recipient = added.data.customer.recipient
    if recipient is None:  # the rule keeps such events away
        return {"action": "skipped", "reason": Skip.NO_ADDRESS}
    rule = wiring.settings().reminder_rule
    wake_up = rule.wake_up(added, recipient)
    due_at = rule.due_at(wake_up.data.window)
    created = wiring.reminder_schedules().schedule(wake_up, due_at, now)
    return {"action": "scheduled", "window": wake_up.data.window, "repeated": not created}


@consumers.lambda_function(name="send_reminder")
def send_reminder(event: Payload, _context: Any) -> Payload:
    """Handle a batch of due reminders from the queue, and name those to be tried again."""
    failed = [record["messageId"] for record in event["Records"] if not _handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled(record: Payload) -> bool:
    """Handle one message; tell whether it is done with, so that it may leave the queue."""
    event = _event_in(record)
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    hop = logs.Hop("send_reminder", event, attempt=attempt)
    try:
        _remind(record, event, hop)
    except Exception as error:  # noqa: BLE001 - the other messages of the batch must go on
        seconds = retry_delay(attempt, random.random())  # noqa: S311 - jitter, not a secret
        hop.raised(error, retry_in_seconds=seconds)
        _try_again_in(seconds, record)
        return False
    return True


def _remind(record: Payload, event: Payload, hop: logs.Hop) -> None:
    try:
        done = remind(event, clock.now())
    except PermanentError as error:
        wiring.failures().record(failed_message(record, event, error, clock.now()))
        hop.raised(error, "failed")
    else:
        hop.ended(done.pop("action"), **done)


def _try_again_in(seconds: int, record: Payload) -> None:
    # Where even this fails, the queue's own visibility timeout holds.
    with suppress(CartError):
        wiring.reminder_queue().retry_after(record["receiptHandle"], seconds)


def _event_in(record: Payload) -> Payload:
    try:
        event = json.loads(record["body"])
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


@consumers.lambda_function(name="record_success")
def record_success(event: Payload, _context: Any) -> None:
    """Log what a consumer reports to have done: the one place to look for all of them.

    What is no such report is logged as that; there is nothing to retry, and nothing got lost.
    """
    try:
        invocation = invocations.parse(event)
    except PermanentError as error:
        logs.Hop("record_success").raised(error, "rejected")
        return
    logs.Hop("record_success", invocation.payload).ended(
        "recorded",
        consumer=invocation.consumer,
        action=invocation.action,
        attempt=invocation.attempts,
    )


@consumers.lambda_function(name="record_failure")
@recording_refusals
def record_failure(event: Payload) -> None:
    """Keep a job that failed for good: what was asked for, the error, and the whole event."""
    invocation = invocations.parse(event)
    hop = logs.Hop("record_failure", invocation.payload)
    failure = failed_invocation(invocation, clock.now())
    wiring.failures().record(failure)
    hop.ended(
        "failed",
        consumer=failure.function,
        error=failure.error["code"],
        attempt=failure.attempts,
    )


@consumers.lambda_function(name="suppress_address")
@recording_refusals
def suppress_address(event: Payload) -> None:
    """Note the addresses that a mail bounced from or that complained of it."""
    hop = logs.Hop("suppress_address")
    undelivered = mail_feedback.undeliverable(event)
    for address, reason in undelivered.items():
        wiring.suppressions().add(address, reason, clock.now())
    hop.ended("suppressed", addresses=len(undelivered), reasons=sorted(set(undelivered.values())))
