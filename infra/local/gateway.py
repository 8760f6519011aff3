"""Amazon API Gateway: a REST API with Lambda proxy integration and a Cognito authorizer."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from infra.local.arns import Account
from infra.local.clock import Clock
from infra.local.functions import Functions
from infra.local.identifiers import Identifiers
from infra.local.identity import Identity
from infra.local.invocation import Outcome
from infra.local.journal import Journal

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
API_ID: Final = "local"

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Route:
    """A method of a resource; ``cors`` are the headers of its preflight answer, if it has one."""

    resource: str
    method: str
    authorized: bool = False
    cors: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Api:
    """A REST API: all its routes lead to one function."""

    function: str
    routes: tuple[Route, ...]
    stage: str = "api"
    binary_types: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Request:
    """An HTTP request; ``path`` is still percent-encoded and has no query."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    def header(self, name: str) -> str | None:
        """Return the (last) value of a header, whatever its case."""
        values = [value for key, value in self.headers if key.lower() == name]
        return values[-1] if values else None


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        """Return the body, which is JSON."""
        return json.loads(self.body)


class Gateway:
    """Answers requests as the deployed API does, gateway responses included."""

    def __init__(
        self,
        *,
        account: Account,
        clock: Clock,
        functions: Functions,
        identifiers: Identifiers,
        identity: Identity,
        journal: Journal,
    ) -> None:
        self._account = account
        self._clock = clock
        self._functions = functions
        self._identifiers = identifiers
        self._identity = identity
        self._journal = journal
        self.api: Api | None = None

    def deploy(self, api: Api) -> None:
        """Serve this API."""
        self._functions.get(api.function)
        self.api = api

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        started = self._clock.now()
        response = self._answer(request)
        request_id = _request_id_in(response)
        self._journal.record(
            "request",
            f"{request.method} {_printable(request.path)}",
            str(response.status),
            ref=request_id,
            correlation_id=request_id,
            payload=_exchanged(request, response),
            duration_ms=(self._clock.now() - started).total_seconds() * 1000,
            failed=response.status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        return response

    def _answer(self, request: Request) -> Response:
        if self.api is None:
            return error_response(404, "not_found", "No API is deployed.")
        if len(request.body) > MAX_BODY_BYTES:
            return error_response(413, "request_too_large", "A body has 10 MB at most.")
        found = _find(self.api.routes, request.path)
        if not found:
            return error_response(404, "not_found", "There is nothing at this path.")
        preflight = next((route.cors for route, _ in found if route.cors), None)
        if request.method == "OPTIONS" and preflight is not None:
            return Response(200, tuple(preflight.items()), b"")
        for route, captured in found:
            if route.method == request.method:
                return self._integrate(self.api, route, captured, request)
        methods = ", ".join(sorted(route.method for route, _ in found))
        message = "This path does not take this method."
        return error_response(405, "method_not_allowed", message, [("Allow", methods)])

    def _integrate(
        self, api: Api, route: Route, captured: Mapping[str, str], request: Request
    ) -> Response:
        claims = None
        if route.authorized:
            claims = self._claims(request)
            if claims is None:
                return error_response(401, "unauthorized", "A valid id token is needed.")
        event = self._event(api, route, captured, request, claims)
        outcome = self._functions.invoke(api.function, event)
        response = _proxy_response(outcome)
        if response is None:
            note = outcome.error or "the function's answer is no proxy response"
            self._journal.record("invoke", api.function, "failed", note=note, failed=True)
            return error_response(502, "internal_error", "The service did not answer properly.")
        return response

    def _claims(self, request: Request) -> Mapping[str, str] | None:
        header = request.header("authorization") or ""
        return self._identity.verify(header.removeprefix("Bearer ").strip())

    def _event(
        self,
        api: Api,
        route: Route,
        captured: Mapping[str, str],
        request: Request,
        claims: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        """Build the event of a Lambda proxy integration (payload format version 1.0)."""
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
        now = self._clock.now()
        return {
            "resourceId": "local",
            "resourcePath": route.resource,
            "httpMethod": request.method,
            "extendedRequestId": self._identifiers.uuid(),
            "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
            # Without the stage, as behind a custom domain name: that is how this API is served.
            "path": request.path,
            "accountId": self._account.id,
            "protocol": "HTTP/1.1",
            "stage": api.stage,
            "domainPrefix": API_ID,
            "requestTimeEpoch": int(now.timestamp() * 1000),
            "requestId": self._identifiers.uuid(),
            "identity": _caller(request),
            "domainName": f"{API_ID}.execute-api.{self._account.region}.amazonaws.com",
            "apiId": API_ID,
            **({} if claims is None else {"authorizer": {"claims": dict(claims)}}),
        }


def error_response(status: int, code: str, message: str, headers: Headers = ()) -> Response:
    """Return an error in the shape that the whole API has."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Response(status, (("Content-Type", "application/json"), *headers), body)


def _find(routes: Sequence[Route], path: str) -> list[tuple[Route, dict[str, str]]]:
    """Return the routes of the resource at a path; a literal one goes before a variable one."""
    parts = (path.rstrip("/") or "/").split("/")
    matching = [
        (route, captured)
        for route in routes
        if (captured := _captured(route.resource.split("/"), parts)) is not None
    ]
    resource = min((route.resource.replace("{", "~") for route, _ in matching), default=None)
    return [found for found in matching if found[0].resource.replace("{", "~") == resource]


def _captured(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    captured = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{") and part:
            captured[expected[1:-1]] = part
        elif expected != part:
            return None
    return captured


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


def _proxy_response(outcome: Outcome) -> Response | None:
    """Read what a function answered; None if API Gateway would answer 502."""
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
    return Response(status, tuple(headers), body)


def _request_id_in(response: Response) -> str:
    """Return the request id that an accepted request is answered with, "" if there is none."""
    if response.status != HTTPStatus.ACCEPTED:
        return ""
    try:
        return str(response.json()["request_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _exchanged(request: Request, response: Response) -> dict[str, Any] | None:
    """Return the bodies of a request that changes something and of its answer, if JSON."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    bodies = {"request": request.body, "answer": response.body}
    try:
        return {name: json.loads(body) for name, body in bodies.items() if body}
    except ValueError:
        return None


def _printable(path: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in path)[:100]
