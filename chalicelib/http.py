"""How views answer: typed bodies as JSON, and every error in the one error shape."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final, ParamSpec

import msgspec
from chalice import Response

from chalicelib import logs
from chalicelib.contract import ErrorAnswer, ErrorBody
from chalicelib.domain import errors

RETRY_AFTER_SECONDS: Final = 2

_STATUS: Final[dict[type[errors.CartError], int]] = {
    errors.MalformedRequest: 400,
    errors.DemoNotAvailable: 403,
    errors.UnknownRequest: 404,
    errors.RequestTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.UnknownSku: 422,
    errors.QuantityOutOfRange: 422,
    errors.TransientError: 503,
}
_INTERNAL_ERROR: Final = ErrorBody("internal_error", "Something went wrong here; it was logged.")

P = ParamSpec("P")


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


def error_response(error: errors.CartError) -> Response:
    """Answer with an error that was raised on purpose."""
    kinds = type(error).__mro__
    status = next((_STATUS[kind] for kind in kinds if kind in _STATUS), 500)
    body = ErrorAnswer(ErrorBody(error.code, error.message, error.details or None))
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return json_response(body, status, retry)


def answers(view: Callable[P, msgspec.Struct | Response]) -> Callable[P, Response]:
    """Turn what a view returns or raises into a response.

    What nobody foresaw is logged with its type but without its message, which may hold what a
    customer typed, and answered 500.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            result = view(*args, **kwargs)
        except errors.CartError as error:
            return error_response(error)
        except Exception as error:  # noqa: BLE001 - the last resort of every view
            logs.exception(view.__name__, error)
            return json_response(ErrorAnswer(_INTERNAL_ERROR), 500)
        return result if isinstance(result, Response) else json_response(result)

    return answer
