"""Where an HTTP/1.1 message begins and ends (RFC 9112), read strictly: what is unclear is refused.

A lenient reader guesses, and two readers that guess differently see two different requests.
"""

import re
from email import errors
from email.message import Message
from http import HTTPStatus
from typing import BinaryIO, Final

from infra.local.engine.http import MAX_BODY_BYTES, Response, error_response

MAX_CHUNK_LINE_BYTES: Final = 1_000
MAX_TRAILERS: Final = 100

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[^\r\n]*)?\r\n")
_OF_A_BODY: Final = (
    errors.NoBoundaryInMultipartDefect,
    errors.StartBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect,
    errors.InvalidMultipartContentTransferEncodingDefect,
)
"""What Python's parser misses in a multipart message, of which it is given the headers only."""


class UnreadableRequestError(Exception):
    """The request cannot be read; ``response`` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        code = "request_too_large" if status == 413 else "malformed_request"
        self.response: Response = error_response(status, code, message)


class HeaderLines:
    """Reads the lines of headers, and notes whether each ends where all readers think it does.

    Python's parser takes a carriage return inside a line for its end, too.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.are_clear = True

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line, as far as the limit (bytes) lets it."""
        line = self._stream.readline(limit)
        self.are_clear &= b"\r" not in line.removesuffix(b"\r\n")
        return line


def check_target(target: str) -> None:
    """Accept a path, with a query or without.

    A URL (the absolute form, for proxies) would name a host of its own beside the Host header.

    Raises:
        UnreadableRequestError: the target is something else.
    """
    if not target.startswith("/") or "://" in target.partition("?")[0]:
        raise UnreadableRequestError(400, "The request target has to be a path.")


def check_headers(headers: Message) -> None:
    """Accept headers that are one clear line each.

    Raises:
        UnreadableRequestError: one is malformed, or there is not exactly one Host.
    """
    defects = [one for one in headers.defects if not isinstance(one, _OF_A_BODY)]
    if defects or any(map(_CONTROL.search, headers.values())):
        raise UnreadableRequestError(400, "A header is malformed.")
    if len(headers.get_all("Host", [])) != 1:
        raise UnreadableRequestError(400, "A request has exactly one Host header.")


def length_of(headers: Message, max_bytes: int = MAX_BODY_BYTES) -> int | None:
    """Return how many bytes the body has, None if it comes in chunks.

    Raises:
        UnreadableRequestError: the headers contradict each other, or it is over ``max_bytes``.
    """
    lengths = headers.get_all("Content-Length", [])
    codings = headers.get_all("Transfer-Encoding", [])
    if codings:
        if lengths:
            message = "A request has Content-Length or Transfer-Encoding, not both."
            raise UnreadableRequestError(400, message)
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise UnreadableRequestError(400, "The only Transfer-Encoding taken is chunked.")
        return None
    if len(lengths) > 1:
        raise UnreadableRequestError(400, "A request has one Content-Length.")
    text = lengths[0].strip(" \t") if lengths else "0"
    if not (text.isascii() and text.isdigit()):
        raise UnreadableRequestError(400, "Content-Length has to be a number.")
    if not _LENGTH.fullmatch(text) or int(text) > max_bytes:
        raise _too_large(max_bytes)
    return int(text)


def read_body(stream: BinaryIO, length: int | None, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Read a body of ``length`` bytes, or in chunks if that is None.

    Raises:
        UnreadableRequestError: it is malformed, incomplete, late, or over ``max_bytes``.
    """
    try:
        return _chunks(stream, max_bytes) if length is None else _exactly(stream, length)
    except TimeoutError as error:
        status = HTTPStatus.REQUEST_TIMEOUT
        raise UnreadableRequestError(status, "The body did not arrive in time.") from error


def _exactly(stream: BinaryIO, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise UnreadableRequestError(400, "The body is incomplete.")
    return body


def _chunks(stream: BinaryIO, max_bytes: int) -> bytes:
    """Read the chunked transfer coding (RFC 9112, section 7.1)."""
    body = bytearray()
    while True:
        line = _CHUNK_SIZE.fullmatch(stream.readline(MAX_CHUNK_LINE_BYTES))
        if line is None:
            raise UnreadableRequestError(400, "The chunked body is malformed.")
        size = int(line[1], 16)
        if size == 0:
            _skip_trailers(stream)
            return bytes(body)
        if len(body) + size > max_bytes:
            raise _too_large(max_bytes)
        body += _exactly(stream, size)
        if _exactly(stream, 2) != b"\r\n":
            raise UnreadableRequestError(400, "The chunked body is malformed.")


def _skip_trailers(stream: BinaryIO) -> None:
    for _ in range(MAX_TRAILERS):
        line = stream.readline(MAX_CHUNK_LINE_BYTES)
        if line == b"\r\n":
            return
        if not line.endswith(b"\r\n"):
            break
    raise UnreadableRequestError(400, "The chunked body is malformed.")


def _too_large(max_bytes: int) -> UnreadableRequestError:
    limit = f"{max_bytes // 2**20} MB" if max_bytes >= 2**20 else f"{max_bytes // 2**10} KB"
    return UnreadableRequestError(413, f"The body is larger than {limit}.")
