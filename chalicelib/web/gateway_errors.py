"""The errors that API Gateway answers itself, in the one shape of all errors.

`python -m infra deploy` sets them, the local cloud answers them, and the OpenAPI document has them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.domain.errors import ErrorBody

RETRY_AFTER_SECONDS: Final = 2

INTERNAL_ERROR: Final = ErrorBody("internal_error", "An internal error occurred. It was logged.")
"""What a view answers, too, where nobody foresaw what happened."""

UNAVAILABLE: Final = "The shop cannot do this right now. Try again in a moment."
"""What is told of an error that may pass; what failed inside is for the log."""

BAD_REQUEST: Final = ErrorBody("bad_request", "The request could not be read.")
UNAUTHORIZED: Final = ErrorBody("unauthorized", "A valid id token is needed.")
FORBIDDEN: Final = ErrorBody("forbidden", "You do not have access to this.")
NOT_FOUND: Final = ErrorBody("not_found", "There is nothing at this path.")
METHOD_NOT_ALLOWED: Final = ErrorBody(
    "method_not_allowed", "This path does not support this method."
)
TOO_LARGE: Final = ErrorBody("request_too_large", "The body must not exceed 10 MB.")
TOO_MANY: Final = ErrorBody("too_many_requests", "Try again in a moment.")
BAD_ANSWER: Final = ErrorBody("internal_error", "The service did not answer properly.")
TIMEOUT: Final = ErrorBody("timeout", "The service took too long to answer.")

ANYWHERE: Final[Mapping[int, ErrorBody]] = {
    400: BAD_REQUEST,
    413: TOO_LARGE,
    429: TOO_MANY,
    500: INTERNAL_ERROR,
    502: BAD_ANSWER,
    504: TIMEOUT,
}
"""What may be answered in place of any view, and 500 in place of what went wrong."""

AUTHORIZER: Final[Mapping[int, ErrorBody]] = {401: UNAUTHORIZED, 403: FORBIDDEN}
"""What may be answered in place of a view that takes an id token."""


def readable_by(origins: Sequence[str]) -> dict[str, str]:
    """Return the header by which pages of the allowed origins may read a gateway's own error.

    A REST API has fixed headers for them: it cannot name the one of several origins that asked, so
    all may read that a request was refused. That says nothing about a customer.
    """
    if not origins:
        return {}
    return {"Access-Control-Allow-Origin": origins[0] if len(origins) == 1 else "*"}
