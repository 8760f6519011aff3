"""All that makes functions use the table of products; it stays in use after that."""

import json
import os
from typing import Any

from chalicelib import wiring
from infra.local.web import catalog
from tests.support.catalog import PRODUCTS
from tests.support.products import MUG

DAY = 86_400


def everything_happens(cloud: Any) -> None:
    """Let the shop have its products in a table, and change, list, buy and remind of one."""
    for sku in wiring.adapters.catalog.find_all(each.sku for each in PRODUCTS):
        catalog.change(cloud, {"sku": sku, "withdrawn": False})
    cloud.settle()
    os.environ["PRODUCTS"] = "table"
    for kept in ("settings", "catalog"):
        vars(wiring.adapters).pop(kept, None)
    catalog.change(cloud, {"sku": MUG, "unit_price": 1490, "withdrawn": True})
    catalog.change(cloud, {"sku": MUG, "unit_price": 1450, "withdrawn": False})
    cloud.settle()
    token = cloud.sign_in("reader@example.com")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    cloud.request("GET", "/products")
    cloud.request("POST", "/cart", headers, json.dumps({"sku": MUG, "quantity": 1}))
    cloud.advance(2 * DAY)
