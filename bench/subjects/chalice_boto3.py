"""The same with Chalice, as its documentation would have it: boto3 as it comes, no library."""

import json
import uuid
from datetime import UTC, datetime

import boto3
from chalice import BadRequestError, Chalice, Response, UnprocessableEntityError

SKUS = {"MUG-STONE-350", "TEAPOT-CAST-800", "TEA-SENCHA-100"}
app = Chalice(app_name="cart")
app.log.setLevel("INFO")
events = boto3.client("events")


@app.route("/cart", methods=["POST"], cors=True)
def post_cart():
    item = app.current_request.json_body
    if not isinstance(item, dict) or set(item) != {"sku", "quantity"}:
        raise BadRequestError("An item has a SKU and a quantity.")
    if item["sku"] not in SKUS or not 1 <= item["quantity"] <= 99:
        raise UnprocessableEntityError("There is no such item.")
    claims = app.current_request.context["authorizer"]["claims"]
    request_id, now = str(uuid.uuid4()), datetime.now(UTC)
    detail = {
        "metadata": {
            "event_id": request_id,
            "version": "1.0",
            "occurred_at": now.isoformat(),
            "correlation_id": request_id,
        },
        "data": {
            "cart_id": claims["sub"],
            "customer": {
                "id": claims["sub"],
                "email": claims["email"],
                "name": claims["name"],
            },
            "sku": item["sku"],
            "quantity": item["quantity"],
        },
    }
    answer = events.put_events(
        Entries=[
            {
                "Source": "cart.api",
                "DetailType": "ItemAddedToCart",
                "Detail": json.dumps(detail),
                "EventBusName": "cart-dev",
                "Time": now,
            }
        ]
    )
    if answer["FailedEntryCount"]:
        return Response({}, status_code=503)
    app.log.info(json.dumps({"hop": "api", "event_id": request_id}))
    status = f"/cart/requests/{request_id}"
    return Response(
        {
            "request_id": request_id,
            "status": "accepted",
            "links": {"status": status, "cart": "/cart"},
        },
        status_code=202,
        headers={"Content-Type": "application/json", "Location": status},
    )
