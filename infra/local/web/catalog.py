"""``POST /_local/catalog``: changes a product while the shop is open."""

from typing import Any, Final

from msgspec import structs

from chalicelib import wiring
from infra.local.cloud import LocalCloud
from infra.local.web import fields
from infra.local.web.fields import BadRequestError, Fields

_MAX_NUMBER: Final = 10**9


def change(cloud: LocalCloud, body: Fields) -> Any:
    """Change a product's price, stock or whether it is withdrawn, and return how it is now.

    Raises:
        BadRequestError: there is no such product, or nothing that can be changed.
    """
    catalog, sku = wiring.adapters.catalog, fields.text(body, "sku")
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
    catalog.put(product)
    said = ", ".join(f"{name} {value}" for name, value in changes.items())
    cloud.engine.journal.record("cloud", "catalog", f"{sku}: {said}")
    return {
        "sku": sku,
        "unit_price": product.unit_price,
        "stock": product.stock,
        "withdrawn": product.withdrawn,
    }


def _number(body: Fields, name: str) -> int | None:
    if name == "stock" and body[name] is None:
        return None  # not limited
    value = fields.whole_number(body, name)
    if not 0 <= value <= _MAX_NUMBER:
        raise BadRequestError(f"{name} has to be from 0 to {_MAX_NUMBER}.")
    return value
