import re
from datetime import timedelta

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
        assert catalog.find(product.sku) is catalog.require(product.sku, "local") is product


@pytest.mark.parametrize("sku", ["", "NO-SUCH", "mug-stone-350", "x" * 10_000])
def test_an_unknown_sku_is_refused_and_quoted_in_part(sku: str) -> None:
    assert catalog.find(sku) is None
    with pytest.raises(UnknownSku) as caught:
        catalog.require(sku, "local")
    assert caught.value.details == {"sku": sku[:64]}


@pytest.mark.parametrize("stage", ["local", "dev"])
def test_one_product_fails_for_longer_than_lambda_tries_on_stages_without_customers(stage) -> None:
    [failing] = [one for one in catalog.sold_on(stage) if one.fails_for]
    assert failing.fails_for == timedelta(minutes=5)


@pytest.mark.parametrize("stage", ["prod", "staging", ""])
def test_no_product_fails_on_any_other_stage(stage) -> None:
    assert not any(one.fails_for for one in catalog.sold_on(stage))
    for product in catalog.PRODUCTS:
        if product.fails_for:
            with pytest.raises(UnknownSku):
                catalog.require(product.sku, stage)
