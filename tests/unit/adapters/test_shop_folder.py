"""The shop's folder as functions read it."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chalicelib.adapters.shop_folder import FileCatalog, ShopError, read_products
from chalicelib.domain.catalog import ProductList
from tests.support.catalog import FOLDER, PRODUCTS
from tests.support.products import MUG, TEA


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(FOLDER, tmp_path / "shop")


def edit(folder: Path, sku: str, **fields: Any) -> None:
    """Change a product in the file."""
    products = json.loads((folder / "products.json").read_text("utf-8"))
    for product in products:
        if product["sku"] == sku:
            product.update(fields)
    (folder / "products.json").write_text(json.dumps(products), "utf-8")


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_the_file_sells_what_a_list_of_its_products_would(stage: str) -> None:
    catalog, expected = FileCatalog(FOLDER, "EUR", stage), ProductList(PRODUCTS, "EUR", stage)
    skus = [product.sku for product in PRODUCTS]
    assert catalog.find_all(skus[::-1]) == expected.find_all(skus)
    assert list(catalog) == list(expected)
    assert list(FileCatalog(FOLDER, "EUR", stage)) == list(expected)


def test_the_order_of_the_file_is_that_of_the_shelf_whatever_was_asked_for_first() -> None:
    catalog = FileCatalog(FOLDER, "EUR", "local")
    last = PRODUCTS[-1]
    assert catalog.find(last.sku) == last
    assert list(catalog) == [each for each in PRODUCTS if not each.withdrawn]


def test_a_product_that_was_changed_stays_so(folder: Path) -> None:
    edit(folder, MUG, withdrawn=True)
    catalog = FileCatalog(folder, "EUR", "local")
    assert MUG not in {product.sku for product in catalog}
    catalog.put(PRODUCTS[0])
    assert PRODUCTS[0] in list(catalog)


def test_a_malformed_product_does_no_harm_to_another(folder: Path) -> None:
    edit(folder, MUG, unit_price=-1)
    catalog = FileCatalog(folder, "EUR", "local")
    assert catalog.require(TEA).sku == TEA
    with pytest.raises(ShopError, match=rf"products\.json: {MUG}: .*unit_price"):
        catalog.find(MUG)
    with pytest.raises(ShopError, match="unit_price"):
        read_products(folder)


@pytest.mark.parametrize("text", ["", "{}", "[{}]", "[1]", "["])
def test_a_file_without_products_is_refused_at_once(folder: Path, text: str) -> None:
    (folder / "products.json").write_text(text, "utf-8")
    with pytest.raises(ShopError, match=r"products\.json"):
        FileCatalog(folder, "EUR", "local")
