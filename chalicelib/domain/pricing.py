"""What a cart costs: the view of it that the API answers and the reminder mail lists."""

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.cart import Cart, PriceSeen
from chalicelib.domain.catalog import Catalog, Product
from chalicelib.domain.events import UtcTime


class LineItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product in the cart; prices are minor units of the cart's currency.

    A product that is no longer sold is not ``available``, and its subtotal is 0.
    ``unit_price_at_add`` is what it cost at the latest add, left out if that is not known.
    """

    sku: str
    name: str
    unit_price: int
    quantity: int
    subtotal: int
    available: bool = True
    unit_price_at_add: int | UnsetType = UNSET


class PricedCart(msgspec.Struct, frozen=True):
    """A cart's line items and their total, in minor units of ``currency``."""

    items: tuple[LineItem, ...]
    total: int
    currency: str
    updated_at: UtcTime | None

    @property
    def available(self) -> tuple[LineItem, ...]:
        """The line items that can be ordered."""
        return tuple(item for item in self.items if item.available)

    @property
    def unsold(self) -> frozenset[str]:
        """The SKUs of the line items that cannot be ordered."""
        return frozenset(item.sku for item in self.items if not item.available)


def line_item(
    product: Product,
    quantity: int,
    language: str,
    seen: PriceSeen | None = None,
    currency: str | None = None,
) -> LineItem:
    """Price ``quantity`` of a product, which is named in ``language``.

    A price that was ``seen`` in another currency than the shop's tells nothing.
    """
    return LineItem(
        sku=product.sku,
        name=product.name_in(language),
        unit_price=product.unit_price,
        quantity=quantity,
        subtotal=0 if product.withdrawn else product.unit_price * quantity,
        available=not product.withdrawn,
        unit_price_at_add=seen.unit_price if seen and seen.currency == currency else UNSET,
    )


def price(cart: Cart, catalog: Catalog, language: str) -> PricedCart:
    """Price a cart; what is no longer sold costs nothing, what the shop never sold is left out."""
    products = catalog.find_all(cart.quantities)
    items = tuple(
        line_item(product, quantity, language, cart.price_seen(sku), catalog.currency)
        for sku, quantity in cart.quantities.items()
        if (product := products.get(sku))
    )
    return PricedCart(
        items=items,
        total=sum(item.subtotal for item in items),
        currency=catalog.currency,
        updated_at=cart.updated_at,
    )
