"""What a cart costs: the view of it that the API answers and the reminder mail lists."""

from datetime import datetime

import msgspec

from chalicelib.domain import catalog
from chalicelib.domain.cart import Cart


class LineItem(msgspec.Struct, frozen=True):
    """One product in the cart; prices are minor units of the cart's currency."""

    sku: str
    name: str
    unit_price: int
    quantity: int
    subtotal: int


class PricedCart(msgspec.Struct, frozen=True):
    """A cart's line items and their total, in minor units of ``currency``."""

    items: tuple[LineItem, ...]
    total: int
    currency: str
    updated_at: datetime | None


def line_item(product: catalog.Product, quantity: int) -> LineItem:
    """Price ``quantity`` of a product."""
    return LineItem(
        sku=product.sku,
        name=product.name,
        unit_price=product.unit_price,
        quantity=quantity,
        subtotal=product.unit_price * quantity,
    )


def price(cart: Cart) -> PricedCart:
    """Price a cart; products that are no longer sold are left out."""
    items = tuple(
        line_item(product, quantity)
        for sku, quantity in cart.quantities.items()
        if (product := catalog.find(sku))
    )
    return PricedCart(
        items=items,
        total=sum(item.subtotal for item in items),
        currency=catalog.CURRENCY,
        updated_at=cart.updated_at,
    )


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people read it: ``€1,234.50``, or ``1,234.50 CHF``."""
    units, cents = divmod(amount, 100)
    figure = f"{units:,}.{cents:02}"
    return f"€{figure}" if currency == "EUR" else f"{figure} {currency}"
