"""Amazon API Gateway: an HTTP API with Lambda proxy integration and a JWT authorizer.

Sources: "Control access to HTTP APIs with JWT authorizers", "Create AWS Lambda proxy integrations
for HTTP APIs" (payload format 1.0) and "Configure CORS for HTTP APIs" in the API Gateway developer
guide.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from infra.local.aws.api_gateway_proxy import Integration, token_in
from infra.local.aws.api_gateway_routes import Api, Route, find
from infra.local.aws.cognito import Identity
from infra.local.aws.json_web_tokens import JwtAuthorizer
from infra.local.aws.lambda_functions import Functions
from infra.local.engine.engine import Engine
from infra.local.engine.http import MAX_BODY_BYTES, Headers, Request, Response

_TEXT: Final = ("text/", "application/json", "application/javascript", "application/xml")
_CORS_PREFIX: Final = "access-control-"


class HttpApi:
    """One HTTP API, or none until it is created."""

    def __init__(self, engine: Engine, functions: Functions, identity: Identity) -> None:
        self._engine = engine
        self._functions = functions
        self._identity = identity
        self._integration = Integration(engine, functions)
        self._authorizer: JwtAuthorizer | None = None
        self._cors: Mapping[str, Any] | None = None
        self._api = Api("", (), stage="$default")
        self.is_there = False

    def create(self, cors: Mapping[str, Any] | None) -> None:
        """Make the API, without routes; ``cors`` is its ``CorsConfiguration``."""
        self.is_there, self._cors = True, cors

    def authorize(self, issuer: str, audience: tuple[str, ...]) -> None:
        """Take the tokens of an issuer that are for one of the ``audience``."""
        self._identity.use_issuer(issuer, audience[0])
        self._authorizer = JwtAuthorizer(issuer, audience, self._identity.key_set)

    def integrate(self, function: str) -> None:
        """Have a function answer all routes."""
        self._functions.get(function)
        self._api = replace(self._api, function=function)

    def add(self, route: Route) -> None:
        """Add a route."""
        self._api = replace(self._api, routes=(*self._api.routes, route))

    def answer(self, request: Request) -> Response:
        """Answer a request; CORS is the API's own, whatever the function says of it."""
        asked = self._cors is not None and request.method == "OPTIONS"
        answer = Response(204, (), b"") if asked else self._answer(request)
        if self._cors is None:
            return answer
        kept = [
            (name, value)
            for name, value in answer.headers
            if not name.lower().startswith(_CORS_PREFIX)
        ]
        return replace(answer, headers=(*kept, *self._cors_headers(request, asked=asked)))

    def _answer(self, request: Request) -> Response:
        if len(request.body) > MAX_BODY_BYTES:
            return _error(413, "Request Entity Too Large")
        found = find(self._api.routes, request.path)
        for route, captured in found:
            if route.method == request.method:
                return self._integrate(route, captured, request)
        return _error(404, "Not Found")

    def _integrate(self, route: Route, captured: Mapping[str, str], request: Request) -> Response:
        claims = None
        if route.authorized:
            token = token_in(request)
            now = self._engine.clock.now()
            claims = self._authorizer.claims(token, now) if self._authorizer else None
            if claims is None:
                challenge = 'Bearer scope="" error="invalid_token"' if token else "Bearer"
                return _error(401, "Unauthorized", [("www-authenticate", challenge)])
        event = self._event(route, captured, request, claims)
        response = self._integration.answer(self._api.function, event)
        return response or _error(500, "Internal Server Error")

    def _event(
        self,
        route: Route,
        captured: Mapping[str, str],
        request: Request,
        claims: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        event = self._integration.event_of(request, self._api, route, captured, None)
        authorizer = {"claims": None if claims is None else dict(claims), "scopes": None}
        media_type = (request.header("content-type") or "application/json").lower()
        if request.body and not media_type.startswith(_TEXT):
            event["body"] = base64.b64encode(request.body).decode()
            event["isBase64Encoded"] = True
        context = {**event["requestContext"], "authorizer": authorizer}
        return {"version": "1.0", **event, "requestContext": context}

    def _cors_headers(self, request: Request, *, asked: bool) -> Headers:
        origin, cors = request.header("origin"), self._cors
        if cors is None or origin is None or origin not in cors["AllowOrigins"]:
            return ()
        allowed = (("access-control-allow-origin", origin), ("vary", "Origin"))
        if not asked:
            exposed = ",".join(cors["ExposeHeaders"])
            return (*allowed, ("access-control-expose-headers", exposed))
        return (
            *allowed,
            ("access-control-allow-headers", ",".join(cors["AllowHeaders"])),
            ("access-control-allow-methods", ",".join(cors["AllowMethods"])),
            ("access-control-max-age", str(cors["MaxAge"])),
        )


def _error(status: int, message: str, headers: Headers = ()) -> Response:
    """Return an error in API Gateway's own shape, which an HTTP API does not let one change."""
    body = json.dumps({"message": message}).encode()
    return Response(status, (("Content-Type", "application/json"), *headers), body)
