"""The HTTP server in front of the local cloud, on the standard library's own."""

import errno
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, Final, cast

from infra.local.cloud import LocalCloud
from infra.local.console import ROOT, Console
from infra.local.engine.http import MAX_BODY_BYTES, Request, Response, error_response
from infra.local.web import routes
from infra.local.web.stream import Stream

HOST: Final = "127.0.0.1"
IDLE_SECONDS: Final = 30
POLL_SECONDS: Final = 0.1
MAX_DISCARDED_BYTES: Final = 4 * MAX_BODY_BYTES

Answer = Callable[[Request], Response | Stream]


class PortInUseError(Exception):
    """Something else listens on the port."""


class UnreadableRequestError(Exception):
    """A request whose body cannot be read; ``status`` says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = error_response(status, code, message)


def _starting(_: Request) -> Response:
    return error_response(503, "starting", "The local cloud is starting.", [("Retry-After", "1")])


class Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own."""

    daemon_threads = True

    def __init__(self, port: int, answer: Answer = _starting) -> None:
        """Listen on ``port`` of this machine, or on any that is free if it is 0.

        Raises:
            PortInUseError: something else does.
        """
        self.answer = answer
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUseError(
                f"Port {port} is in use. Stop what listens there, or choose another one: "
                f"PORT={port + 1} make run"
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client go away without a word."""


class _Handler(BaseHTTPRequestHandler):
    """Reads requests whatever is in them; every one gets an answer."""

    protocol_version = "HTTP/1.1"
    server_version = "local-cloud"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # or a body waits until the client has acknowledged the headers
    server: Server

    def __getattr__(self, name: str) -> Any:
        """Let every method be served: which ones a path takes is the API's to say."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Log nothing: the journal has each request."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is not HTTP in the shape that all errors have."""
        del explain
        self.close_connection = True
        self.request_version = self.protocol_version  # or an unreadable one gets no status line
        self._send(error_response(code, "malformed_request", message or "This is not HTTP."))
        self._discard()

    def _serve(self) -> None:
        try:
            request = self._read()
        except UnreadableRequestError as error:
            self.close_connection = True
            self._send(error.response)
            self._discard()
            return
        answer = self.server.answer(request)
        if isinstance(answer, Stream):
            self._send_on_and_on(answer)
        else:
            self._send(answer)

    def _read(self) -> Request:
        path, _, query = self.path.partition("?")
        if "://" in path:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return Request(
            method=self.command,
            path=path,
            query=query,
            headers=tuple(self.headers.items()),
            body=self._body(),
            source_ip=str(self.client_address[0]),
        )

    def _body(self) -> bytes:
        stream = cast("BinaryIO", self.rfile)
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return _read_chunks(stream)
        length = self.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            raise UnreadableRequestError(400, "malformed_request", "Content-Length is no number.")
        return _read_exactly(stream, int(length[:20]))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(_header(name), _header(value))
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if getattr(self, "command", None) != "HEAD":
            self.wfile.write(response.body)

    def _send_on_and_on(self, stream: Stream) -> None:
        """Send a stream until its reader goes away, which raises an OSError."""
        self.close_connection = True
        self.send_response(200)
        for name, value in (*stream.headers, ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        with closing(stream.chunks) as chunks:
            for chunk in chunks if self.command != "HEAD" else ():
                self.wfile.write(chunk)

    def _discard(self) -> None:
        """Read what else the client sends, for a while: closing at once would hide the answer."""
        self.wfile.flush()
        self.connection.settimeout(0.2)
        remaining = MAX_DISCARDED_BYTES
        try:
            while remaining > 0 and (data := self.connection.recv(65536)):
                remaining -= len(data)
        except OSError:
            return


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    if length > MAX_BODY_BYTES:
        raise UnreadableRequestError(413, "request_too_large", "A body has 10 MB at most.")
    try:
        body = stream.read(length)
    except TimeoutError as error:
        message = "The body did not arrive in time."
        raise UnreadableRequestError(408, "malformed_request", message) from error
    if len(body) < length:
        raise UnreadableRequestError(400, "malformed_request", "The body is incomplete.")
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    """Read a body in chunked transfer coding (RFC 9112, section 7.1)."""
    body = b""
    while True:
        try:
            size = int(stream.readline(100).split(b";")[0], 16)
        except ValueError as error:
            message = "The chunked body is malformed."
            raise UnreadableRequestError(400, "malformed_request", message) from error
        if size < 0 or len(body) + size > MAX_BODY_BYTES:
            raise UnreadableRequestError(413, "request_too_large", "A body has 10 MB at most.")
        body += _read_exactly(stream, size)
        stream.readline(100)
        if size == 0:
            return body


def _header(text: str) -> str:
    """Return a header's text as it may go over the wire: one line of Latin-1."""
    return "".join(text.splitlines()).encode("latin-1", "replace").decode("latin-1")


def answering(cloud: LocalCloud) -> Answer:
    """Return what answers a request: the console, the ``/_local`` routes or the app."""
    console = Console(cloud)

    def answer(request: Request) -> Response | Stream:
        if request.path == ROOT or request.path.startswith(routes.PREFIX):
            return console.answer(request) or routes.handle(cloud, request)
        return cloud.handle(request)

    return answer


def serve(server: Server, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; call ``ready`` once requests are answered."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(
        target=server.serve_forever, args=(POLL_SECONDS,), name="server", daemon=True
    )
    thread.start()
    ready()
    stop.wait()
    server.shutdown()
    server.server_close()
    thread.join()
