"""What a cart costs: the view of it that the API answers and the reminder mail lists."""

import re
from datetime import datetime
from typing import Final
from unicodedata import category

import msgspec

from chalicelib.domain.cart import Cart
from chalicelib.domain.catalog import Catalog, Product

# Minor units as in ISO 4217; most currencies have hundredths.
_WITHOUT_MINOR_UNITS: Final = re.compile(
    "BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF"
)
_IN_THOUSANDTHS: Final = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")

# As readers of English write them (CLDR). Other currencies are written by their code.
_SYMBOLS: Final = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "PHP": "₱",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
    "XAF": "FCFA",
    "XCD": "EC$",
    "XCG": "Cg.",
    "XOF": "F\N{NARROW NO-BREAK SPACE}CFA",
    "XPF": "CFPF",
}


class LineItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product in the cart; prices are minor units of the cart's currency.

    A product that is no longer sold is not ``available``, and its subtotal is 0.
    """

    sku: str
    name: str
    unit_price: int
    quantity: int
    subtotal: int
    available: bool = True


class PricedCart(msgspec.Struct, frozen=True):
    """A cart's line items and their total, in minor units of ``currency``."""

    items: tuple[LineItem, ...]
    total: int
    currency: str
    updated_at: datetime | None

    @property
    def available(self) -> tuple[LineItem, ...]:
        """The line items that can be ordered."""
        return tuple(item for item in self.items if item.available)


def line_item(product: Product, quantity: int, language: str) -> LineItem:
    """Price ``quantity`` of a product, which is named in ``language``."""
    return LineItem(
        sku=product.sku,
        name=product.name_in(language),
        unit_price=product.unit_price,
        quantity=quantity,
        subtotal=0 if product.withdrawn else product.unit_price * quantity,
        available=not product.withdrawn,
    )


def price(cart: Cart, catalog: Catalog, language: str) -> PricedCart:
    """Price a cart; what is no longer sold costs nothing, what the shop never sold is left out."""
    items = tuple(
        line_item(product, quantity, language)
        for sku, quantity in cart.quantities.items()
        if (product := catalog.find(sku))
    )
    return PricedCart(
        items=items,
        total=sum(item.subtotal for item in items),
        currency=catalog.currency,
        updated_at=cart.updated_at,
    )


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as readers of English write it, by Unicode's CLDR.

    Such as ``€1,234.50``, ``-€1.95``, ``¥1,450`` or ``CHF 14.50``, the last with a no-break space.
    The page writes it the same: ``chalicelib/storefront/words.js``.
    """
    digits = minor_digits(currency)
    units, minor = divmod(abs(amount), 10**digits)
    figure = f"{units:,}.{minor:0{digits}}" if digits else f"{units:,}"
    symbol = _SYMBOLS.get(currency, currency)
    space = "" if category(symbol[-1]) == "Sc" else "\N{NO-BREAK SPACE}"
    return f"{'-' if amount < 0 else ''}{symbol}{space}{figure}"


def minor_digits(currency: str) -> int:
    """Return how many digits of an amount are minor units (ISO 4217)."""
    if _WITHOUT_MINOR_UNITS.fullmatch(currency):
        return 0
    return 3 if _IN_THOUSANDTHS.fullmatch(currency) else 2
