"""The same contract with Powertools for AWS Lambda and pydantic, as their documentation has it."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel, ConfigDict, Field

logger = Logger(service="cart")
metrics = Metrics(namespace="cart", service="cart")
app = APIGatewayRestResolver(enable_validation=True, cors=CORSConfig())
events = boto3.client("events")


class AddItem(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sku: Literal["MUG-STONE-350", "TEAPOT-CAST-800", "TEA-SENCHA-100"]
    quantity: Annotated[int, Field(ge=1, le=99)]


class Links(BaseModel):
    status: str
    cart: str


class Accepted(BaseModel):
    request_id: str
    status: Literal["accepted"] = "accepted"
    links: Links


class Customer(BaseModel):
    id: str
    email: str
    name: str | None = None


class ItemAdded(BaseModel):
    cart_id: str
    customer: Customer
    sku: str
    quantity: int


class Metadata(BaseModel):
    event_id: str
    version: str = "1.0"
    occurred_at: datetime
    correlation_id: str


class Detail(BaseModel):
    metadata: Metadata
    data: ItemAdded


@app.post("/cart")
def post_cart(item: AddItem) -> Response[Accepted]:
    claims = app.current_event.request_context.authorizer.claims
    request_id, now = str(uuid4()), datetime.now(UTC)
    customer = Customer(id=claims["sub"], email=claims["email"], name=claims["name"])
    detail = Detail(
        metadata=Metadata(event_id=request_id, occurred_at=now, correlation_id=request_id),
        data=ItemAdded(
            cart_id=customer.id, customer=customer, sku=item.sku, quantity=item.quantity
        ),
    )
    answer = events.put_events(
        Entries=[
            {
                "Source": "cart.api",
                "DetailType": "ItemAddedToCart",
                "Detail": detail.model_dump_json(),
                "EventBusName": "cart-dev",
                "Time": now,
            }
        ]
    )
    if answer["FailedEntryCount"]:
        return Response(status_code=503, body=None)
    metrics.add_metric(name="Accepted", unit=MetricUnit.Count, value=1)
    logger.info("accepted", event_id=request_id)
    status = f"/cart/requests/{request_id}"
    accepted = Accepted(request_id=request_id, links=Links(status=status, cart="/cart"))
    return Response(
        status_code=202,
        content_type="application/json",
        headers={"Location": status},
        body=accepted,
    )


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics
def handler(event, context):
    return app.resolve(event, context)
