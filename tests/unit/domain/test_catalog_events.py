"""What events tell of a product is what it is."""

import pytest
from msgspec import structs

from chalicelib.domain import events
from chalicelib.domain.catalog import Product
from chalicelib.domain.catalog_events import ProductChanged
from tests.support.builders import NOW, new_id, on_bus
from tests.support.catalog import PRODUCTS

FULL = structs.replace(
    PRODUCTS[0],
    category={"en": "Mugs", "de": "Becher"},
    image="https://img.example/mug.jpg",
    url="https://shop.example/mug",
    stock=7,
)


@pytest.mark.parametrize("product", [*PRODUCTS, FULL], ids=lambda product: product.sku)
def test_a_product_that_was_told_of_comes_back(product: Product) -> None:
    told = events.first(new_id(NOW), ProductChanged.of(product, "EUR"))
    heard = events.parse(on_bus(told), ProductChanged, now=NOW).data
    always = {"withdrawn": False, "stages": None, "fails_for": None}
    assert heard.product == structs.replace(product, **always)
    assert heard.currency == "EUR"
