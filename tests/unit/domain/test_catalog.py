import re

import pytest

from chalicelib.domain import catalog
from chalicelib.domain.errors import UnknownSku


def test_every_product_has_a_sku_of_its_own_that_events_accept() -> None:
    skus = [product.sku for product in catalog.PRODUCTS]
    assert len(set(skus)) == len(skus)
    assert all(re.fullmatch(r"[A-Z0-9-]{1,32}", sku) for sku in skus)


def test_prices_are_whole_cents_above_nothing() -> None:
    assert all(isinstance(one.unit_price, int) and one.unit_price > 0 for one in catalog.PRODUCTS)


def test_a_product_is_found_by_its_sku() -> None:
    for product in catalog.PRODUCTS:
        assert catalog.find(product.sku) is catalog.require(product.sku) is product


@pytest.mark.parametrize("sku", ["", "NO-SUCH", "mug-stone-350", "x" * 10_000])
def test_an_unknown_sku_is_refused_and_quoted_in_part(sku: str) -> None:
    assert catalog.find(sku) is None
    with pytest.raises(UnknownSku) as caught:
        catalog.require(sku)
    assert caught.value.details == {"sku": sku[:64]}
