"""What schemathesis cannot know: which products and addresses there are, and how JSON writes 2.0.

It runs in schemathesis's own virtual environment, so it knows nothing of the shop but its SKUs.
"""

import os
import re
from typing import Any, Final
from zlib import crc32

import schemathesis

SKUS: Final = os.environ["SHOP_SKUS"].split(",")
_SKU: Final = re.compile(r"[A-Z0-9-]{1,32}")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_LONG_AGO: Final = "019b7f3a-0000-7000-8000-000000000000"


@schemathesis.hook
def before_call(_context: Any, case: Any, **_: Any) -> None:
    """Let a product be one that there is, and a request one of the past, if well-formed at all."""
    case.path_parameters = _on_sale(case.path_parameters)
    case.body = _mailable(case) if "email" in _fields(case.body) else _on_sale(case.body)
    if case.operation.path == "/guest/cart" and case.operation.method == "get":
        _one_of_two(case)
    follows = (case.headers or {}).get("After")
    if follows is not None and _ID.fullmatch(follows):
        case.headers["After"] = _LONG_AGO
    elif follows == "" and case.meta.generation.mode.is_positive:
        del case.headers["After"]  # an empty value is what it takes for "any text", once


def _fields(body: Any) -> Any:
    return body if isinstance(body, dict) else {}


def _mailable(case: Any) -> Any:
    """Send an address that mail can be sent to: a pattern says less than the rules of domains."""
    if not case.meta.generation.mode.is_positive:
        return case.body
    return {**case.body, "email": f"guest-{crc32(case.body['email'].encode())}@example.com"}


def _one_of_two(case: Any) -> None:
    """Send a guest's token or a link's, and not both: a schema of headers cannot say that."""
    if not case.meta.generation.mode.is_positive:
        return
    sent = [name for name in ("Cart-Link", "Guest-Token") if name in (case.headers or {})]
    if len(sent) == 2:
        del case.headers["Guest-Token"]
    elif not sent:
        case.headers = {**(case.headers or {}), "Guest-Token": "x"}


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Write 2.0 as 2: JSON Schema takes them to be the same."""
    match body:
        case dict():
            return {name: map_body(_context, value) for name, value in body.items()}
        case list():
            return [map_body(_context, value) for value in body]
        case float() if body.is_integer():
            return int(body)
        case _:
            return body


def _on_sale(fields: Any) -> Any:
    match fields:
        case {"seen": {"lines": list(lines)} as seen}:  # each line is of another product
            mapped = [
                {**line, "sku": sku} if _on_sale(line) != line else line
                for line, sku in zip(lines, SKUS, strict=False)
            ]
            return {**fields, "seen": {**seen, "lines": mapped}}
        case {"sku": str(sku)} if _SKU.fullmatch(sku):
            return {**fields, "sku": SKUS[crc32(sku.encode()) % len(SKUS)]}
        case _:
            return fields
