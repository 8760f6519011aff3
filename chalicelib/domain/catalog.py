"""What the shop sells. Prices come from here and never from a client."""

from typing import Final

import msgspec

from chalicelib.domain.errors import UnknownSku

CURRENCY: Final = "EUR"


class Product(msgspec.Struct, frozen=True):
    """A thing on sale; ``unit_price`` is in minor units (cents) of :data:`CURRENCY`."""

    sku: str
    name: str
    description: str
    unit_price: int


PRODUCTS: Final = (
    Product("MUG-STONE-350", "Stoneware mug", "Hand-glazed, holds 350 ml.", 1450),
    Product("TEAPOT-CAST-800", "Cast-iron teapot", "Enamelled inside, 800 ml.", 5900),
    Product("KETTLE-GOOSE-1L", "Gooseneck kettle", "One litre, for pour-over.", 7450),
    Product("GRINDER-HAND-30", "Hand coffee grinder", "Steel conical burrs, 30 g.", 8900),
    Product("DRIPPER-V-02", "Ceramic dripper", "One to four cups, size 02.", 2490),
    Product("FILTERS-02-100", "Paper filters, 100", "Unbleached, size 02.", 590),
    Product("BEANS-ETH-250", "Ethiopian beans, 250 g", "Washed; jasmine and peach.", 1180),
    Product("BEANS-COL-250", "Colombian beans, 250 g", "Washed; caramel and red apple.", 1090),
    Product("TEA-SENCHA-100", "Sencha, 100 g", "First harvest, loose leaf.", 1690),
    Product("TEA-EARL-100", "Earl Grey, 100 g", "Ceylon with bergamot oil.", 1290),
    Product("TOWEL-LINEN-2", "Linen tea towels, pair", "Stone-washed, 50 by 70 cm.", 2200),
    Product("BOARD-OAK-40", "Oak serving board", "Oiled, 40 by 20 cm.", 3650),
)

_BY_SKU: Final = {product.sku: product for product in PRODUCTS}


def find(sku: str) -> Product | None:
    """Return the product with this SKU, or None if it is not (or no longer) sold."""
    return _BY_SKU.get(sku)


def require(sku: str) -> Product:
    """Return the product with this SKU.

    Raises:
        UnknownSku: the catalogue has no such product.
    """
    product = find(sku)
    if product is None:
        raise UnknownSku("There is no product with this SKU.", sku=sku[:64])
    return product
