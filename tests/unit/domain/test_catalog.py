"""What a shop sells, and on which stages."""

import re

import msgspec
import pytest

from chalicelib.domain.catalog import Product, ProductList, in_language
from chalicelib.domain.errors import UnknownSku
from tests.support.catalog import CATALOG, PRODUCTS
from tests.support.products import MUG


def product(
    sku: str = "SKU-1", *, withdrawn: bool = False, stages: tuple[str, ...] | None = None
) -> Product:
    return Product(
        sku=sku,
        name={"en": "Thing", "de": "Ding"},
        description={},
        unit_price=100,
        withdrawn=withdrawn,
        stages=stages,
    )


def test_every_product_has_a_sku_of_its_own_that_events_accept() -> None:
    skus = [product.sku for product in PRODUCTS]
    assert len(set(skus)) == len(skus)
    assert all(re.fullmatch(r"[A-Z0-9-]{1,32}", sku) for sku in skus)


def test_a_product_is_found_by_its_sku() -> None:
    for product in CATALOG:
        assert CATALOG.find(product.sku) is CATALOG.require(product.sku) is product


@pytest.mark.parametrize("sku", ["", "NO-SUCH", "mug-stone-350", "x" * 10_000])
def test_an_unknown_sku_is_refused_and_quoted_in_part(sku: str) -> None:
    assert CATALOG.find(sku) is None
    with pytest.raises(UnknownSku) as caught:
        CATALOG.require(sku)
    assert caught.value.details == {"sku": sku[:64]}


def test_a_withdrawn_product_is_known_but_not_sold() -> None:
    catalog = ProductList([product("GONE", withdrawn=True), product("HERE")], "EUR", "prod")
    assert [one.sku for one in catalog] == ["HERE"]
    assert catalog.find("GONE") is not None
    with pytest.raises(UnknownSku):
        catalog.require("GONE")


def test_a_product_of_other_stages_is_not_there() -> None:
    products = [product("DEMO", stages=("local", "dev")), product("HERE")]
    assert [one.sku for one in ProductList(products, "EUR", "dev")] == ["DEMO", "HERE"]
    assert [one.sku for one in ProductList(products, "EUR", "prod")] == ["HERE"]
    assert ProductList(products, "EUR", "prod").find("DEMO") is None


def test_a_product_is_named_in_the_language_or_else_in_its_first() -> None:
    assert product().name_in("de") == "Ding"
    assert product().name_in("fr") == "Thing"
    words = {"en": "Tea", "de": "Tee"}
    assert [in_language(words, language) for language in ("de", "fr")] == ["Tee", "Tea"]
    assert in_language({}, "fr") == ""


def test_the_shop_of_the_tests_sells_what_the_tests_buy() -> None:
    assert CATALOG.find(MUG) is not None


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("unit_price", 0, -1),
        ("unit_price", 10**9, 10**9 + 1),
        ("stock", 0, -1),
        ("sku", "A" * 32, "A" * 33),
    ],
)
def test_figures_of_a_product_have_limits(field: str, right: object, wrong: object) -> None:
    fields = msgspec.to_builtins(product())
    assert getattr(msgspec.convert(fields | {field: right}, Product), field) == right
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields | {field: wrong}, Product)


def test_a_field_of_a_product_that_is_misspelt_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `prize`"):
        msgspec.convert(msgspec.to_builtins(product()) | {"prize": 1}, Product)
