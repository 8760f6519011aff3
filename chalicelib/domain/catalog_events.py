"""The events by which whoever keeps the products tells how they are now.

Of two events about a product the later one counts, whichever comes first: an event's id is its
time. A change says all of a product and puts it on sale, also after it was withdrawn.
"""

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
        return cls(
            product.sku,
            name=product.name,
            description=product.description,
            unit_price=product.unit_price,
            currency=currency,
            category=product.category,
            image=product.image,
            url=product.url,
            stock=product.stock,
        )

    @property
    def product(self) -> Product:
        """The product as the event says it is."""
        return Product(
            sku=self.sku,
            name=self.name,
            description=self.description,
            unit_price=self.unit_price,
            category=self.category,
            image=self.image,
            url=self.url,
            stock=self.stock,
        )


class ProductWithdrawn(ProductEvent, frozen=True):
    """A product is no longer sold."""
