"""Whether reminders of a cart are wanted, and whether its address may be mailed.

Each function raises a ``TransientError`` if DynamoDB or the bus could not be reached.
"""

from datetime import datetime
from typing import Literal

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.addresses import is_mailable
from chalicelib.domain.events import RemindersAllowed, RemindersStopped
from chalicelib.domain.reminder_outcomes import Skip


def unwanted(cart_id: str, address: str) -> Skip | None:
    """Return why this address must get no reminder of this cart, None if it may."""
    if not is_mailable(address):
        return Skip.NOT_MAILABLE
    if not is_wanted(cart_id):
        stopped = wiring.adapters.preferences.has_opted_out(cart_id)
        return Skip.OPTED_OUT if stopped else Skip.NO_CONSENT
    if wiring.adapters.suppressions.contains(address):
        return Skip.SUPPRESSED
    return None


def is_wanted(cart_id: str) -> bool:
    """Tell whether reminders of this cart are wanted.

    They are unless somebody stopped them; where the shop requires consent, if somebody gave it.
    """
    if wiring.adapters.settings.reminder_rule.policy.consent == "required":
        return wiring.adapters.preferences.has_opted_in(cart_id)
    return not wiring.adapters.preferences.has_opted_out(cart_id)


def allow(cart_id: str, now: datetime, wording: str) -> None:
    """Send reminders of this cart, as the customer chose on the page, which said so by ``wording``.

    Doing it twice is the same as once.
    """
    wiring.adapters.preferences.opt_in(cart_id, now, wording)
    _tell(RemindersAllowed(cart_id, "page", wording), now)


def stop(cart_id: str, now: datetime, how: Literal["link", "page"] = "page") -> None:
    """Send no more reminders of this cart; repeating it changes nothing."""
    wiring.adapters.preferences.opt_out(cart_id, now)
    _tell(RemindersStopped(cart_id, how), now)


def _tell(event: RemindersAllowed | RemindersStopped, now: datetime) -> None:
    """Publish what was written; repeating a request that failed here publishes it, too."""
    event_id = ids.event_id(now, ids.intent_bits(event.detail_type, event.cart_id))
    wiring.adapters.event_bus.publish(events.first(event_id, event))
