"""What the shop sells. Prices come from here and never from a client."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from chalicelib.domain import events
from chalicelib.domain.errors import UnknownSku
from chalicelib.domain.shop import Duration, Language, Text

Words = dict[Language, Text]
"""A text by language."""

_HTTPS = r"^https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?(/\S*)?\Z"
Image = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Za-z0-9_-]{{1,60}}\.svg\Z|{_HTTPS}",
        description='the name of an SVG file such as "mug.svg", or an https address',
    ),
]
Url = Annotated[str, Meta(pattern=_HTTPS, description="an https address")]
Price = Annotated[
    int, Meta(ge=0, le=10**9, description="a whole number of minor units, from 0 to 10^9")
]
Stock = Annotated[int, Meta(ge=0, description="a whole number from 0")]


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product on sale, as ``products.json`` has it.

    Attributes:
        sku: the stock keeping unit, which identifies the product permanently.
        unit_price: minor units of the shop's currency.
        category: what the page lists it under where there are many products, by language.
        image: an SVG file of the folder ``pictures``, or an https address.
        url: the address of the product's own page.
        stock: how many there are at first; not limited where it is left out.
        withdrawn: no longer sold; carts that hold it show that.
        stages: where it is sold; everywhere where it is left out.
        fails_for: for how long persisting it fails after an add, which demonstrates a failed job.
    """

    sku: Annotated[
        str,
        Meta(
            pattern=events.SKU_PATTERN,
            description="a SKU: up to 32 of A to Z, 0 to 9 and the hyphen",
        ),
    ]
    name: Words
    description: Words
    unit_price: Price
    category: Words | None = None
    image: Image | None = None
    url: Url | None = None
    stock: Stock | None = None
    withdrawn: bool = False
    stages: tuple[str, ...] | None = None
    fails_for: Duration | None = None

    def name_in(self, language: str) -> str:
        """Return the name in a language, or in the product's first one."""
        return in_language(self.name, language)


class Catalog(ABC):
    """The products of one shop on one stage; ``currency`` is that of all prices.

    Each method raises a ``TransientError`` if the products could not be read now.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency

    @abstractmethod
    def find_all(self, skus: Iterable[str]) -> Mapping[str, Product]:
        """Return those products that there are, by SKU; they may be withdrawn."""

    @abstractmethod
    def __iter__(self) -> Iterator[Product]:
        """Yield the products on sale that the shop shows."""

    def find(self, sku: str) -> Product | None:
        """Return the product with this SKU, or None if there never was one; it may be withdrawn."""
        return self.find_all((sku,)).get(sku)

    def require(self, sku: str, *, on_sale: bool = True) -> Product:
        """Return the product with this SKU; it may be withdrawn if it need not be on sale.

        Raises:
            UnknownSku: there is no such product.
        """
        product = self.find(sku)
        if product is None or (on_sale and product.withdrawn):
            raise UnknownSku("There is no product with this SKU.", sku=sku[:64])
        return product


class ProductList(Catalog):
    """All products in memory, in the order in which the shop shows them."""

    def __init__(self, products: Iterable[Product], currency: str, stage: str) -> None:
        super().__init__(currency)
        self._products = {
            product.sku: product
            for product in products
            if product.stages is None or stage in product.stages
        }

    def __iter__(self) -> Iterator[Product]:
        """Yield the products that are on sale."""
        return (product for product in self._products.values() if not product.withdrawn)

    def find_all(self, skus: Iterable[str]) -> Mapping[str, Product]:
        """Return those products that there are, by SKU; they may be withdrawn."""
        products = self._products
        return {sku: one for sku in skus if (one := products.get(sku) or self._read(sku))}

    def _read(self, _sku: str) -> Product | None:
        """Return a product that is not in memory yet."""
        return None

    def put(self, product: Product) -> None:
        """Have a product be as it is told to be from now on."""
        self._products[product.sku] = product


def in_language(words: Words, language: str) -> str:
    """Return a text in a language, or in its first one; "" if it is in none."""
    return words.get(language) or next(iter(words.values()), "")
