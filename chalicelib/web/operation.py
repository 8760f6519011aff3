"""One operation of the HTTP API: what a view takes, what it answers and what it may raise.

It is derived from the view's own annotations, so nothing can get out of step: ``views.answers``
holds the view to it, and ``chalicelib/web/openapi.py`` describes it.
"""

from collections.abc import Callable, Mapping
from inspect import get_annotations
from typing import Any, Final, NewType, get_args
from urllib.parse import unquote

import msgspec
from chalice.app import Request, Response

from chalicelib import wiring
from chalicelib.domain import identities, languages
from chalicelib.domain.errors import (
    CartError,
    ForgedToken,
    MalformedRequest,
    RequestTooLarge,
    UnsupportedMediaType,
)
from chalicelib.domain.events import Customer
from chalicelib.domain.validation import UNREADABLE, problem
from chalicelib.web.bodies import Headers, Query
from chalicelib.web.gateway_errors import UNAUTHORIZED

MAX_BODY_BYTES: Final = 8 * 1024

Language = NewType("Language", str)
"""One of the shop's languages: by the customer's claim, else by ``Accept-Language``."""


class IdTokenNeeded(ForgedToken):
    """An access token was sent: an HTTP API lets a user pool's in, and a REST API does not."""

    code = UNAUTHORIZED.code


class Link(msgspec.Struct, frozen=True):
    """A link to another operation; values are OpenAPI's runtime expressions."""

    operation_id: str
    parameters: Mapping[str, str] = {}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a view takes, answers and raises.

    Attributes:
        parameters: the type of each path parameter.
        body: the argument that takes the JSON body, and its type.
        headers: the argument that takes the headers, and its type.
        query: the argument that takes the query's parameters, and its type.
        language: the argument that takes the language to answer in.
        customer: the argument that takes who sent the request, of a route with an authorizer.
        answer: the types that the JSON body of a success may have; none if it has
            ``media_types``.
        raises: all errors that a client may be answered.
        media_types: what a success that is no JSON of a typed class may be.
        also: statuses without a body that may be answered instead.
        pages: statuses of one of the ``media_types`` that may be answered instead.
        links: what a client can do next, by name.
        status: of a success; one that is 202 tells where to look next.
        admit: raises one of the errors if the sender may not ask at all: before anything is read.
    """

    parameters: Mapping[str, Any]
    body: tuple[str, type[msgspec.Struct]] | None
    headers: tuple[str, type[msgspec.Struct]] | None
    query: tuple[str, type[msgspec.Struct]] | None
    language: str | None
    customer: str | None
    answer: tuple[type[msgspec.Struct], ...]
    raises: tuple[type[CartError], ...]
    media_types: tuple[str, ...]
    also: tuple[int, ...]
    pages: tuple[int, ...]
    links: Mapping[str, Link]
    status: int
    admit: Callable[[Request], None] | None

    def read(self, request: Request) -> dict[str, msgspec.Struct | str]:
        """Return the view's arguments.

        Raises:
            IdTokenNeeded: the request has another token.
            MalformedRequest, RequestTooLarge, UnsupportedMediaType: the request is invalid.
        """
        claims = claims_of(request)
        _require_id_token(claims)
        if self.admit is not None:
            self.admit(request)
        # API Gateway and Chalice pass path parameters on as they are in the URL.
        arguments: dict[str, msgspec.Struct | str] = {
            name: unquote(value) for name, value in (request.uri_params or {}).items()
        }
        if self.headers is not None:
            name, kind = self.headers
            arguments[name] = _read_fields(kind, request.headers, "The header")
        if self.query is not None:
            name, kind = self.query
            arguments[name] = _read_fields(kind, request.query_params or {}, "The query")
        if self.body is not None:
            name, kind = self.body
            arguments[name] = _read_body(request, kind)
        if self.language is not None or self.customer is not None:
            settings = wiring.adapters.settings
            header = request.headers.get("accept-language", "")
            language = languages.chosen(claims.get("locale", ""), header, settings.languages)
            if self.language is not None:
                arguments[self.language] = language
            if self.customer is not None:
                customer = identities.customer_of(claims, language, settings.issuer)
                arguments[self.customer] = customer
        return arguments


def claims_of(request: Request) -> dict[str, str]:
    """Return what the verified token says of the customer; an HTTP API has null for a guest."""
    authorizer = request.context.get("authorizer") or {}
    return authorizer.get("claims") or {}


def _require_id_token(claims: Mapping[str, str]) -> None:
    if claims.get("token_use", "id") != "id":
        raise IdTokenNeeded(UNAUTHORIZED.message)


def operation_of(
    view: Callable[..., Any],
    raises: tuple[type[CartError], ...],
    *,
    media_types: tuple[str, ...] = (),
    also: tuple[int, ...] = (),
    pages: tuple[int, ...] = (),
    links: Mapping[str, Link] | None = None,
    status: int = 200,
    admit: Callable[[Request], None] | None = None,
) -> Operation:
    """Read off a view's annotations what it takes and answers; the rest has to be told.

    ``Response`` as (a part of) what it returns stands for an answer that is already rendered.
    """
    types = get_annotations(view)
    returned = types.pop("return")
    parameters, body, headers, query, language, customer = {}, None, None, None, None, None
    implied: tuple[type[CartError], ...] = ()
    for name, kind in types.items():
        if kind is Language:
            language = name
        elif kind is Customer:
            customer = name
        elif not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            parameters[name] = kind
        elif issubclass(kind, Headers):
            headers = (name, kind)
            implied += (MalformedRequest,)
        elif issubclass(kind, Query):
            query = (name, kind)
            implied += (MalformedRequest,)
        else:
            body = (name, kind)
            implied += (MalformedRequest, RequestTooLarge, UnsupportedMediaType)
    return Operation(
        parameters=parameters,
        body=body,
        headers=headers,
        query=query,
        language=language,
        customer=customer,
        answer=tuple(kind for kind in get_args(returned) or (returned,) if kind is not Response),
        raises=tuple(dict.fromkeys(implied + raises)),
        media_types=media_types,
        also=also,
        pages=pages,
        links=links or {},
        status=status,
        admit=admit,
    )


def _read_fields(
    kind: type[msgspec.Struct], fields: Mapping[str, str], what: str
) -> msgspec.Struct:
    sent = {name: fields[name] for name in kind.__struct_encode_fields__ if name in fields}
    try:
        return msgspec.convert(sent, kind)
    except UNREADABLE as error:
        raise MalformedRequest(problem(what, error)) from None


def _read_body(request: Request, kind: type[msgspec.Struct]) -> msgspec.Struct:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise UnsupportedMediaType("The body must be JSON: Content-Type: application/json.")
    body = request.raw_body
    try:
        read = msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise MalformedRequest(problem("The body", error)) from None
    if len(body) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"The body must not exceed {MAX_BODY_BYTES} bytes.", bytes=len(body))
    return read
