"""How views answer: typed bodies as JSON, and every error in the one error shape."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

import msgspec
from chalice import Blueprint, Chalice, Response
from chalice.app import Request

from chalicelib import wiring
from chalicelib.domain import errors
from chalicelib.telemetry import logs
from chalicelib.web import cors
from chalicelib.web.bodies import Accepted, ErrorAnswer, Links
from chalicelib.web.gateway_errors import INTERNAL_ERROR, RETRY_AFTER_SECONDS, UNAVAILABLE
from chalicelib.web.operation import IdTokenNeeded, Link, Operation, operation_of

STATUS: Final[Mapping[type[errors.CartError], int]] = {
    errors.MalformedRequest: 400,
    errors.ForgedToken: 401,
    errors.GuestUnknown: 401,
    errors.CartLinkUnknown: 401,
    errors.UnknownFile: 404,
    errors.UnknownRequest: 404,
    errors.RequestTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.UnknownSku: 422,
    errors.QuantityOutOfRange: 422,
    errors.TransientError: 503,
}
"""The status of each error that a client may be answered, and of those that derive from it."""

View = Callable[..., msgspec.Struct | Response]
Answering = Callable[[], Response]

_OPERATIONS: Final[dict[Answering, Operation]] = {}


class Api(Chalice):
    """The app, which calls the view of a route directly.

    Chalice's own way there takes a quarter of what a request takes: it builds a chain of middleware
    for each request, and looks through each answer for binary media types and line breaks in
    headers, which no answer here has. See docs/decisions/0017-nothing-is-worked-out-twice.md.
    """

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request, as API Gateway hands it to Lambda and takes the answer.

        The answer is shared with pages of other origins. It is 500 where something fails outside
        a view.
        """
        try:
            origins = wiring.adapters.allowed_origins  # what fails here fails before the view runs
            request = self.current_request = Request(event, context)
            route = self.routes.get(request.path, {})[request.method]
            response = cors.share(request, route.view_function(), origins)
        except Exception as error:  # noqa: BLE001 - nobody foresaw it
            response = _unforeseen(error, logs.Hop("request"))
        return response.to_dict()


def json_response(
    body: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with ``body`` as JSON; nothing on the way may keep a copy of it."""
    return Response(
        msgspec.json.encode(body).decode(),
        status_code=status,
        headers={
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        },
    )


def status_of(error: type[errors.CartError]) -> int:
    """Return the HTTP status of an error."""
    return next((STATUS[kind] for kind in error.__mro__ if kind in STATUS), 500)


def accepted(request: Request, cart: str, request_id: str) -> Accepted:
    """Answer that a request was accepted, with links below ``cart``, the path of its cart."""
    root = request.context["path"].rpartition(cart)[0]
    links = Links(status=f"{root}{cart}/requests/{request_id}", cart=f"{root}{cart}")
    return Accepted(request_id, "accepted", links)


def answers(
    blueprint: Blueprint,
    *raises: type[errors.CartError],
    media_types: tuple[str, ...] = (),
    also: tuple[int, ...] = (),
    pages: tuple[int, ...] = (),
    links: Mapping[str, Link] | None = None,
    status: int = HTTPStatus.OK,
    admit: Callable[[Request], None] | None = None,
) -> Callable[[View], Answering]:
    """Give a view what it takes from the request, and make a response of what it returns.

    The view's annotations and these arguments are what the API promises (see
    :class:`chalicelib.web.operation.Operation`), and the view is held to it: an error that is not
    among ``raises`` is nothing that a client was told of. Like everything that nobody foresaw, it
    is answered 500 and logged with its type but without its message, which may hold what a
    customer typed.
    """

    def decorate(view: View) -> Answering:
        operation = operation_of(
            view,
            raises,
            media_types=media_types,
            also=also,
            pages=pages,
            links=links,
            status=status,
            admit=admit,
        )

        @wraps(view)
        def answer() -> Response:
            hop = logs.Hop(view.__name__)
            try:
                result = view(**operation.read(blueprint.current_request))
            except errors.CartError as error:
                told_of = type(error) in (*operation.raises, IdTokenNeeded)
                return _refusal(error, hop) if told_of else _unforeseen(error, hop)
            except Exception as error:  # noqa: BLE001 - the last resort of every view
                return _unforeseen(error, hop)
            return _success(result, operation.status, hop)

        _OPERATIONS[answer] = operation
        return answer

    return decorate


def operation_behind(view: Callable[..., Any]) -> Operation:
    """Return what a view that :func:`answers` made promises."""
    return _OPERATIONS[view]


def _success(result: msgspec.Struct | Response, status: int, hop: logs.Hop) -> Response:
    match result:
        case Response():
            hop.ended("answered", status=result.status_code)
            return result
        case Accepted(request_id=request_id):
            hop.ended("accepted", status=status, event_id=request_id, correlation_id=request_id)
            return json_response(result, status, {"Location": result.links.status})
        case _:
            hop.ended("answered", status=status)
            return json_response(result, status)


def _refusal(error: errors.CartError, hop: logs.Hop) -> Response:
    status = status_of(type(error))
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        hop.ended("refused", status=status, error=error.code)
        return json_response(ErrorAnswer(error.body), status)
    hop.raised(error, "failed", status=status)
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return json_response(ErrorAnswer(errors.ErrorBody(error.code, UNAVAILABLE)), status, retry)


def _unforeseen(error: Exception, hop: logs.Hop) -> Response:
    hop.raised(error, "failed", status=500)
    return json_response(ErrorAnswer(INTERNAL_ERROR), 500)
