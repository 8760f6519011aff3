"""The HTTP server in front of the local cloud: werkzeug's, which answers each request in a thread.

werkzeug closes a connection after its answer, so no request can hide in another one's body.
"""

import errno
import logging
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from infra.local.cloud import LocalCloud
from infra.local.console import Console
from infra.local.engine.http import (
    MAX_BODY_BYTES,
    Headers,
    Request,
    Response,
    Stream,
    error_response,
)
from infra.local.engine.journal import redact
from infra.local.web import access, framing, routes
from infra.local.web.framing import UnreadableRequestError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST: Final = "127.0.0.1"
IDLE_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1
DISCARD_SECONDS: Final = 0.2
MAX_DISCARDED_BYTES: Final = 4 * MAX_BODY_BYTES

_LOG: Final = logging.getLogger(__name__)
_REQUEST: Final = "local_cloud.request"
_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_UNREADABLE: Final = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "The request target is too long.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too long, or too many.",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "HTTP/1.1 is the version that is taken.",
}

Answer = Callable[[Request], Response | Stream]


class PortInUseError(Exception):
    """Something else listens on the port."""


def _starting(_: Request) -> Response:
    return error_response(503, "starting", "The local cloud is starting.", [("Retry-After", "1")])


class Server(ThreadedWSGIServer):
    """Answers requests by a function that may be replaced: ``answer``."""

    def __init__(self, port: int, answer: Answer = _starting) -> None:
        """Listen on ``port`` of this machine, or on any that is free if it is 0.

        Raises:
            PortInUseError: something else does.
        """
        self.answer = answer
        super().__init__(HOST, port, self._serve, _Handler)

    def server_bind(self) -> None:
        """Take the port."""
        try:
            super().server_bind()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUseError(
                f"Port {self.port} is in use. Stop what listens there, or choose another one: "
                f"PORT={self.port + 1} make run"
            ) from error

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Log what broke off an answer, such as a stream."""
        _LOG.log(logging.getLevelName(type.upper()), "%s", redact(message % args))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with a connection, unless its client has just gone away."""
        del request, client_address
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log_traceback()

    def _serve(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request (the WSGI application)."""
        request: Request = environ[_REQUEST]
        try:
            answer = self.answer(request)
        except Exception:  # noqa: BLE001  whatever it is, the client gets an answer
            _log_traceback()
            answer = error_response(
                500, "internal_error", "The local cloud has a defect: see its log."
            )
        if isinstance(answer, Stream):
            start_response("200 OK", _on_the_wire(answer.headers))
            return answer.chunks if request.method != "HEAD" else ()
        start_response(_status_line(answer.status), _headers_of(answer))
        return () if request.method == "HEAD" else (answer.body,)


class _Handler(WSGIRequestHandler):
    """Reads a request strictly, and answers one that is unreadable."""

    server: Server
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # or a body waits until the client has acknowledged the headers

    def version_string(self) -> str:
        """Return the Server header, without the versions of what is used here."""
        return "local-cloud"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Log nothing: the journal has each request, and :class:`Server` logs what goes wrong."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing, and do not parse a target that may be anything."""

    def parse_request(self) -> bool:
        """Read the request line and the headers."""
        stream, lines = self.rfile, framing.HeaderLines(cast("BinaryIO", self.rfile))
        self.rfile = cast("Any", lines)
        try:
            if b"\r" not in self.raw_requestline.strip() and self.raw_requestline.strip():
                is_read = super().parse_request()
                if not is_read or lines.are_clear:
                    return is_read
            else:
                self.requestline, self.command = "", ""
            self.send_error(400)
        except TimeoutError:
            self.send_error(408)
        finally:
            self.rfile = stream
        return False

    def handle_expect_100(self) -> bool:
        """Put off "100 Continue": a request may be refused by its headers alone."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that is not HTTP; the texts of the base class are for programmers."""
        del message, explain
        text = _UNREADABLE.get(HTTPStatus(code), "The request is not well-formed HTTP/1.1.")
        self._refuse(UnreadableRequestError(code, text))

    def run_wsgi(self) -> None:
        """Answer a request whose request line and headers were read."""
        try:
            self._request = self._read()
        except UnreadableRequestError as error:
            self._refuse(error)
        else:
            super().run_wsgi()

    def make_environ(self) -> "WSGIEnvironment":
        """Hand over the request as it was sent; a WSGI environment has lost some of it."""
        return {**super().make_environ(), _REQUEST: self._request}

    def _read(self) -> Request:
        target = self.requestline.split()[1]  # the base class makes one slash of several in `path`
        framing.check_target(target)
        framing.check_headers(self.headers)
        path, _, query = target.partition("?")
        limit = routes.MAX_BODY_BYTES if access.concerns_the_cloud(path) else MAX_BODY_BYTES
        length = framing.length_of(self.headers, limit)
        # White space around a value is no part of it (RFC 9110, section 5.5).
        headers = tuple((name, value.strip(" \t")) for name, value in self.headers.items())
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            del self.headers["Expect"]  # or werkzeug does the same
        body = framing.read_body(cast("BinaryIO", self.rfile), length, limit)
        return Request(self.command, path, query, headers, body, str(self.client_address[0]))

    def _refuse(self, error: UnreadableRequestError) -> None:
        response = error.response
        self.close_connection = True
        self.request_version = self.protocol_version  # or a bad request line gets no status line
        self.send_response(response.status)
        for name, value in (*_headers_of(response), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self._discard()

    def _discard(self) -> None:
        """Read what else the client sends, for a while: closing at once would hide the answer."""
        self.wfile.flush()
        self.connection.settimeout(DISCARD_SECONDS)
        remaining = MAX_DISCARDED_BYTES
        try:
            while remaining > 0 and (data := self.connection.recv(65536)):
                remaining -= len(data)
        except OSError:
            return


def _log_traceback() -> None:
    _LOG.error("%s", redact(traceback.format_exc()))


def _status_line(status: int) -> str:
    known = {known.value: known.phrase for known in HTTPStatus}
    return f"{status} {known.get(status, 'Unknown')}"


def _headers_of(response: Response) -> list[tuple[str, str]]:
    length = ("Content-Length", str(len(response.body)))
    return _on_the_wire((*response.headers, *(() if response.status in _BODILESS else (length,))))


def _on_the_wire(headers: Headers) -> list[tuple[str, str]]:
    return [(_header(name), _header(value)) for name, value in headers]


def _header(text: str) -> str:
    """Return a header's text as it may go over the wire: one line of Latin-1."""
    return "".join(text.splitlines()).encode("latin-1", "replace").decode("latin-1")


def answering(cloud: LocalCloud) -> Answer:
    """Return what answers a request: the console, the ``/_local`` routes or the app."""
    console = Console(cloud)

    def answer(request: Request) -> Response | Stream:
        refusal = access.refusal_of(request, cloud.parts.gateway.allowed_origins)
        if refusal is not None:
            return refusal
        if access.concerns_the_cloud(request.path):
            return console.answer(request) or routes.handle(cloud, request)
        return cloud.handle(request)

    return answer


def serve(server: Server, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, a second of which ends the process at once.

    ``ready`` is called once requests are answered.
    """
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    thread = threading.Thread(
        target=server.serve_forever, args=(POLL_SECONDS,), name="server", daemon=True
    )
    thread.start()
    ready()
    stopping.wait()
    server.shutdown()
    thread.join()
