"""Sends a reminder that is due, or says why it is not sent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.errors import CartError, MailOutcomeUnknown
from chalicelib.domain.events import CartReminderDue, Envelope, Recipient
from chalicelib.domain.languages import preferred
from chalicelib.domain.pricing import PricedCart, price
from chalicelib.domain.reminders import MAX_LATENESS, Send, Skip
from chalicelib.usecases import reminder_mail, tokens
from chalicelib.usecases.reminder_mail import Voice
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
    cart = wiring.adapters.carts.read(due.cart_id, now)
    recipient = _latest_recipient(wake_up, cart)
    language = preferred(filter(None, [recipient.locale]), wiring.adapters.settings.languages)
    priced = price(cart, wiring.adapters.catalog, language)
    decision = _decide(wake_up, cart, recipient, priced, now)
    if isinstance(decision, Skip):
        return {"action": "skipped", "reason": decision}
    voice, way_out = _voice(language), tokens.unsubscribe_link(due.cart_id, now)
    claim = wiring.adapters.reminder_log.claim(due.cart_id, decision.window, now, LEASE)
    if claim is None:
        return {"action": "skipped", "reason": Skip.ALREADY_SENT}
    mail = reminder_mail.render(
        recipient, priced, voice, wiring.adapters.settings.shop_url, way_out
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


def _latest_recipient(wake_up: Envelope[CartReminderDue], cart: Cart) -> Recipient:
    """Return the customer as they are known last: by the add behind the wake-up, or a later one."""
    known, contact = wake_up.data.customer, cart.contact
    if contact is None or contact.at <= ids.split(wake_up.metadata.causation_id or "")[0]:
        return known
    return Recipient(known.id, contact.email, contact.name or None, contact.locale or None)


def _decide(
    wake_up: Envelope[CartReminderDue],
    cart: Cart,
    recipient: Recipient,
    priced: PricedCart,
    now: datetime,
) -> Send | Skip:
    """Decide by the rule, and by all that speaks against a mail whatever the rule says."""
    due = wake_up.data
    if now > ids.time_of(wake_up.metadata.event_id) + MAX_LATENESS:
        return Skip.TOO_LATE
    decision = wiring.adapters.settings.reminder_rule.of(due.cart_id).decide(cart, due.window)
    if isinstance(decision, Skip):
        return decision
    if not priced.available:
        return Skip.CART_EMPTY
    if (reason := unwanted(due.cart_id, recipient.email)) is not None:
        return reason
    if cart.last_added_at and wiring.adapters.reminder_log.covers(due.cart_id, cart.last_added_at):
        return Skip.ALREADY_SENT
    return decision


def _voice(language: str) -> Voice:
    adapters = wiring.adapters
    texts = adapters.texts.reminder(language, adapters.shop.reminders[0].texts)
    return Voice(adapters.shop, adapters.catalog, adapters.locales[language], texts)
