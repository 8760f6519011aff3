"""Asks guests to confirm their address, and reminds those who did, by the shop's plan.

    pk = GUEST_CONFIRMATION#<hash of the address>   sk = <day, UTC>
    asked = <event id>   what else is kept of a mail: :mod:`chalicelib.usecases.mail_once`

Nobody is mailed more than one such question a day, whatever others type.

When a step is due, it is looked whether the guest still wants it and is one. Then the wake-up goes
on the bus as a customer's does, and all the rest is decided as for customers.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import events, ids, signing
from chalicelib.domain.addresses import canonical
from chalicelib.domain.events import (
    GUEST,
    CartReminderDue,
    Envelope,
    GuestCartMerged,
    ItemAddedToCart,
    Recipient,
    RemindersAllowed,
    ReminderSent,
    ReminderSkipped,
    RemindersStopped,
)
from chalicelib.domain.reminder_outcomes import ENDS_PLAN, Skip
from chalicelib.entrypoints.queued import queued
from chalicelib.entrypoints.reporting import Payload, reporting
from chalicelib.extensions.guest_reminders import book
from chalicelib.extensions.guest_reminders.events import GuestReminderDue, GuestRemindersAsked
from chalicelib.usecases import mail_once

consumers = Blueprint(__name__)

MAX_AGE: Final = timedelta(days=1)
"""How old a request may be, so that a replay asks nobody again."""
KEPT_FOR: Final = timedelta(days=2)
"""How long it is known that an address was asked: longer than the day that it counts for."""


@consumers.lambda_function(name="confirm_address")
@queued
def confirm_address(asked: Envelope[GuestRemindersAsked], now: datetime) -> Payload:
    """Ask for the confirmation of an address by a mail to it."""
    from chalicelib.extensions.guest_reminders import mail  # noqa: PLC0415 - no other needs it

    cart_id, request = asked.data.cart_id, asked.metadata.event_id
    known = book.read(cart_id)
    if known is None or known.asked != request or known.confirmed:
        return {"action": "skipped", "reason": "outdated"}
    if now > asked.metadata.occurred_at + MAX_AGE:
        return {"action": "skipped", "reason": Skip.TOO_LATE}
    if wiring.adapters.suppressions.contains(known.email):
        return {"action": "skipped", "reason": Skip.SUPPRESSED}
    composed, claim = mail.render(cart_id, known, now), _claim(known.email, request, now)
    message_id = mail_once.send(composed, claim, now)
    if message_id is None:
        return {"action": "skipped", "reason": Skip.TOO_MANY}
    return {"action": "asked", "message_id": message_id}


def _claim(email: str, request: str, now: datetime) -> items.Item:
    keys = wiring.adapters.signing_keys.current(now)
    return {
        "pk": f"GUEST_CONFIRMATION#{signing.hash_of(canonical(email), keys, now)}",
        "sk": f"{now.astimezone(UTC):%Y-%m-%d}",
        "asked": request,
        "expires_at": items.expiry(now, KEPT_FOR),
    }


@consumers.lambda_function(name="plan_guest_reminder")
@reporting
def plan_guest_reminder(
    told: Envelope[ItemAddedToCart | RemindersAllowed | ReminderSent | ReminderSkipped],
    now: datetime,
) -> Payload:
    """Schedule the step of the plan that follows from an add, a confirmation or another step."""
    cart_id = told.data.cart_id
    rule = wiring.adapters.settings.reminder_rule.of(cart_id)
    match told.data:
        case ReminderSkipped(reason=reason) if reason in ENDS_PLAN:  # one not known here may pass
            return {"action": "ended"}
        case ReminderSent(window=window, step=step) | ReminderSkipped(window=window, step=step):
            step += 1
        case _:
            window, step = rule.window_of(ids.time_of(told.metadata.event_id)), 1
    if step > rule.steps:
        return {"action": "ended"}
    known = book.read(cart_id)
    if known is None or not known.confirmed:
        return {"action": "skipped", "reason": Skip.NO_CONSENT}
    due_at = rule.due_at(window, step)
    bits = ids.intent_bits(GuestReminderDue.detail_type, cart_id, str(window), str(step))
    due = GuestReminderDue(cart_id, window, step)
    wake_up = events.caused_by(told, ids.event_id(due_at, bits), due)
    schedules = wiring.adapters.schedules("guest-reminders")
    name = f"{cart_id}-{window}.{step}"
    created = schedules.put(name, wake_up, rule.mailable_from(due_at, None), now)
    return {"action": "scheduled", "window": window, "step": step, "repeated": not created}


@consumers.lambda_function(name="remind_guest")
@reporting
def remind_guest(due: Envelope[GuestReminderDue], now: datetime) -> Payload:
    """Have a guest reminded who has confirmed an address, and whose cart is still a guest's."""
    del now
    cart_id, window, step = due.data.cart_id, due.data.window, due.data.step
    known = book.read(cart_id)
    if known is None or not known.confirmed:
        return {"action": "skipped", "reason": Skip.NO_CONSENT}
    if wiring.adapters.carts.owner_of(cart_id) is not None:
        return {"action": "skipped", "reason": "merged"}
    recipient = Recipient(cart_id, known.email, locale=known.language)
    bits = ids.intent_bits("reminder", cart_id, str(window), str(step))
    event_id = ids.event_id(ids.time_of(due.metadata.event_id), bits)
    wake_up = CartReminderDue(cart_id, window, recipient, step)
    wiring.adapters.event_bus.publish(events.caused_by(due, event_id, wake_up))
    return {"action": "handed_over", "window": window, "step": step}


@consumers.lambda_function(name="forget_guest_address")
@reporting
def forget_guest_address(
    ended: Envelope[GuestCartMerged | RemindersStopped], now: datetime
) -> Payload:
    """Forget the address of a guest who became a customer, or who wants no more reminders."""
    data: Any = ended.data
    cart_id = data.guest_cart_id if isinstance(data, GuestCartMerged) else data.cart_id
    if not cart_id.startswith(GUEST) or book.read(cart_id) is None:
        return {"action": "ignored"}
    if isinstance(data, GuestCartMerged):  # what is due already must not go to the guest
        wiring.adapters.preferences.opt_out(cart_id, now)
    book.forget(cart_id)
    return {"action": "forgotten"}
