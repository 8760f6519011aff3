"""The shop's folder as functions read it."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chalicelib.adapters.shop_folder import (
    FileCatalog,
    ShopError,
    Texts,
    read_page_texts,
    read_products,
    read_shop,
    stages_of,
)
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


# --- shop.toml ---


def rewrite(folder: Path, name: str, before: str, after: str, count: int = -1) -> None:
    """Replace one text by another in a file, so many times."""
    text = (folder / name).read_text("utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after, count), "utf-8")


def test_the_stages_that_can_be_deployed_are_all_but_the_local_one(folder: Path) -> None:
    assert stages_of(folder) == ("dev", "prod")
    rewrite(folder, "shop.toml", "[stages.local]", "[stages.zoo]")
    assert stages_of(folder) == ("zoo", "dev", "prod")


@pytest.mark.parametrize("stage", ["", "alpha", "zoo"])
def test_a_stage_that_the_shop_does_not_name_is_refused(folder: Path, stage: str) -> None:
    with pytest.raises(ShopError, match=f"there is no '{stage}', only local, dev, prod"):
        read_shop(folder, stage)


def test_a_shop_has_the_local_stage_whether_or_not_it_names_it(folder: Path) -> None:
    assert read_shop(folder, "local").allowed_origins == ("http://localhost:5173",)
    rewrite(folder, "shop.toml", "[stages.local]", "[stages.zoo]")
    assert read_shop(folder, "local").allowed_origins == ()
    assert read_shop(folder, "zoo").allowed_origins == ("http://localhost:5173",)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('currency = "EUR"', 'currency = "euro"', r"shop\.toml: .*\$\.currency"),
        ('currency = "EUR"', "", r"shop\.toml: .*`currency`"),
        ('name = "', 'nmae = "', r"shop\.toml: .*`nmae`"),
        ('name = "', "name = ", r"shop\.toml: Invalid value"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_its_file(
    folder: Path, before: str, after: str, problem: str
) -> None:
    rewrite(folder, "shop.toml", before, after)
    with pytest.raises(ShopError, match=problem):
        read_shop(folder, "dev")


def test_a_shop_that_is_not_there_or_is_not_text_is_refused(folder: Path) -> None:
    (folder / "shop.toml").write_bytes(b'name = "\xff"')
    for missing_or_not in (folder, folder / "none"):
        for read in (stages_of, lambda folder: read_shop(folder, "local")):
            with pytest.raises(ShopError, match=r"shop\.toml: "):
                read(missing_or_not)


# --- texts ---


@pytest.mark.parametrize(
    ("language", "button", "question"),
    [
        ("en", "Back to your cart", "No more reminders?"),
        ("de", "Zum Warenkorb", "Keine Erinnerungen mehr?"),
    ],
)
def test_texts_are_those_of_the_language_however_often_they_are_asked_for(
    folder: Path, language: str, button: str, question: str
) -> None:
    texts = Texts(folder)
    for _ in range(2):
        assert texts.reminder(language, "reminder").button == button
        assert texts.unsubscribe(language).question.title == question


def test_texts_are_read_once(folder: Path) -> None:
    texts = Texts(folder)
    before = texts.reminder("en", "reminder")
    (folder / "texts" / "en" / "reminder.toml").unlink()
    assert texts.reminder("en", "reminder") is before


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("button = ", "buton = ", "Object contains unknown field `buton`"),
        ("button = ", "button = 7 #", r"\$\.button"),
        ("{count}", "{number}", r"\$\.subject"),
        ("button = ", "button == ", "Invalid value"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_named_with_its_file(
    folder: Path, before: str, after: str, problem: str
) -> None:
    rewrite(folder, "texts/en/reminder.toml", before, after)
    with pytest.raises(ShopError, match=rf"^texts/en/reminder\.toml: .*{problem}"):
        Texts(folder).reminder("en", "reminder")
    assert Texts(folder).reminder("de", "reminder").button


@pytest.mark.parametrize(
    ("before", "after"), [("{", '{"more": 1,'), ('"page"', '"pgae"'), ("{", "["), ("\n}", "")]
)
def test_texts_of_the_page_that_cannot_be_read_are_named_with_their_file(
    folder: Path, before: str, after: str
) -> None:
    rewrite(folder, "texts/de/page.json", before, after, 1)
    with pytest.raises(ShopError, match=r"^texts/de/page\.json: "):
        read_page_texts(folder, "de")
    assert read_page_texts(folder, "en").messages
