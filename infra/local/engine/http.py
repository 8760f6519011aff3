"""HTTP requests and responses, independent of any server."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""What API Gateway takes at most."""

Headers = Sequence[tuple[str, str]]


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
        """Return the last value of a header; ``name`` is in lower case."""
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


@dataclass(frozen=True)
class Stream:
    """An HTTP response whose body is sent chunk by chunk, for as long as somebody reads it.

    ``chunks`` is closed when nobody does any more.
    """

    headers: Headers
    chunks: Generator[bytes]


def uncached(media_type: str, body: bytes, *headers: tuple[str, str]) -> Response:
    """Return a response that is what it says it is, and made anew for each request."""
    always = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
    return Response(200, (("Content-Type", media_type), *always, *headers), body)


def method_not_allowed(allowed: str) -> Response:
    """Return the error of a path that knows other methods."""
    message = "This path does not support this method."
    return error_response(405, "method_not_allowed", message, [("Allow", allowed)])


def error_response(status: int, code: str, message: str, headers: Headers = ()) -> Response:
    """Return an error in the shape that the whole API has."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Response(status, (("Content-Type", "application/json"), *headers), body)
