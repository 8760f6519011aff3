"""Notes what the report is made of: one item a fact, written again without a difference.

pk = RECOVERED#<day>   sk = FACT#<cart>#<kind>#<window and step, or order>   expires_at
cart, kind, at (epoch seconds), step   of an order: total, currency

A cart is named by a hash of its id, so that nothing here is about a person. What is noted is logged
as well, without the cart: the dashboard counts these lines. That of an order has the day and step
of the mail that it counts for as far as is known by then; the report finds out when it is asked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain.events import (
    Amount,
    CartEvent,
    Currency,
    Envelope,
    EventId,
    ReminderFollowed,
    ReminderSent,
    ReminderSkipped,
)
from chalicelib.domain.reminder_outcomes import Skip
from chalicelib.entrypoints.reporting import Payload, reporting
from chalicelib.extensions.recovered.report import (
    COUNTS_FOR,
    FOLLOWED,
    HELD_OUT,
    ORDERED,
    SENT,
    Fact,
    latest_before,
    partition,
    place,
)

consumers = Blueprint(__name__)


class OrderPlaced(CartEvent, frozen=True):
    """An order exists; what is not read of it here may change."""

    source = "cart.orders"

    order_id: EventId
    total: Amount
    currency: Currency


@consumers.lambda_function(name="note_recovered")
@reporting
def note_recovered(
    told: Envelope[ReminderSent | ReminderSkipped | ReminderFollowed | OrderPlaced], now: datetime
) -> Payload:
    """Note a reminder that was sent, followed or held out, or an order."""
    data, at = told.data, told.metadata.occurred_at
    match data:
        case OrderPlaced():
            kind, name = ORDERED, data.order_id
            facts: items.Item = {"total": data.total, "currency": data.currency}
        case ReminderSkipped() if data.reason != Skip.HELD_OUT:
            return {"action": "ignored"}
        case _:
            kind = _KINDS[type(data)]
            name, facts = f"{data.window}#{data.step}", {"step": data.step}
    cart = sha256(data.cart_id.encode()).hexdigest()[:32]
    item: items.Item = {
        "pk": partition(at),
        "sk": f"FACT#{cart}#{kind}#{name}",
        **facts,
        "cart": cart,
        "kind": kind,
        "at": int(at.timestamp()),
        "expires_at": items.expiry(now),
    }
    wiring.adapters.table.put(item)
    counts_for = item if kind != ORDERED else latest_before(item, _mails(cart, at))
    day, step = place(counts_for) if counts_for else (None, None)
    return {"action": "noted", "kind": kind, **facts, "day": day and f"{day}", "step": step}


def _mails(cart: str, at: datetime) -> Iterator[Fact]:
    """Yield the reminders of a cart for which an order at a time may count."""
    for days in range(COUNTS_FOR.days + 1):
        day = partition(at - timedelta(days))
        yield from wiring.adapters.table.query(day, f"FACT#{cart}#{SENT}#")


_KINDS = {ReminderSent: SENT, ReminderFollowed: FOLLOWED, ReminderSkipped: HELD_OUT}
