"""What happens to events: one function each, registered by name, doing one thing.

``infra/templates/subscriptions.yaml`` says which events reach which function. Every delivery is
at-least-once and unordered, so each function comes to the same however often it runs. How they
report what they did: ``chalicelib/entrypoints/reporting.py``.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalice import Blueprint

from chalicelib import clock, wiring
from chalicelib.domain import addresses, events, ids, invocations, mail_feedback, signing
from chalicelib.domain.cart import MAX_MERGED, Change, Kind, change_of, contact_of, price_seen_in
from chalicelib.domain.durations import duration
from chalicelib.domain.errors import MailRateExceeded, TooManyMerges, TransientError, UnknownSku
from chalicelib.domain.events import (
    AddressSuppressed,
    CartCheckedOut,
    CartReminderDue,
    CustomerEvent,
    Envelope,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
)
from chalicelib.domain.failures import failed_invocation
from chalicelib.domain.reminder_outcomes import Skip
from chalicelib.domain.reminders import retry_delay
from chalicelib.entrypoints.queued import again_in, failed, handle_message, receives_of
from chalicelib.entrypoints.reporting import READS, Payload, keeping_refusals, reporting

consumers = Blueprint(__name__)


@consumers.lambda_function(name="persist_cart")
@reporting
def persist_cart(
    envelope: Envelope[ItemAddedToCart | ItemRemovedFromCart | CartCheckedOut | GuestCartMerged],
    now: datetime,
) -> Payload:
    """Write what an event changes to the lines of its cart."""
    change, cart_id, carts = change_of(envelope), envelope.data.cart_id, wiring.adapters.carts
    if change.kind is Kind.ADD:
        _require_persistable(cart_id, change, now)
    if isinstance(envelope.data, GuestCartMerged):
        _require_room(cart_id, envelope.data.guest_cart_id, now)
        carts.claim_guest(envelope.data.guest_cart_id, cart_id, now)
    written = carts.record(cart_id, change, now, contact_of(envelope), price_seen_in(envelope))
    age = now - envelope.metadata.occurred_at
    return {
        "action": "persisted",
        "repeated": not written,
        "late": _is_late(envelope),
        "age_ms": max(0, age // timedelta(milliseconds=1)),  # 0 if another clock is ahead
    }


def _is_late(envelope: Envelope[Any]) -> bool:
    """Tell whether a wake-up may have looked into the cart before the add, or merge, was in it.

    A rule on this result has the wake-up scheduled once more.
    """
    added_at = ids.time_of(envelope.metadata.event_id)
    rule = wiring.adapters.settings.reminder_rule.of(envelope.data.cart_id)
    return isinstance(envelope.data, CustomerEvent) and rule.has_looked(added_at, clock.now())


def _require_persistable(cart_id: str, add: Change, now: datetime) -> None:
    """Check that an add can be persisted, since not every way in knows the catalogue.

    If it was persisted before the product was withdrawn, it has not failed because it comes again:
    by a retry, with the same key, or in a replay.

    Raises:
        UnknownSku: the product is not sold on this stage.
        TransientError: the product demonstrates a failure, which lasts a while, or DynamoDB failed
            for now.
    """
    try:
        product = wiring.adapters.catalog.require(add.sku)
    except UnknownSku:
        known = wiring.adapters.carts.read(cart_id, now).find(add.event_id)
        if known is None or known.intent != add.intent:
            raise
    else:
        if product.fails_for and now < ids.time_of(add.event_id) + duration(product.fails_for):
            raise TransientError("This product cannot be added yet.")


def _require_room(cart_id: str, guest_cart_id: str, now: datetime) -> None:
    """Check that one more guest's cart can be merged, before it becomes this customer's.

    If it has become theirs, in a run that ended before the merge was written, it is merged: it is
    in nobody else's cart.

    Raises:
        TooManyMerges: as many as there may be are merged, and still matter.
        TransientError: DynamoDB failed for now.
    """
    carts = wiring.adapters.carts
    merged = carts.read(cart_id, now).merged_at
    is_full = guest_cart_id not in merged and len(merged) >= MAX_MERGED
    if is_full and carts.owner_of(guest_cart_id) != cart_id:
        raise TooManyMerges("Too many carts were merged into this one in 60 days.")


@consumers.lambda_function(name="schedule_reminder")
@reporting
def schedule_reminder(added: Envelope[ItemAddedToCart | GuestCartMerged], now: datetime) -> Payload:
    """Schedule the wake-up for the coalescing window that an add falls in."""
    recipient = added.data.customer.recipient
    if recipient is None:  # the rule keeps such events away
        return {"action": "skipped", "reason": Skip.NO_ADDRESS}
    if not addresses.is_mailable(recipient.email):
        return {"action": "skipped", "reason": Skip.NOT_MAILABLE}
    rule = wiring.adapters.settings.reminder_rule.of(added.data.cart_id)
    window = rule.window_of(ids.time_of(added.metadata.event_id))
    wake_up = rule.wake_up(added, window, 1, recipient)
    due_at = rule.mailable_from(rule.due_at(window), recipient.time_zone)
    created = wiring.adapters.reminder_schedules.schedule(wake_up, due_at, now)
    return {"action": "scheduled", "window": window, "repeated": not created}


READS["send_reminder"] = (CartReminderDue,)  # what `remind` takes, which is imported when it runs

TIME_FOR_A_REMINDER: Final = timedelta(seconds=20)
"""What must be left of a run to begin with another reminder: more than SES may take to answer."""


REMINDERS: Final = "reminders"
"""The queue of reminders that are due."""

PUT_OFF: Final = "put_off"
"""The action of a reminder that has to wait for the end of the quiet hours."""

MAX_PUT_OFF: Final = 11 * 3600
"""How many seconds a message is left in the queue at once; SQS hides none for over twelve hours."""


@consumers.lambda_function(name="send_reminder")
def send_reminder(event: Payload, context: Any) -> Payload:
    """Handle a batch of due reminders from the queue, and name those to be tried again.

    What was received most often is handled first. What is due in quiet hours stays in the queue
    until their end. The rest of the batch goes back to the queue when SES takes no more mails for
    now, and when too little time is left for another reminder.
    """
    again: list[Payload] = []
    waiting = sorted(event["Records"], key=receives_of, reverse=True)
    while waiting:
        record = waiting.pop(0)
        wait = _wait_after(record)
        try:
            result = _handle(record, wait)
            if result["action"] == PUT_OFF:
                again += again_in(min(result["seconds"], MAX_PUT_OFF), REMINDERS, record)
        except Exception as error:  # noqa: BLE001 - logged; the other messages must go on
            again += again_in(wait, REMINDERS, record)
            if isinstance(error, MailRateExceeded):
                for untried in waiting:
                    again += again_in(_wait_after(untried), REMINDERS, untried)
                break
        if context.get_remaining_time_in_millis() < TIME_FOR_A_REMINDER / timedelta(milliseconds=1):
            again += again_in(0, REMINDERS, *waiting)
            break
    return failed(again)


def _handle(record: Payload, wait: int) -> Payload:
    """Handle one message; what it raises was logged, with the ``wait`` (seconds) that follows."""
    from chalicelib.usecases.send_reminder import remind  # noqa: PLC0415 - no other needs it

    return handle_message("send_reminder", remind, record, wait)


def _wait_after(record: Payload) -> int:
    return retry_delay(receives_of(record), random.random())  # noqa: S311 - jitter, not a secret


@consumers.lambda_function(name="record_failure")
@keeping_refusals
def record_failure(event: Payload, now: datetime) -> Payload:
    """Keep a job that failed for good: what was asked for, the error, and the whole event."""
    failure = failed_invocation(invocations.parse(event), now)
    wiring.adapters.failures.record(failure)
    return {
        "action": "failed",
        "consumer": failure.function,
        "error": failure.error.code,
        "attempt": failure.attempts,
    }


@consumers.lambda_function(name="suppress_address")
@keeping_refusals
def suppress_address(event: Payload, now: datetime) -> Payload:
    """Note the addresses that a mail bounced from or that complained of it, and tell of it."""
    undelivered = mail_feedback.undeliverable(event)
    for address, reason in undelivered.items():
        wiring.adapters.suppressions.add(address, reason, now)
    if undelivered:
        wiring.adapters.event_bus.publish(*_suppressed(event, undelivered, now))
    reasons = sorted(set(undelivered.values()))
    return {"action": "suppressed", "addresses": len(undelivered), "reasons": reasons}


def _suppressed(
    event: Payload, undelivered: Mapping[str, mail_feedback.Reason], now: datetime
) -> Iterator[Envelope[AddressSuppressed]]:
    """Yield the events that tell of suppressed addresses, the same for the same report."""
    keys, reported_at = wiring.adapters.signing_keys.current(now), mail_feedback.time_of(event, now)
    for address, reason in undelivered.items():
        data = AddressSuppressed(signing.hash_of(address, keys, now), reason)
        bits = ids.intent_bits(data.detail_type, data.address_hash, reason)
        yield events.first(ids.event_id(reported_at, bits), data)
