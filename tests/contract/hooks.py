"""What schemathesis cannot know: which products there are, and how JSON writes a whole number.

It runs in schemathesis's own virtual environment, so it knows nothing of the shop but its SKUs.
"""

import os
import re
from typing import Any, Final
from zlib import crc32

import schemathesis

SKUS: Final = os.environ["SHOP_SKUS"].split(",")
_SKU: Final = re.compile(r"[A-Z0-9-]{1,32}")


@schemathesis.hook
def before_call(_context: Any, case: Any, **_: Any) -> None:
    """Let a product be one that there is, if its SKU is well-formed at all."""
    case.path_parameters = _on_sale(case.path_parameters)
    case.body = _on_sale(case.body)


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Write 2.0 as 2: JSON Schema takes them to be the same."""
    if isinstance(body, dict) and isinstance(quantity := body.get("quantity"), float):
        return {**body, "quantity": int(quantity)} if quantity.is_integer() else body
    return body


def _on_sale(fields: Any) -> Any:
    match fields:
        case {"sku": str(sku)} if _SKU.fullmatch(sku):
            return {**fields, "sku": SKUS[crc32(sku.encode()) % len(SKUS)]}
        case _:
            return fields
