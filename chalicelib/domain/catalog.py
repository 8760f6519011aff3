"""What the shop sells. Prices come from here and never from a client."""

from datetime import timedelta
from typing import Final

import msgspec

from chalicelib.domain.errors import UnknownSku

CURRENCY: Final = "EUR"


class Product(msgspec.Struct, frozen=True):
    """A thing on sale; ``unit_price`` is in minor units (cents) of :data:`CURRENCY`.

    ``fails_for`` is how long after an add persisting it fails: a demonstration of what the system
    does about a failure. ``stages`` are those where the product is sold, None for every stage.
    """

    sku: str
    name: str
    description: str
    unit_price: int
    fails_for: timedelta = timedelta(0)
    stages: frozenset[str] | None = None


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
    Product(
        "VASE-FAILS-5-MIN",
        "Unlucky vase",
        "A demonstration: adding it fails for five minutes.",
        1300,
        fails_for=timedelta(minutes=5),  # longer than Lambda takes to use up its retries
        stages=frozenset({"local", "dev"}),
    ),
)

_BY_SKU: Final = {product.sku: product for product in PRODUCTS}


def find(sku: str) -> Product | None:
    """Return the product with this SKU, or None if it is not (or no longer) sold."""
    return _BY_SKU.get(sku)


def sold_on(stage: str) -> tuple[Product, ...]:
    """Return the products that are sold on a stage."""
    return tuple(product for product in PRODUCTS if _is_sold(product, stage))


def require(sku: str, stage: str) -> Product:
    """Return the product with this SKU.

    Raises:
        UnknownSku: no product with this SKU is sold on the stage.
    """
    product = find(sku)
    if product is None or not _is_sold(product, stage):
        raise UnknownSku("There is no product with this SKU.", sku=sku[:64])
    return product


def _is_sold(product: Product, stage: str) -> bool:
    return product.stages is None or stage in product.stages
