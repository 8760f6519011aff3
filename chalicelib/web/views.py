"""How views answer: typed bodies as JSON, and every error in the one error shape."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

import msgspec
from chalice import Blueprint, Response

from chalicelib.domain import errors
from chalicelib.telemetry import logs
from chalicelib.web.bodies import Accepted, ErrorAnswer, ErrorBody, NewGuest
from chalicelib.web.operation import Link, Operation, operation_of

RETRY_AFTER_SECONDS: Final = 2

STATUS: Final[Mapping[type[errors.CartError], int]] = {
    errors.MalformedRequest: 400,
    errors.GuestUnknown: 401,
    errors.UnknownFile: 404,
    errors.UnknownRequest: 404,
    errors.RequestTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.UnknownSku: 422,
    errors.QuantityOutOfRange: 422,
    errors.TransientError: 503,
}
INTERNAL_ERROR: Final = ErrorBody("internal_error", "Something went wrong here; it was logged.")

View = Callable[..., msgspec.Struct | Response]
Answering = Callable[..., Response]

_OPERATIONS: Final[dict[Answering, Operation]] = {}


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
    """Return the status that stands for an error."""
    return next((STATUS[kind] for kind in error.__mro__ if kind in STATUS), 500)


def error_response(error: errors.CartError) -> Response:
    """Answer with an error that was raised on purpose."""
    status = status_of(type(error))
    body = ErrorAnswer(ErrorBody(error.code, error.message, error.details or msgspec.UNSET))
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return json_response(body, status, retry)


def answers(
    blueprint: Blueprint,
    *raises: type[errors.CartError],
    media_types: tuple[str, ...] = (),
    also: tuple[int, ...] = (),
    pages: tuple[int, ...] = (),
    links: Mapping[str, Link] | None = None,
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
            view, raises, media_types=media_types, also=also, pages=pages, links=links
        )

        @wraps(view)
        def answer(**parameters: str) -> Response:
            hop = logs.Hop(view.__name__)
            try:
                result = view(**parameters, **operation.read(blueprint.current_request))
            except Exception as error:  # noqa: BLE001 - the last resort of every view
                return _failure(error, operation, hop)
            response = result if isinstance(result, Response) else _success(result)
            _log_success(result, response, hop)
            return response

        _OPERATIONS[answer] = operation
        return answer

    return decorate


def operation_behind(view: Callable[..., Any]) -> Operation:
    """Return what a view that :func:`answers` made promises."""
    return _OPERATIONS[view]


def success_status(answer: type) -> int:
    """Return the status of a success whose body is of this type."""
    if answer is NewGuest:
        return 201
    return 202 if answer is Accepted else 200


def _success(body: msgspec.Struct) -> Response:
    headers = {"Location": body.links.status} if isinstance(body, Accepted) else None
    return json_response(body, success_status(type(body)), headers)


def _log_success(result: msgspec.Struct | Response, response: Response, hop: logs.Hop) -> None:
    if isinstance(result, Accepted):
        hop.ended(
            "accepted",
            status=response.status_code,
            event_id=result.request_id,
            correlation_id=result.request_id,
        )
    else:
        hop.ended("answered", status=response.status_code)


def _failure(error: Exception, operation: Operation, hop: logs.Hop) -> Response:
    if not (isinstance(error, errors.CartError) and type(error) in operation.raises):
        hop.raised(error, "failed", status=500)
        return json_response(ErrorAnswer(INTERNAL_ERROR), 500)
    response = error_response(error)
    if response.status_code >= 500:
        hop.raised(error, "failed", status=response.status_code)
    else:
        hop.ended("refused", status=response.status_code, error=error.code)
    return response
