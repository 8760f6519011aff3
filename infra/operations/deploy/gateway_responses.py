"""The answers that API Gateway gives itself, in the shape of the API's errors.

Chalice has no setting for them, and `chalice deploy` replaces the whole definition of the API and
resets them. Each `python -m infra deploy` sets them again; see docs/operations.md.

Source: "Gateway response types for API Gateway" in the API Gateway developer guide.
"""

import json
from typing import Any, Final

from infra.operations.target import Target

RESOURCE_TYPE: Final = "AWS::ApiGateway::GatewayResponse"
"""How CloudFormation names them, though no template has them."""

# API Gateway fills this in, quotation marks included.
_ITS_OWN_MESSAGE: Final = "$context.error.messageString"


def _answer(
    code: str,
    message: str = _ITS_OWN_MESSAGE,
    status: int | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    text = message if message == _ITS_OWN_MESSAGE else json.dumps(message)
    return {
        **({} if status is None else {"statusCode": str(status)}),
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'"
            for name, value in (headers or {}).items()
        },
        "responseTemplates": {
            "application/json": f'{{"error":{{"code":"{code}","message":{text}}}}}'
        },
    }


_UNAUTHORIZED: Final = _answer(
    "unauthorized", "A valid id token is needed.", 401, {"WWW-Authenticate": "Bearer"}
)

RESPONSES: Final[dict[str, dict[str, Any]]] = {
    "UNAUTHORIZED": _UNAUTHORIZED,
    "EXPIRED_TOKEN": _UNAUTHORIZED,
    "ACCESS_DENIED": _answer("forbidden", "This is not for you.", 403),
    # What API Gateway answers where there is no such path or method.
    "MISSING_AUTHENTICATION_TOKEN": _answer("not_found", "There is nothing at this path.", 404),
    "REQUEST_TOO_LARGE": _answer("request_too_large", "A body has 10 MB at most.", 413),
    "THROTTLED": _answer("too_many_requests", "Try again in a moment.", 429, {"Retry-After": "2"}),
    "INTEGRATION_TIMEOUT": _answer("timeout", "The service took too long to answer.", 504),
    "DEFAULT_4XX": _answer("bad_request"),
    "DEFAULT_5XX": _answer("internal_error", "The service did not answer properly."),
}


def responses(allowed_origin: str | None) -> dict[str, dict[str, Any]]:
    """Return the responses; pages of ``allowed_origin``, if there is one, may read them."""
    if not allowed_origin:
        return RESPONSES
    cors = {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{allowed_origin}'"}
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
            target.configuration.environment.get("ALLOWED_ORIGIN")
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
