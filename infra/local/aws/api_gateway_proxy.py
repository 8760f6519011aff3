"""Lambda proxy integration: how API Gateway tells a function of a request and reads its answer."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from infra.local.aws.api_gateway_routes import Api, Route
from infra.local.aws.lambda_functions import Functions
from infra.local.aws.lambda_invocation import Outcome
from infra.local.engine.engine import Engine
from infra.local.engine.http import Request, Response

API_ID: Final = "local"


class Integration:
    """A Lambda proxy integration (payload format version 1.0)."""

    def __init__(self, engine: Engine, functions: Functions) -> None:
        self._engine = engine
        self._functions = functions

    def answer(self, function: str, event: dict[str, Any]) -> Response | None:
        """Return what a function answers; None if that is no response."""
        outcome = self._functions.invoke(function, event)
        response = response_of(outcome)
        if response is None:
            note = outcome.error or "the function's answer is no proxy response"
            self._engine.journal.record("invoke", function, "failed", note=note, failed=True)
        return response

    def event_of(
        self,
        request: Request,
        api: Api,
        route: Route,
        captured: Mapping[str, str],
        claims: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        """Build the event of a request; ``claims`` are those of the token, if one is needed."""
        query = parse_qsl(request.query, keep_blank_values=True)
        binary = (request.header("content-type") or "") in api.binary_types
        return {
            "resource": route.resource,
            "path": request.path,
            "httpMethod": request.method,
            "headers": dict(request.headers) or None,
            "multiValueHeaders": _grouped(request.headers),
            "queryStringParameters": dict(query) or None,
            "multiValueQueryStringParameters": _grouped(query),
            "pathParameters": dict(captured) or None,
            "stageVariables": None,
            "requestContext": self._request_context(api, route, request, claims),
            "body": _body_text(request.body, binary=binary),
            "isBase64Encoded": binary and bool(request.body),
        }

    def _request_context(
        self, api: Api, route: Route, request: Request, claims: Mapping[str, str] | None
    ) -> dict[str, Any]:
        now = self._engine.clock.now()
        return {
            "resourceId": "local",
            "resourcePath": route.resource,
            "httpMethod": request.method,
            "extendedRequestId": self._engine.identifiers.uuid(),
            "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
            # Without the stage, as behind a custom domain name: that is how this API is served.
            "path": request.path,
            "accountId": self._engine.account.id,
            "protocol": "HTTP/1.1",
            "stage": api.stage,
            "domainPrefix": API_ID,
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "requestId": self._engine.identifiers.uuid(),
            "identity": _caller(request),
            "domainName": f"{API_ID}.execute-api.{self._engine.account.region}.amazonaws.com",
            "apiId": API_ID,
            **({} if claims is None else {"authorizer": {"claims": dict(claims)}}),
        }


def token_in(request: Request) -> str:
    """Return the bearer token of a request, "" if it has none."""
    return (request.header("authorization") or "").removeprefix("Bearer ").strip()


def _caller(request: Request) -> dict[str, str | None]:
    names = (
        *("cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "accessKey"),
        *("principalOrgId", "cognitoAuthenticationType", "cognitoAuthenticationProvider"),
        *("userArn", "user"),
    )
    known = {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")}
    return {**dict.fromkeys(names), **known}


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]] | None:
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups or None


def _body_text(body: bytes, *, binary: bool) -> str | None:
    """Return the body as the event has it: text, unless its media type is declared binary."""
    if not body:
        return None
    return base64.b64encode(body).decode() if binary else body.decode(errors="replace")


def response_of(outcome: Outcome) -> Response | None:
    """Convert a function's result; None if API Gateway would answer 502."""
    payload = outcome.payload
    if outcome.error is not None or not isinstance(payload, dict):
        return None
    try:
        status = int(payload["statusCode"])
        headers = [
            (str(name), str(value)) for name, value in (payload.get("headers") or {}).items()
        ]
        for name, values in (payload.get("multiValueHeaders") or {}).items():
            headers += [(str(name), str(value)) for value in values]
        text = payload.get("body") or ""
        body = base64.b64decode(text) if payload.get("isBase64Encoded") else text.encode()
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    if not 200 <= status <= 599:
        return None
    return Response(status, tuple(headers), body)
