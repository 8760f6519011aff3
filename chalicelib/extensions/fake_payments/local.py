"""``POST /_local/payments``: has the fake payment provider report a payment."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote


def pay(cloud: Any, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Decide about a payment as on the provider's page, in the local ``cloud``.

    Raises:
        ValueError: the body is not as documented, or no such order was placed.
    """
    order_id, outcome = body.get("order_id"), body.get("outcome")
    if not isinstance(order_id, str) or outcome not in {"paid", "refused"}:
        raise ValueError("Say which order_id, and which outcome: paid or refused.")
    page = f"/pay/{quote(order_id, safe='')}?outcome={outcome}"
    if cloud.request("POST", page).status != HTTPStatus.OK:
        raise ValueError("No order with this id was placed.")
    return {"order_id": order_id, "outcome": outcome}


ROUTES: Final = {"payments": ("POST", pay)}
