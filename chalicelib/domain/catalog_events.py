"""The events by which whoever keeps the products tells how they are now.

Of two events about a product the later one counts, whichever comes first: an event's id is its
time. A change says all of a product and puts it on sale, also after it was withdrawn.
"""

import msgspec
from msgspec import structs

from chalicelib.domain.catalog import Image, Price, Product, Stock, Url, Words
from chalicelib.domain.events import Currency, Event, Sku


class ProductEvent(Event, frozen=True):
    """Something that happened to the product ``sku``."""

    source = "shop.catalog"

    sku: Sku


class ProductChanged(ProductEvent, frozen=True, kw_only=True):
    """A product is new, or is otherwise than before; ``unit_price`` is in minor units."""

    name: Words
    description: Words
    unit_price: Price
    currency: Currency
    category: Words | None = None
    image: Image | None = None
    url: Url | None = None
    stock: Stock | None = None

    @classmethod
    def of(cls, product: Product, currency: str) -> "ProductChanged":
        """Return the event that says how a product is."""
        known = structs.asdict(product)
        told = {name: known[name] for name in cls.__struct_fields__ if name in known}
        return cls(**told, currency=currency)

    @property
    def product(self) -> Product:
        """The product as the event says it is."""
        return msgspec.convert(self, Product, from_attributes=True)


class ProductWithdrawn(ProductEvent, frozen=True):
    """A product is no longer sold."""
