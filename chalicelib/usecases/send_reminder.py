"""Sends a reminder that is due, or says why it is not sent, and tells the bus of either."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.errors import CartError, MailOutcomeUnknown, PermanentError
from chalicelib.domain.events import CartReminderDue, Envelope, Recipient
from chalicelib.domain.languages import preferred
from chalicelib.domain.pricing import PricedCart, price
from chalicelib.domain.reminder_outcomes import PutOff, Send, SentReminder, Skip, skipped
from chalicelib.usecases import cart_links, reminder_mail, tokens
from chalicelib.usecases.reminder_mail import Voice
from chalicelib.usecases.wishes import unwanted

LEASE: Final = timedelta(minutes=2)
"""How long a claim prevents others from sending. Longer than the function may run."""


class _Known(NamedTuple):
    """What is known when a wake-up is handled; ``sent`` are the reminders of this cart so far."""

    wake_up: Envelope[CartReminderDue]
    sent: Sequence[SentReminder]
    cart: Cart
    recipient: Recipient
    language: str
    priced: PricedCart
    now: datetime


def remind(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Do what the ``CartReminderDue`` in ``event`` asks for, as the cart is at ``now``.

    The mail is claimed before it is sent and marked afterwards. If the function dies after SES
    has accepted the mail and before the mark, the claim expires and the mail is sent again: the
    only case in which a customer gets it twice.

    What became of the wake-up is told on the bus. That a mail was sent is told after the mark, and
    by the next attempt as well, so that it is told even if the function dies in between.

    Returns:
        What was done: ``{"action": "sent", "window", "step"}``, ``{"action": "skipped", "reason"}``
        or, in quiet hours, ``{"action": "put_off", "seconds"}``.

    Raises:
        PermanentError: the event is malformed, or SES refuses this mail permanently.
        TransientError: try again later.
    """
    wake_up = events.parse(event, CartReminderDue, now=now)
    sent = wiring.adapters.reminder_log.sent(wake_up.data.cart_id)
    before = [one for one in sent if one.wake_up == wake_up.metadata.event_id]
    if before:
        wiring.adapters.event_bus.publish(*(one.event_of(wake_up) for one in before))
    known = _look(wake_up, sent, now)
    decision = _decide(known)
    if isinstance(decision, PutOff):
        return {"action": "put_off", "seconds": -((now - decision.until) // timedelta(seconds=1))}
    outcome = _send(known, decision.window) if isinstance(decision, Send) else decision
    if isinstance(outcome, SentReminder):
        wiring.adapters.event_bus.publish(outcome.event_of(wake_up))
        sent_as = {"window": outcome.window, "step": outcome.step, "message_id": outcome.message_id}
        return {"action": "sent", **sent_as}
    if not before:  # otherwise its outcome is that it was sent
        wiring.adapters.event_bus.publish(skipped(wake_up, outcome))
    return {"action": "skipped", "reason": outcome}


def _look(
    wake_up: Envelope[CartReminderDue], sent: Sequence[SentReminder], now: datetime
) -> _Known:
    cart = wiring.adapters.carts.read(wake_up.data.cart_id, now)
    recipient = _latest_recipient(wake_up, cart)
    language = preferred(filter(None, [recipient.locale]), wiring.adapters.settings.languages)
    priced = price(cart, wiring.adapters.catalog, language)
    cart = cart.without_sale_of(priced.unsold)
    return _Known(wake_up, sent, cart, recipient, language, priced, now)


def _latest_recipient(wake_up: Envelope[CartReminderDue], cart: Cart) -> Recipient:
    """Return the customer as they are known last: by the add behind the wake-up, or a later one."""
    known, contact = wake_up.data.customer, cart.contact
    if contact is None or contact.at <= ids.split(wake_up.metadata.causation_id or "")[0]:
        return known
    return contact.recipient(known.id)


def _decide(known: _Known) -> Send | Skip | PutOff:
    """Decide by the rule, and by all that speaks against a mail whatever the rule says."""
    due, wake_up, now = known.wake_up.data, known.wake_up.metadata, known.now
    rule, zone = wiring.adapters.settings.reminder_rule.of(due.cart_id), known.recipient.time_zone
    if rule.is_too_late(ids.time_of(wake_up.event_id), zone, now):
        return Skip.TOO_LATE
    decision = rule.decide(known.cart, due.window, due.step, known.sent)
    if isinstance(decision, Skip):
        return decision
    if not known.priced.available:
        return Skip.NOTHING_ON_SALE
    if (reason := unwanted(due.cart_id, known.recipient.email)) is not None:
        return reason
    return rule.limit(due.cart_id, known.sent, zone, now) or decision


def _send(known: _Known, window: int) -> SentReminder | Skip:
    """Claim the reminder that belongs to ``window``, send it and mark it as sent."""
    due, wake_up, log = known.wake_up.data, known.wake_up.metadata, wiring.adapters.reminder_log
    voice = _voice(known.language, due.step)
    way_back = cart_links.address_of(due.cart_id, window, due.step, known.now)
    way_out = tokens.unsubscribe_link(due.cart_id, known.now)
    claim = log.claim(due.cart_id, window, due.step, known.now, LEASE, wake_up=wake_up.event_id)
    if claim is None:
        return Skip.ALREADY_SENT
    mail = reminder_mail.render(known.recipient, known.priced, voice, way_back, way_out)
    try:
        message_id = wiring.adapters.mailer.send(mail)
    except MailOutcomeUnknown:
        raise  # the mail may have been sent, so the claim stays until it expires
    except CartError as error:
        log.release(claim)
        if isinstance(error, PermanentError):
            wiring.adapters.event_bus.publish(skipped(known.wake_up, Skip.MAIL_REFUSED))
        raise
    sent_at = log.mark_sent(claim, known.now, message_id)
    return SentReminder(window, due.step, sent_at, wake_up.event_id, message_id)


def _voice(language: str, step: int) -> Voice:
    adapters = wiring.adapters
    texts = adapters.texts.reminder(language, adapters.shop.reminders[step - 1].texts)
    return Voice(adapters.shop, adapters.catalog, adapters.locales[language], texts)
