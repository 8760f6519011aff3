import json
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from infra.local.engine.http import Request, Response, Stream
from infra.local.web.server import HOST, PortInUseError, Server, _Handler

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[5]


class Echo:
    """Answers with what it was asked, and keeps it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, (("X-Odd", "a\r\nb: ü€"),), request.body or b"hello")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@contextmanager
def running(server: Server) -> Iterator[int]:
    """Let a server answer, and yield its port."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


@pytest.fixture
def port(echo: Echo) -> Iterator[int]:
    with running(Server(0, echo)) as port:
        yield port


def send(port: int, *parts: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while data := connection.recv(65536):
        answer += data
    return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def assert_refused(answer: bytes, status: int) -> None:
    """Hold an answer to the one shape of all errors, in words of our own."""
    assert status_of(answer) == status
    body = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"].endswith(".")


def test_a_request_arrives_as_it_was_sent(port: int, echo: Echo) -> None:
    send(port, b"POST /a%2Fb?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi")
    (request,) = echo.requests
    assert (request.method, request.path, request.query, request.body) == (
        "POST",
        "/a%2Fb",
        "x=1",
        b"hi",
    )
    assert request.header("x-a") == "1"
    assert request.source_ip == HOST


@pytest.mark.parametrize("field", [b"X-A:1", b"X-A: 1 ", b"X-A:\t 1 \t", b"x-a:  1"])
def test_white_space_around_a_header_is_no_part_of_it(port: int, echo: Echo, field: bytes) -> None:
    send(port, b"GET / HTTP/1.1\r\nHost: h\r\n" + field + b"\r\n\r\n")
    assert echo.requests[0].header("x-a") == "1"


@pytest.mark.parametrize(
    "kind",
    [
        b"multipart/form-data; boundary=x",
        b"multipart/form-data",
        b"Multipart/Mixed; boundary=x\r\nContent-Transfer-Encoding: base64",
        b"message/rfc822",
        b"text/plain\r\nContent-Transfer-Encoding: base64",
    ],
)
def test_a_body_of_any_kind_arrives(port: int, echo: Echo, kind: bytes) -> None:
    """A mail program's one-click opt-out is a form of several parts (RFC 8058)."""
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: " + kind
    assert status_of(send(port, head + b"\r\n\r\nhi")) == 200
    assert echo.requests[0].body == b"hi"


def test_a_client_is_answered_one_request_after_the_other(port: int, echo: Echo) -> None:
    connection = HTTPConnection(HOST, port, timeout=10)
    for body in (b"first", b"second"):
        connection.request("POST", "/", body)
        assert connection.getresponse().read() == body
    connection.close()
    assert len(echo.requests) == 2


def test_a_second_request_in_the_same_connection_is_left_unread(port: int, echo: Echo) -> None:
    first = b"POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
    answer = send(port, first + b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"Connection: close" in answer
    assert [request.path for request in echo.requests] == ["/first"]


def test_a_head_request_gets_no_body(port: int) -> None:
    answer = send(port, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status_of(answer) == 200
    assert answer.endswith(b"\r\n\r\n")


def test_a_post_without_a_length_has_no_body(port: int, echo: Echo) -> None:
    assert status_of(send(port, b"POST / HTTP/1.1\r\nHost: h\r\n\r\n")) == 200
    assert echo.requests[0].body == b""


def test_a_chunked_body_is_put_together(port: int, echo: Echo) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"3\r\nabc\r\n002;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
    assert status_of(send(port, head, body)) == 200
    assert echo.requests[0].body == b"abcde"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nOrigin : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: null\x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x0bb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX\x00: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rOrigin: null\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\rContent-Length: 3\r\n\r\nabc", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\r\n\r\n", 400),
        (b"GET /\rHTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET x://a/_local/state HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET /x://a/_local/state HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET http://h/_local/state HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET a/b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ],
)
def test_what_cannot_be_read_is_answered_in_the_shape_of_all_errors(
    port: int, echo: Echo, request_: bytes, status: int
) -> None:
    assert_refused(send(port, request_), status)
    assert echo.requests == []


CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (b"Content-Length: x\r\n", b"", 400),
        (b"Content-Length: -1\r\n", b"", 400),
        (b"Content-Length: +2\r\n", b"hi", 400),
        (b"Content-Length: 0x2\r\n", b"hi", 400),
        (b"Content-Length: 1_0\r\n", b"0123456789", 400),
        (b"Content-Length: \xb2\r\n", b"hi", 400),
        (b"Content-Length:\r\n", b"", 400),
        (b"Content-Length: 2, 2\r\n", b"hi", 400),
        (b"Content-Length: 2\r\nContent-Length: 2\r\n", b"hi", 400),
        (b"Content-Length: 2\r\nContent-Length: 5\r\n", b"hello", 400),
        (b"Content-Length: 5\r\n", b"ab", 400),
        (b"Content-Length: 99999999999\r\n", b"", 413),
        (b"Content-Length: " + b"9" * 5_000 + b"\r\n", b"", 413),
        (b"Content-Length: 2\r\n" + CHUNKED, b"2\r\nhi\r\n0\r\n\r\n", 400),
        (CHUNKED + CHUNKED, b"0\r\n\r\n", 400),
        (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n", 400),
        (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n", 400),
        (b"Transfer-Encoding: identity\r\n", b"", 400),
        (CHUNKED, b"zz\r\n", 400),
        (CHUNKED, b"-5\r\n", 400),
        (CHUNKED, b"+2\r\nhi\r\n0\r\n\r\n", 400),
        (CHUNKED, b"0x2\r\nhi\r\n0\r\n\r\n", 400),
        (CHUNKED, b"0_2\r\nhi\r\n0\r\n\r\n", 400),
        (CHUNKED, b" 2\r\nhi\r\n0\r\n\r\n", 400),
        (CHUNKED, b"2\nhi\n0\n\n", 400),
        (CHUNKED, b"\r\n", 400),
        (CHUNKED, b"5\r\nab", 400),
        (CHUNKED, b"2\r\nhi0\r\n\r\n", 400),
        (CHUNKED, b"2\r\nhi\r\n", 400),
        (CHUNKED, b"2\r\nhi\r\n0\r\n", 400),
        (CHUNKED, b"0" * 2_000 + b"\r\n\r\n", 400),
        (CHUNKED, b"0\r\n" + b"X: x\r\n" * 200 + b"\r\n", 400),
        (CHUNKED, b"FFFFFFFF\r\n", 413),
        (CHUNKED, b"a00000\r\n" + b"x" * 0xA00000 + b"\r\n1\r\nx\r\n0\r\n\r\n", 413),
    ],
)
def test_a_body_whose_end_is_unclear_or_too_far_is_refused(
    port: int, echo: Echo, headers: bytes, body: bytes, status: int
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\n" + headers + b"\r\n"
    assert_refused(send(port, head, body), status)
    assert echo.requests == []


def test_a_body_over_the_limit_is_refused_before_it_is_sent(port: int) -> None:
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(
            b"POST /cart HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
            b"Content-Length: 10485761\r\n\r\n"
        )
        answer = connection.recv(65536)
    assert status_of(answer) == 413


def test_the_routes_of_the_local_cloud_take_64_kilobytes(port: int, echo: Echo) -> None:
    head = b"POST /_local/clock HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n"
    assert_refused(send(port, head), 413)
    assert echo.requests == []


def test_a_body_that_waits_for_permission_gets_it_once(port: int, echo: Echo) -> None:
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        assert status_of(connection.recv(65536)) == 200
    assert echo.requests[0].body == b"hi"


def test_a_body_that_does_not_arrive_in_time_is_answered(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Handler, "timeout", 0.05)
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nh")
        assert_refused(read_all(connection), 408)


def test_headers_that_do_not_arrive_in_time_are_answered(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Handler, "timeout", 0.05)
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHo")
        assert_refused(read_all(connection), 408)


def test_an_unforeseen_error_is_answered_and_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Request) -> Response:
        raise RuntimeError("the mail to ada@example.com is lost")

    with running(Server(0, fail)) as port:
        answer = send(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert_refused(answer, 500)
    assert b"lost" not in answer
    assert "Traceback" in caplog.text
    assert "in fail" in caplog.text
    assert "ada@" not in caplog.text


def test_a_stream_that_breaks_off_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def chunks() -> Generator[bytes]:
        yield b"data: 1\n\n"
        raise RuntimeError("the mail to ada@example.com is lost")

    with running(Server(0, lambda _: Stream((), chunks()))) as port:
        assert b"data: 1" in send(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert "RuntimeError" in caplog.text
    assert "ada@" not in caplog.text


def test_a_client_that_goes_away_leaves_no_trace(
    port: int, echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    connection = socket.create_connection((HOST, port), timeout=10)
    reset = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    connection.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
    connection.close()
    assert status_of(send(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")) == 200
    assert len(echo.requests) == 1
    assert caplog.text == ""


def test_a_hundred_clients_at_once_get_their_answers() -> None:
    together = threading.Barrier(100)

    def answer(request: Request) -> Response:
        together.wait(10)
        return Response(200, (), request.body)

    with running(Server(0, answer)) as port, ThreadPoolExecutor(100) as clients:
        bodies = [b"%03d" % number for number in range(100)]
        requests = [b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n" + b for b in bodies]
        answers = list(clients.map(lambda request: send(port, request), requests))
    assert [answer[-3:] for answer in answers] == bodies


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/%zz", "/%zz"),
        (b"//[", "//["),
        (b"//_local/state", "//_local/state"),
        (b"///a//b/", "///a//b/"),
        (b"/orders%2F7", "/orders%2F7"),
        (b"/\xc3\xa9", "/Ã©"),
        (b"/\x00", "/\x00"),
    ],
)
def test_odd_targets_are_passed_on(port: int, echo: Echo, target: bytes, path: str) -> None:
    assert status_of(send(port, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")) == 200
    assert echo.requests[0].path == path


def test_every_method_is_passed_on(port: int, echo: Echo) -> None:
    send(port, b"BREW /coffee HTTP/1.1\r\nHost: h\r\n\r\n")
    assert echo.requests[0].method == "BREW"


def test_a_header_cannot_break_out_of_its_line(port: int) -> None:
    answer = send(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert "X-Odd: ab: ü?\r\n".encode("latin-1") in answer


def test_a_port_in_use_is_told_in_one_sentence(port: int) -> None:
    with pytest.raises(PortInUseError, match=f"^Port {port} is in use"):
        Server(port, Echo())


def test_a_stream_is_sent_chunk_by_chunk_and_closed_when_its_reader_goes() -> None:
    closed = threading.Event()

    def chunks() -> Generator[bytes]:
        try:
            while True:
                yield b"data: 1\n\n"
        finally:
            closed.set()

    stream = Stream((("Content-Type", "text/event-stream"),), chunks())
    with running(Server(0, lambda _: stream)) as port:
        with socket.create_connection((HOST, port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            received = b""
            while received.count(b"data: 1\n\n") < 3:
                received += connection.recv(65536)
        assert closed.wait(10)
    assert b"Connection: close" in received
    assert b"Content-Length" not in received


STUCK = """
import sys
from threading import Event
from infra.local.web.server import Server, serve
serve(Server(0), lambda: print("ready", flush=True))
print("stopping", flush=True)
Event().wait()
"""


@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)]
)
def test_a_second_signal_ends_a_process_that_is_stuck(first: int, second: int) -> None:
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(  # noqa: S603 - the command is above
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(first)
        assert process.stdout.readline() == "stopping\n"
        process.send_signal(second)
        assert process.wait(20) == -second
