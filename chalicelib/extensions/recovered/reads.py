"""What is read of an order; everything else of the event may change."""

from chalicelib.domain.events import Amount, CartEvent, Currency, EventId


class OrderPlaced(CartEvent, frozen=True):
    """An order exists."""

    source = "cart.orders"

    order_id: EventId
    total: Amount
    currency: Currency
