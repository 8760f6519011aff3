"""The events about payments."""

from typing import Annotated

from msgspec import Meta

from chalicelib.domain.events import Amount, Currency, Event, EventId

PaymentId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]


class Payment(Event, frozen=True):
    """What the payment provider reports; ``payment_id`` is its own id for it."""

    source = "shop.payments"

    order_id: EventId
    payment_id: PaymentId
    amount: Amount
    currency: Currency


class PaymentReceived(Payment, frozen=True):
    """An amount was paid for an order."""


class PaymentRefused(Payment, frozen=True):
    """An amount was not paid for an order, and will not be."""


Reported = PaymentReceived | PaymentRefused
"""What the provider may report of a payment."""
