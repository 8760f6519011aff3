"""The API's description in OpenAPI 3.1, from the routes and the annotations of their views.

It is built when it is first requested, because no other request needs it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from http import HTTPStatus
from inspect import getdoc
from operator import or_
from typing import Any, Final

import msgspec
from chalice.app import RouteEntry

from chalicelib.domain.errors import CartError
from chalicelib.web import gateway_errors, views
from chalicelib.web.bodies import VERSION, ErrorAnswer
from chalicelib.web.cors import PREFLIGHT
from chalicelib.web.json_schema import Schema, schema_of, schemas_of
from chalicelib.web.operation import Operation

Routes = Mapping[str, Mapping[str, RouteEntry]]

JSON: Final = "application/json"

_INFO: Final = {
    "title": "Event-driven cart",
    "version": VERSION,
    "summary": "A shopping cart that answers at once and does its work in events.",
    "description": (
        "A change is accepted with 202 and processed later; its `status` link shows what became of "
        "it. A cart belongs to the customer whose id token is sent; no route takes a customer's "
        "id. Amounts are integer minor units (cents) of the named currency. Every error has one "
        "shape, including for unknown paths and methods: 404 `not_found` and "
        "405 `method_not_allowed`. Behind an HTTP API, errors of the gateway itself are AWS's: "
        "`message`."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_LOCATION: Final = {
    "Location": {
        "description": "Where to go next.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_HEADERS: Final = {202: _LOCATION, 308: _LOCATION, 429: _RETRY_AFTER, 503: _RETRY_AFTER}


def document(routes: Routes, server: str) -> dict[str, Any]:
    """Return the description of these routes; ``server`` is the path that they are below."""
    described = {
        path: {method: entry for method, entry in methods.items() if method != PREFLIGHT}
        for path, methods in sorted(routes.items())
    }
    entries = [entry for methods in described.values() for entry in methods.values()]
    schemas, components = _named_schemas(views.operation_behind(e.view_function) for e in entries)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": server}],
        "paths": {
            path: {method.lower(): _operation(entry, schemas) for method, entry in methods.items()}
            for path, methods in described.items()
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                entry.authorizer.name: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An id token of the shop's identity provider.",
                }
                for entry in entries
                if entry.authorizer
            },
        },
    }


def _named_schemas(
    operations: Iterable[Operation],
) -> tuple[Callable[[Any], Schema], dict[str, Schema]]:
    """Return what gives each type of a body its schema, and all schemas that have a name."""
    kinds: dict[Any, None] = {ErrorAnswer: None}
    for operation in operations:
        if operation.body is not None:
            kinds[operation.body[1]] = None
        if operation.answer:
            kinds[_union(operation)] = None
    schemas, components = schemas_of(kinds)
    return dict(zip(kinds, schemas, strict=True)).__getitem__, components


def _union(operation: Operation) -> Any:
    return reduce(or_, operation.answer)


def _operation(entry: RouteEntry, schema: Callable[[Any], Schema]) -> dict[str, Any]:
    view = entry.view_function
    operation = views.operation_behind(view)
    summary, _, description = (getdoc(view) or "").partition("\n\n")
    parameters = [*_path_parameters(operation), *_other_parameters(operation)]
    return {
        "operationId": view.__name__,
        "summary": summary,
        **({"description": " ".join(description.split())} if description else {}),
        **({"security": [{entry.authorizer.name: []}]} if entry.authorizer else {}),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(operation.body[1], schema)} if operation.body else {}),
        "responses": {
            **_successes(operation, schema),
            **_errors(operation, schema, authorized=bool(entry.authorizer)),
        },
    }


def _path_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, kind in operation.parameters.items():
        yield {"name": name, "in": "path", "required": True, "schema": schema_of(kind)}


def _other_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for place, argument in (("header", operation.headers), ("query", operation.query)):
        if argument is None:
            continue
        kind = argument[1]
        _, components = schemas_of([kind])
        schema = components[kind.__name__]
        for name, field in schema["properties"].items():
            required = name in schema.get("required", ())
            yield {"name": name, "in": place, "required": required, "schema": field}


def _body(kind: type[msgspec.Struct], schema: Callable[[Any], Schema]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema(kind)}}}


def _successes(operation: Operation, schema: Callable[[Any], Schema]) -> dict[str, Any]:
    """Describe the answers to a valid request."""
    if operation.answer:
        content = {JSON: {"schema": schema(_union(operation))}}
    else:
        content = {kind: {"schema": _text_schema(kind)} for kind in operation.media_types}
    links = {
        name: {
            "operationId": link.operation_id,
            **({"parameters": dict(link.parameters)} if link.parameters else {}),
        }
        for name, link in operation.links.items()
    }
    success = {
        **_response(operation.status),
        "content": content,
        **({"links": links} if links else {}),
    }
    return {
        str(operation.status): success,
        **{str(other): _response(other) for other in operation.also},
        **{str(other): {**_response(other), "content": content} for other in operation.pages},
    }


def _text_schema(media_type: str) -> Schema:
    return {"type": "object" if media_type == JSON else "string"}


def _response(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    return {"description": phrase, **({"headers": _HEADERS[status]} if status in _HEADERS else {})}


def _errors(
    operation: Operation, schema: Callable[[Any], Schema], *, authorized: bool
) -> dict[str, Any]:
    """Describe the errors that the view may raise, and those that API Gateway may answer."""
    by_status: dict[int, dict[str, str]] = {}
    for kind in operation.raises:
        by_status.setdefault(views.status_of(kind), {})[kind.code] = _meaning(kind)
    for errors in (gateway_errors.ANYWHERE, gateway_errors.AUTHORIZER if authorized else {}):
        for status, error in errors.items():
            by_status.setdefault(status, {}).setdefault(error.code, error.message)
    return {
        str(status): {
            **_response(status),
            "content": {JSON: _error_content(codes, schema(ErrorAnswer))},
        }
        for status, codes in sorted(by_status.items())
    }


def _meaning(error: type[CartError]) -> str:
    return (getdoc(error) or "").partition("\n\n")[0]


def _error_content(messages: Mapping[str, str], schema: Schema) -> dict[str, Any]:
    """Describe errors by code; a message is an example, for the real one may say more."""
    code = {"properties": {"code": {"enum": list(messages)}}}
    return {
        "schema": {**schema, "properties": {"error": code}},
        "examples": {
            code: {"value": {"error": {"code": code, "message": message}}}
            for code, message in messages.items()
        },
    }
