"""``POST /_local/catalog``: changes a product while the shop is open, and tells of it on the bus.

A shop that has its products in a table gets the change by its consumer, as on AWS. One that has
them in a file gets it at once, as if a changed file had been deployed.
"""

import secrets
from itertools import count
from typing import Any, Final

from msgspec import structs

from chalicelib import wiring
from chalicelib.adapters.dynamodb.products import TableCatalog
from chalicelib.domain import events, ids
from chalicelib.domain.catalog import Catalog, Product, ProductList
from chalicelib.domain.catalog_events import ProductChanged, ProductEvent, ProductWithdrawn
from infra.local.cloud import LocalCloud
from infra.local.web import fields
from infra.local.web.fields import BadRequestError, Fields

_MAX_NUMBER: Final = 10**9
_NUMBERS: Final = count()
_RANDOM_BITS: Final = 40


def change(cloud: LocalCloud, body: Fields) -> Any:
    """Change a product's price, stock or whether it is withdrawn, and return how it is now.

    Raises:
        BadRequestError: there is no such product, or nothing that can be changed.
    """
    catalog, sku = _catalog(cloud), fields.text(body, "sku")
    product = catalog.find(sku)
    if product is None:
        raise BadRequestError("There is no product with this SKU.")
    changes: dict[str, Any] = {
        name: _number(body, name) for name in ("unit_price", "stock") if name in body
    }
    if "withdrawn" in body:
        changes["withdrawn"] = fields.flag(body, "withdrawn", default=False)
    if not changes:
        raise BadRequestError("Say what to change: unit_price, stock or withdrawn.")
    product = structs.replace(product, **changes)
    if isinstance(catalog, ProductList):
        catalog.put(product)
    _tell(cloud, product, catalog.currency)
    said = ", ".join(f"{name} {value}" for name, value in changes.items())
    cloud.engine.journal.record("cloud", "catalog", f"{sku}: {said}")
    return {
        "sku": sku,
        "unit_price": product.unit_price,
        "stock": product.stock,
        "withdrawn": product.withdrawn,
    }


def _catalog(cloud: LocalCloud) -> Catalog:
    """Return the functions' list of products, or else the table's as it is now."""
    catalog = wiring.adapters.catalog
    if isinstance(catalog, ProductList):
        return catalog
    table, dynamodb = cloud.names.products_table, cloud.client("dynamodb")
    return TableCatalog(dynamodb, table, catalog.currency, cloud.clock.now)


def _tell(cloud: LocalCloud, product: Product, currency: str) -> None:
    told: list[ProductEvent] = [ProductChanged.of(product, currency)]
    if product.withdrawn:
        told.append(ProductWithdrawn(product.sku))
    now, entries = cloud.clock.now(), []
    for event in told:
        # Of two events about a product the later one counts, also where the clock stands still.
        tail = next(_NUMBERS) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        event_id = ids.event_id(now, tail)
        entries.append(
            {
                "EventBusName": cloud.names.bus,
                "Source": event.source,
                "DetailType": event.detail_type,
                "Detail": events.encode(events.first(event_id, event)),
            }
        )
    with cloud.engine.agenda.lock:
        cloud.client("events").put_events(Entries=entries)


def _number(body: Fields, name: str) -> int | None:
    if name == "stock" and body[name] is None:
        return None  # not limited
    value = fields.whole_number(body, name)
    if not 0 <= value <= _MAX_NUMBER:
        raise BadRequestError(f"{name} has to be from 0 to {_MAX_NUMBER}.")
    return value
