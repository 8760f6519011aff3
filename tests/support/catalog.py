"""The shop of the tests: its folder, and what it sells on stage local."""

import os
from pathlib import Path
from typing import Final

from msgspec import structs

from chalicelib.adapters.shop_folder import Texts, read_locales, read_products, read_shop
from chalicelib.domain.catalog import ProductList
from chalicelib.domain.durations import duration

FOLDER: Final = Path(__file__).with_name("shop")

# Whoever runs the application for a test, by pytest or not, runs it with this shop, so that the
# other one can be changed and not a test fails.
os.environ["SHOP_FOLDER"] = str(FOLDER)

LANGUAGE: Final = "en"
PRODUCTS: Final = tuple(read_products(FOLDER))
SHOP: Final = read_shop(FOLDER, "local")
LOCALES: Final = {locale.language: locale for locale in read_locales(FOLDER)}
TEXTS: Final = Texts(FOLDER)

DELAY: Final = duration(SHOP.reminders[0].after)
WINDOW: Final = duration(SHOP.reminder_window)
A_DAY_AND_A_WINDOW: Final = int((DELAY + WINDOW).total_seconds())
"""Seconds after which a cart that was left alone has been reminded of."""


def catalog_on(stage: str) -> ProductList:
    """Return what the shop of the tests sells on a stage."""
    return ProductList(PRODUCTS, "EUR", stage)


CATALOG: Final = catalog_on("local")


def without(*skus: str) -> ProductList:
    """Return the catalogue with these products withdrawn."""
    products = (structs.replace(each, withdrawn=each.sku in skus) for each in PRODUCTS)
    return ProductList(products, "EUR", "local")
