"""Sends a reminder that is due, or says why it is not sent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.errors import CartError, MailOutcomeUnknown
from chalicelib.domain.events import CartReminderDue
from chalicelib.domain.pricing import price
from chalicelib.domain.reminders import MAX_LATENESS, Skip
from chalicelib.usecases import reminder_mail, tokens
from chalicelib.usecases.wishes import unwanted

LEASE: Final = timedelta(minutes=2)
"""How long a claim prevents others from sending. Longer than the function may run."""


def remind(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Do what the ``CartReminderDue`` in ``event`` asks for, as the cart is at ``now``.

    The mail is claimed before it is sent and marked afterwards. If the function dies after SES
    has accepted the mail and before the mark, the claim expires and the mail is sent again: the
    only case in which a customer gets it twice.

    Returns:
        What was done: ``{"action": "sent", "window"}`` or ``{"action": "skipped", "reason"}``.

    Raises:
        PermanentError: the event is malformed, or SES refuses this mail permanently.
        TransientError: try again later.
    """
    wake_up = events.parse(event, CartReminderDue, now=now)
    due = wake_up.data
    if now > ids.time_of(wake_up.metadata.event_id) + MAX_LATENESS:
        return {"action": "skipped", "reason": Skip.TOO_LATE}
    cart = wiring.adapters.carts.read(due.cart_id, now)
    decision = wiring.adapters.settings.reminder_rule.decide(cart, due.window)
    if isinstance(decision, Skip):
        return {"action": "skipped", "reason": decision}
    priced = price(cart, wiring.adapters.catalog, wiring.adapters.settings.languages[0])
    if not priced.available:
        return {"action": "skipped", "reason": Skip.CART_EMPTY}
    if (reason := unwanted(due.cart_id, due.customer.email)) is not None:
        return {"action": "skipped", "reason": reason}
    way_out = tokens.unsubscribe_link(due.cart_id, now)
    claim = wiring.adapters.reminder_log.claim(due.cart_id, decision.window, now, LEASE)
    if claim is None:
        return {"action": "skipped", "reason": Skip.ALREADY_SENT}
    mail = reminder_mail.render(
        due.customer,
        priced,
        wiring.adapters.settings.shop_url,
        way_out,
    )
    try:
        message_id = wiring.adapters.mailer.send(mail)
    except MailOutcomeUnknown:
        raise  # the mail may have been sent, so the claim stays until it expires
    except CartError:
        wiring.adapters.reminder_log.release(claim)
        raise
    wiring.adapters.reminder_log.mark_sent(claim, now, message_id)
    return {"action": "sent", "window": decision.window, "message_id": message_id}
