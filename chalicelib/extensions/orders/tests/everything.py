"""All that makes the functions of orders use their roles."""

import json
from typing import Any

from infra.local.web import catalog

MUG, TEA = "MUG-STONE-350", "TEA-SENCHA-100"
PRICES = {MUG: 1450, TEA: 1690}


def everything_happens(cloud: Any) -> None:
    """Play through orders that are paid, refused, forgotten and never placed."""
    token = cloud.sign_in("orders@example.com")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(method: str, path: str, body: object) -> dict[str, Any]:
        answer = cloud.request(method, path, headers, json.dumps(body))
        cloud.advance(1)
        return dict(json.loads(answer.body))

    def order(sku: str, *, add: bool = True) -> str:
        if add:
            send("POST", "/cart", {"sku": sku, "quantity": 1})
        line = {"sku": sku, "quantity": 1, "unit_price": PRICES[sku]}
        seen = {"lines": [line], "total": PRICES[sku], "currency": "EUR"}
        return str(send("POST", "/orders", {"seen": seen})["order_id"])

    catalog.change(cloud, {"sku": MUG, "stock": 100})
    for outcome in ("paid", "refused"):
        order_id = order(MUG)
        send("GET", f"/orders/{order_id}", None)
        for _ in range(2):  # the second time it is known already
            cloud.request("POST", f"/pay/{order_id}?outcome={outcome}")
            cloud.advance(1)
        send("DELETE", f"/cart/{MUG}", None)
    order(TEA, add=False)
    order(MUG)
    cloud.client("sqs").send_message(
        QueueUrl=cloud.client("sqs").get_queue_url(QueueName="cart-place-order-local")["QueueUrl"],
        MessageBody="nonsense",
    )
    cloud.advance(3600)
