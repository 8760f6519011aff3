"""Keeps the products of a shop whose ``products`` in ``shop.toml`` is "table"."""

from datetime import datetime

from chalice import Blueprint

from chalicelib import wiring
from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.products import ProductTable
from chalicelib.domain.catalog_events import ProductChanged, ProductWithdrawn
from chalicelib.domain.errors import PermanentError
from chalicelib.domain.events import Envelope
from chalicelib.entrypoints.reporting import Payload, reporting

consumers = Blueprint(__name__)


class WrongCurrency(PermanentError):
    """A price is not in the shop's currency."""


@consumers.lambda_function(name="keep_product")
@reporting
def keep_product(told: Envelope[ProductChanged | ProductWithdrawn], _now: datetime) -> Payload:
    """Keep how a product is now, or that it is no longer sold, unless something later is known."""
    settings, event_id = wiring.adapters.settings, told.metadata.event_id
    table = ProductTable(sdk.client("dynamodb"), settings.names.products_table)
    if isinstance(told.data, ProductChanged):
        if told.data.currency != settings.currency:
            raise WrongCurrency(f"Prices of this shop are in {settings.currency}.")
        is_latest = table.change(told.data.product, event_id)
    else:
        is_latest = table.withdraw(told.data.sku, event_id)
    return {"action": "kept" if is_latest else "outdated", "sku": told.data.sku}
