import json
import socket
import threading
from collections.abc import Generator, Iterator
from http.client import HTTPConnection

import pytest

from infra.local.engine.http import Request, Response
from infra.local.web.server import HOST, PortInUseError, Server
from infra.local.web.stream import Stream


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


@pytest.fixture
def port(echo: Echo) -> Iterator[int]:
    with Server(0, echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def send(port: int, *parts: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


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


def test_a_connection_serves_one_request_after_the_other(port: int, echo: Echo) -> None:
    connection = HTTPConnection(HOST, port, timeout=10)
    for body in (b"first", b"second"):
        connection.request("POST", "/", body)
        assert connection.getresponse().read() == body
    connection.close()
    assert len(echo.requests) == 2


def test_a_head_request_gets_no_body(port: int) -> None:
    answer = send(port, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status_of(answer) == 200
    assert answer.endswith(b"\r\n\r\n")


def test_a_post_without_a_length_has_no_body(port: int, echo: Echo) -> None:
    assert status_of(send(port, b"POST / HTTP/1.1\r\nHost: h\r\n\r\n")) == 200
    assert echo.requests[0].body == b""


def test_a_chunked_body_is_put_together(port: int, echo: Echo) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status_of(send(port, head, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")) == 200
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
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 400),
    ],
)
def test_what_cannot_be_read_is_answered_in_the_shape_of_all_errors(
    port: int, echo: Echo, request_: bytes, status: int
) -> None:
    answer = send(port, request_)
    assert status_of(answer) == status
    body = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert set(body["error"]) == {"code", "message"}
    assert echo.requests == []


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/%zz", "/%zz"),
        (b"//[", "/["),
        (b"http://[", "/"),
        (b"http://host/cart", "/cart"),
        (b"*", "*"),
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
    with Server(0, lambda _: stream) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with socket.create_connection((HOST, server.server_port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            received = b""
            while received.count(b"data: 1\n\n") < 3:
                received += connection.recv(65536)
        assert closed.wait(10)
        server.shutdown()
        thread.join()
    assert b"Connection: close" in received
    assert b"Content-Length" not in received
