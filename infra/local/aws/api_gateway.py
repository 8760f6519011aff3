"""Amazon API Gateway: a REST API with Lambda proxy integration and a Cognito authorizer.

An HTTP API, where a template has one, takes its place.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from chalicelib.domain.errors import ErrorBody
from chalicelib.web import gateway_errors
from infra.local.aws.api_gateway_http import HttpApi
from infra.local.aws.api_gateway_proxy import Integration, token_in
from infra.local.aws.api_gateway_routes import Api, Route, find
from infra.local.aws.cognito import Identity
from infra.local.aws.lambda_functions import Functions
from infra.local.engine.engine import Engine
from infra.local.engine.http import MAX_BODY_BYTES, Headers, Request, Response, error_response

MAX_SHOWN_BYTES: Final = 16 * 1024
"""How large a body may be for the journal to keep it."""


class Gateway:
    """Answers requests as the deployed API does, gateway responses included."""

    def __init__(self, engine: Engine, functions: Functions, identity: Identity) -> None:
        self._engine = engine
        self._functions = functions
        self._identity = identity
        self._integration = Integration(engine, functions)
        self.api: Api
        self.http = HttpApi(engine, functions, identity)

    def deploy(self, api: Api) -> None:
        """Serve this API."""
        self._functions.get(api.function)
        self.api = api

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins of other pages that may call the API and read its answers."""
        return self.api.allowed_origins

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        started = self._engine.clock.now()
        # Whoever deploys an HTTP API closes the REST API that Chalice makes all the same.
        response = self.http.answer(request) if self.http.is_there else self._answer(request)
        ended, request_id = self._engine.clock.now(), _request_id_in(response)
        self._engine.journal.record(
            "request",
            f"{request.method} {_printable(request.path)}",
            str(response.status),
            at=ended,
            ref=request_id,
            correlation_id=request_id,
            payload=_exchanged(request, response),
            duration_ms=(ended - started).total_seconds() * 1000,
            failed=response.status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        return response

    def _answer(self, request: Request) -> Response:
        if len(request.body) > MAX_BODY_BYTES:
            return self._error(413, gateway_errors.TOO_LARGE)
        found = find(self.api.routes, request.path)
        if not found:
            return self._error(404, gateway_errors.NOT_FOUND)
        for route, captured in found:
            if route.method == request.method:
                return self._integrate(route, captured, request)
        methods = ", ".join(sorted(route.method for route, _ in found))
        return self._error(405, gateway_errors.METHOD_NOT_ALLOWED, [("Allow", methods)])

    def _integrate(self, route: Route, captured: Mapping[str, str], request: Request) -> Response:
        claims = None
        if route.authorized:
            claims = self._identity.verify(token_in(request))
            if claims is None:
                return self._error(401, gateway_errors.UNAUTHORIZED)
        event = self._integration.event_of(request, self.api, route, captured, claims)
        response = self._integration.answer(self.api.function, event)
        return response or self._error(502, gateway_errors.BAD_ANSWER)

    def _error(self, status: int, error: ErrorBody, headers: Headers = ()) -> Response:
        """Answer an error of the gateway's own; pages that may call the API may read it."""
        readable = gateway_errors.readable_by(self.allowed_origins).items()
        return error_response(status, error.code, error.message, [*headers, *readable])


def _request_id_in(response: Response) -> str:
    """Return the request id that an accepted request is answered with, "" if there is none."""
    if response.status != HTTPStatus.ACCEPTED:
        return ""
    try:
        return str(response.json()["request_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _exchanged(request: Request, response: Response) -> dict[str, Any] | None:
    """Return the bodies of a request that changes something and of its answer, for the console.

    What is large or not JSON is left out, and so are tokens: who has one has the cart.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    bodies = {"request": request.body, "answer": response.body}
    try:
        return {
            name: json.loads(body, object_hook=_without_tokens)
            for name, body in bodies.items()
            if 0 < len(body) <= MAX_SHOWN_BYTES
        }
    except (ValueError, RecursionError):
        return None


def _without_tokens(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: "(hidden)" if name.lower().endswith("token") else value
        for name, value in fields.items()
    }


def _printable(path: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in path)[:100]
