"""The answers that API Gateway gives itself, in the shape of the API's errors.

Chalice has no setting for them, and `chalice deploy` replaces the whole definition of the API and
resets them. Each `python -m infra deploy` sets them again; see docs/operations.md.

Source: "Gateway response types for API Gateway" in the API Gateway developer guide.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.domain.errors import ErrorBody
from chalicelib.settings import allowed_origins
from chalicelib.web import gateway_errors
from infra.operations.target import Target

RESOURCE_TYPE: Final = "AWS::ApiGateway::GatewayResponse"
"""How CloudFormation names them, though no template has them."""


def _parameters(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()}


def _answer(
    error: ErrorBody,
    status: int | None = None,
    headers: dict[str, str] | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    text = message or json.dumps(error.message)
    return {
        **({} if status is None else {"statusCode": str(status)}),
        "responseParameters": _parameters(headers or {}),
        "responseTemplates": {
            "application/json": f'{{"error":{{"code":"{error.code}","message":{text}}}}}'
        },
    }


_UNAUTHORIZED: Final = _answer(gateway_errors.UNAUTHORIZED, 401, {"WWW-Authenticate": "Bearer"})
_RETRY: Final = {"Retry-After": str(gateway_errors.RETRY_AFTER_SECONDS)}

RESPONSES: Final[dict[str, dict[str, Any]]] = {
    "UNAUTHORIZED": _UNAUTHORIZED,
    "EXPIRED_TOKEN": _UNAUTHORIZED,
    "ACCESS_DENIED": _answer(gateway_errors.FORBIDDEN, 403),
    # API Gateway's answer for unknown paths and methods.
    "MISSING_AUTHENTICATION_TOKEN": _answer(gateway_errors.NOT_FOUND, 404),
    "REQUEST_TOO_LARGE": _answer(gateway_errors.TOO_LARGE, 413),
    "THROTTLED": _answer(gateway_errors.TOO_MANY, 429, _RETRY),
    "INTEGRATION_TIMEOUT": _answer(gateway_errors.TIMEOUT, 504),
    # API Gateway fills in what was wrong, quotation marks included.
    "DEFAULT_4XX": _answer(gateway_errors.BAD_REQUEST, message="$context.error.messageString"),
    "DEFAULT_5XX": _answer(gateway_errors.BAD_ANSWER),
}


def responses(allowed_origins: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the responses; pages of ``allowed_origins`` may read them."""
    cors = _parameters(gateway_errors.readable_by(allowed_origins))
    return {
        response_type: {**answer, "responseParameters": {**answer["responseParameters"], **cors}}
        for response_type, answer in RESPONSES.items()
    }


def differing(target: Target, api_id: str) -> dict[str, dict[str, Any]]:
    """Return the responses that are not as they should be, as they should be."""
    pages = target.client("apigateway").get_paginator("get_gateway_responses")
    found = {
        item["responseType"]: item
        for page in pages.paginate(restApiId=api_id)
        for item in page["items"]
    }
    return {
        response_type: wanted
        for response_type, wanted in responses(
            allowed_origins(target.configuration.environment)
        ).items()
        if any(found.get(response_type, {}).get(name) != value for name, value in wanted.items())
    }


def apply(target: Target, api_id: str) -> bool:
    """Set the responses that differ, and publish them; tell whether there were any."""
    to_set = differing(target, api_id)
    if not to_set:
        return False
    client = target.client("apigateway")
    for response_type, wanted in to_set.items():
        client.put_gateway_response(restApiId=api_id, responseType=response_type, **wanted)
    client.create_deployment(restApiId=api_id, stageName=target.configuration.gateway_stage)
    return True
