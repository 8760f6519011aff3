"""Schedules the next step of a plan of reminders, as ``[[reminders]]`` in shop.toml has it."""

from datetime import datetime

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.domain.events import Envelope, ReminderSent, ReminderSkipped
from chalicelib.domain.reminder_outcomes import ENDS_PLAN, Skip
from chalicelib.entrypoints.reporting import Payload, keeping_refusals

consumers = Blueprint(__name__)


@consumers.lambda_function(name="next_reminder")
@keeping_refusals
def next_reminder(ended: Envelope[ReminderSent | ReminderSkipped], now: datetime) -> Payload:
    """Schedule the wake-up of the step that follows the one that was sent or skipped.

    It goes to the address that is known last. Nothing else is decided now: a wake-up for a cart
    that has changed by then is skipped.
    """
    cart_id, window, step = ended.data.cart_id, ended.data.window, ended.data.step + 1
    rule = wiring.adapters.settings.reminder_rule.of(cart_id)
    reason = ended.data.reason if isinstance(ended.data, ReminderSkipped) else None
    if step > rule.steps or reason in ENDS_PLAN:  # a reason that is not known here may pass
        return {"action": "ended"}
    contact = wiring.adapters.carts.read(cart_id, now).contact
    if contact is None:
        return {"action": "skipped", "reason": Skip.NO_ADDRESS}
    wake_up = rule.wake_up(ended, window, step, contact.recipient(cart_id))
    zone = contact.time_zone
    due_at = rule.mailable_from(rule.due_at(window, step, zone), zone)
    created = wiring.adapters.reminder_schedules.schedule(wake_up, due_at, now)
    return {"action": "scheduled", "window": window, "step": step, "repeated": not created}
