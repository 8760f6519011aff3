"""Notes what the report is made of: one item a fact, written again without a difference.

pk = RECOVERED#<day>   sk = FACT#<cart>#<kind>#<window and step, or order>   expires_at
cart, kind, at (epoch seconds), step   of an order: total, currency

A cart is named by a hash of its id, so that nothing here is about a person.
"""

from datetime import datetime
from hashlib import sha256

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters.dynamodb import items
from chalicelib.domain.events import Envelope, ReminderFollowed, ReminderSent, ReminderSkipped
from chalicelib.domain.reminder_outcomes import Skip
from chalicelib.entrypoints.reporting import Payload, reporting
from chalicelib.extensions.recovered.reads import OrderPlaced
from chalicelib.extensions.recovered.report import FOLLOWED, HELD_OUT, ORDERED, SENT, partition

consumers = Blueprint(__name__)


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
    return {"action": "noted", "kind": kind}


_KINDS = {ReminderSent: SENT, ReminderFollowed: FOLLOWED, ReminderSkipped: HELD_OUT}
