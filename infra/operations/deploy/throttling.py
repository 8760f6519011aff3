"""How many requests the API takes.

Chalice has no setting for it, and without one the limit is the account's whole quota, which one
script could use up for everybody. It is set on the API's stage, and `chalice deploy` leaves it.

Source: "Throttle requests to your REST APIs for better throughput in API Gateway" in the API
Gateway developer guide.
"""

from typing import Final

from infra.operations.target import Target

RATE_LIMIT: Final = 500.0
"""Requests a second, of all callers together; beyond it API Gateway answers 429."""

BURST_LIMIT: Final = 1000
"""How many requests may come at the same moment."""

_ALL_METHODS: Final = "*/*"


def apply(target: Target, api_id: str) -> bool:
    """Set the limits of the API's stage; tell whether they were others."""
    client, stage = target.client("apigateway"), target.configuration.gateway_stage
    settings = client.get_stage(restApiId=api_id, stageName=stage).get("methodSettings", {})
    found = settings.get(_ALL_METHODS, {})
    limits = (found.get("throttlingRateLimit"), found.get("throttlingBurstLimit"))
    if limits == (RATE_LIMIT, BURST_LIMIT):
        return False
    client.update_stage(
        restApiId=api_id,
        stageName=stage,
        patchOperations=[
            _replacing("rateLimit", f"{RATE_LIMIT:.0f}"),
            _replacing("burstLimit", str(BURST_LIMIT)),
        ],
    )
    return True


def _replacing(limit: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": f"/{_ALL_METHODS}/throttling/{limit}", "value": value}
