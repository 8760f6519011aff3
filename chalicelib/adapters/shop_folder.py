"""The shop's folder: ``shop.toml``, ``products.json`` and what belongs to them, read and checked.

Every error names the file, the place in it and what is allowed. Functions read what they need;
``python -m infra check`` looks at everything and lists all problems at once.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from chalicelib.domain.catalog import Product
from chalicelib.domain.locales import Locale
from chalicelib.domain.shop import Shop

SETTINGS: Final = "shop.toml"
PRODUCTS: Final = "products.json"
LOCALES: Final = "locales.json"
PICTURES: Final = "pictures"
TEXTS: Final = "texts"
LOCAL: Final = "local"
"""The stage of the local cloud, which every shop has."""


class ShopError(Exception):
    """The shop's folder holds something that cannot work."""


def stages_of(folder: Path) -> tuple[str, ...]:
    """Return the stages that ``shop.toml`` names and can be deployed.

    Raises:
        ShopError: the file cannot be read.
    """
    return tuple(stage for stage in _table(folder).get("stages", {}) if stage != LOCAL)


def read_shop(folder: Path, stage: str) -> Shop:
    """Return the shop as it is on one stage.

    Raises:
        ShopError: ``shop.toml`` does not know the stage, or a value is missing or malformed.
    """
    table = dict(_table(folder))
    stages = table.pop("stages", {})
    if stage != LOCAL and stage not in stages:
        raise ShopError(f"{SETTINGS}: stages: there is no {stage!r}, only {', '.join(stages)}")
    try:
        shop: Shop = msgspec.convert({**table, **stages.get(stage, {})}, Shop)
    except msgspec.ValidationError as error:
        raise ShopError(f"{SETTINGS}: {error}") from error
    return shop


def read_products(folder: Path) -> list[Product]:
    """Return the products, in the order of ``products.json``.

    Raises:
        ShopError: a product is malformed.
    """
    try:
        return msgspec.json.decode((folder / PRODUCTS).read_bytes(), type=list[Product])
    except (OSError, msgspec.DecodeError) as error:
        raise ShopError(f"{PRODUCTS}: {error}") from error


def read_locales(folder: Path) -> tuple[Locale, ...]:
    """Return how each of the shop's languages writes money and counts."""
    return msgspec.json.decode((folder / LOCALES).read_bytes(), type=tuple[Locale, ...])


def _table(folder: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ShopError(f"{SETTINGS}: {error}") from error
