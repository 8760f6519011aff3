"""What the payment provider reports: it is noted first, then told on the bus.

    pk = PAYMENTS#<tail of the order's id>   sk = <tail of the event's id>   kind, payment = <JSON>

Whoever closes an order looks here: a payment whose answer the provider has got is found, even if
its event is still on its way.
"""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from chalicelib import wiring
from chalicelib.adapters.dynamodb.items import ABSENT, Item
from chalicelib.domain import events, ids
from chalicelib.domain.events import Amount, Currency, Envelope, EventId
from chalicelib.extensions.payments.events import (
    PaymentId,
    PaymentReceived,
    PaymentRefused,
    Reported,
)

KEYS: Final = "payment-keys"
"""The last part of the name of the parameter with the provider's keys."""

_KINDS: Final = {"paid": PaymentReceived, "refused": PaymentRefused}


class PaymentReport(msgspec.Struct, frozen=True):
    """What became of a payment; ``id`` is the provider's own for it."""

    id: PaymentId
    outcome: Literal["paid", "refused"]
    order_id: EventId
    amount: Amount
    currency: Currency


def take(report: PaymentReport, now: datetime) -> None:
    """Note what was reported, and tell of it; however often it comes, that is one event.

    Raises:
        TransientError: it could not be noted or told; the provider has to report it again.
    """
    bits = ids.intent_bits(report.outcome, report.id, report.order_id)
    data = _KINDS[report.outcome](report.order_id, report.id, report.amount, report.currency)
    payment: Envelope[Any] = events.first(ids.event_id(now, bits), data)
    item = {
        "pk": _partition(report.order_id),
        "sk": ids.tail_of(payment.metadata.event_id),
        "outcome": report.outcome,
        "payment": events.encode(payment),
    }
    if not wiring.adapters.table.put(item, ABSENT):
        known = wiring.adapters.table.get(item["pk"], item["sk"])
        payment = _payment_in(known or item)
    wiring.adapters.event_bus.publish(payment)


def noted(order_id: str) -> list[Envelope[Reported]]:
    """Return what was reported of an order's payment, in the order of time."""
    found = map(_payment_in, wiring.adapters.table.query(_partition(order_id)))
    return sorted(found, key=lambda payment: payment.metadata.event_id)


def _partition(order_id: str) -> str:
    return f"PAYMENTS#{ids.tail_of(order_id)}"


def _payment_in(item: Item) -> Envelope[Reported]:
    kind: Any = _KINDS[item["outcome"]]
    payment: Envelope[Reported] = msgspec.json.decode(item["payment"], type=Envelope[kind])
    return payment
