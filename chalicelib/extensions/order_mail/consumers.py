"""Mails customers about their orders, each news once.

    pk = ORDER_MAIL#<customer>   sk = <tail of the event's id>

What else is kept of a mail: :mod:`chalicelib.usecases.mail_once`.
"""

from datetime import datetime, timedelta
from typing import Final

from chalice import Blueprint
from msgspec import UNSET

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain import ids
from chalicelib.domain.events import Envelope
from chalicelib.entrypoints.queued import queued
from chalicelib.entrypoints.reporting import Payload
from chalicelib.extensions.order_mail.reads import (
    OrderCancelled,
    OrderPaid,
    OrderRefundDue,
    news_of,
)
from chalicelib.usecases import mail_once

consumers = Blueprint(__name__)

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
        "expires_at": items.expiry(now),
    }
    message_id = mail_once.send(mail.render(told.data, address), claim, now)
    if message_id is None:
        return {"action": "skipped", "reason": "already_sent"}
    return {"action": "sent", "news": news_of(told.data), "message_id": message_id}
