"""Mails customers about their orders, each news once.

    pk = ORDER_MAIL#<customer>   sk = <tail of the event's id>
    sent = 0 or 1   held_until, expires_at in epoch seconds

A mail is claimed before it is sent and marked afterwards. Should the function die in between, the
claim runs out and the mail is sent again: the only case in which a customer gets it twice.
"""

from datetime import datetime, timedelta
from typing import Final

from chalice import Blueprint
from msgspec import UNSET

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import ids
from chalicelib.domain.errors import CartError, ClaimHeld, MailOutcomeUnknown
from chalicelib.domain.events import Envelope
from chalicelib.entrypoints.queued import queued
from chalicelib.entrypoints.reporting import Payload
from chalicelib.extensions.order_mail.reads import (
    OrderCancelled,
    OrderPaid,
    OrderRefundDue,
    news_of,
)

consumers = Blueprint(__name__)

LEASE: Final = timedelta(minutes=2)
"""How long a claim prevents others from sending. Longer than the function may run."""
MAX_AGE: Final = timedelta(days=3)
"""How old the news may be, so that a replay mails nobody about orders of last month."""


@consumers.lambda_function(name="mail_order")
@queued
def mail_order(
    told: Envelope[OrderPaid | OrderCancelled | OrderRefundDue], now: datetime
) -> Payload:
    """Tell a customer what happened to their order."""
    from chalicelib.extensions.order_mail import mail  # noqa: PLC0415 - no other needs it

    address = told.data.customer.email
    if address is UNSET:
        return {"action": "skipped", "reason": "no_address"}
    if now > told.metadata.occurred_at + MAX_AGE:
        return {"action": "skipped", "reason": "too_late"}
    if wiring.adapters.suppressions.contains(address):
        return {"action": "skipped", "reason": "suppressed"}
    claim: items.Item = {
        "pk": f"ORDER_MAIL#{told.data.cart_id}",
        "sk": ids.tail_of(told.metadata.event_id),
        "sent": 0,
        "held_until": _seconds(now + LEASE),
        "expires_at": items.expiry(now),
    }
    table = wiring.adapters.table
    if not table.put(claim, f"{items.ABSENT} OR (sent = :no AND held_until <= :now)", **_at(now)):
        known = table.get(claim["pk"], claim["sk"])
        if known is not None and known["sent"]:
            return {"action": "skipped", "reason": "already_sent"}
        raise ClaimHeld("Another invocation may be sending it.")
    try:
        message_id = wiring.adapters.mailer.send(mail.render(told.data, address))
    except MailOutcomeUnknown:
        raise  # the mail may have been sent, so the claim stays until it runs out
    except CartError:
        table.put({**claim, "held_until": _seconds(now)})
        raise
    table.put({**claim, "sent": 1})
    return {"action": "sent", "news": news_of(told.data), "message_id": message_id}


def _at(now: datetime) -> dict[str, int]:
    return {"no": 0, "now": _seconds(now)}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
