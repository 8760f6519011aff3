"""The whole system behind its HTTP server, asked over sockets by friends and strangers."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from infra.local.web.routes import ROUTES
from infra.local.web.server import HOST, Server, answering
from tests.support.seconds import DAY

PARTNER = "http://localhost:5173"
CHANGES = tuple(name for name, (method, _) in ROUTES.items() if method == "POST")


class Answer:
    """What came back over a connection."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split(" ", 2)[1])
        self.headers = dict(line.split(": ", 1) for line in lines)

    @property
    def fields(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The code of an error, in the one shape that errors have."""
        assert set(self.fields) == {"error"}
        assert self.fields["error"]["message"]
        return self.fields["error"]["code"]


Ask = Callable[..., Answer]


@pytest.fixture
def port(cloud) -> Iterator[int]:
    server = Server(0, answering(cloud))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


@pytest.fixture
def ask(port: int) -> Ask:
    """Send a request by hand, so that nothing about it is put right on the way."""

    def ask(method, target, body=b"", *, host=None, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {host or f'{HOST}:{port}'}",
            f"Content-Length: {len(content)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        with socket.create_connection((HOST, port), timeout=30) as connection:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
            return Answer(b"".join(iter(lambda: connection.recv(65536), b"")))

    return ask


@pytest.fixture
def token(ask: Ask) -> str:
    return ask("POST", "/_local/sign-in", {"email": "ada@example.com"}).fields["id_token"]


def add(ask: Ask, token: str, body: object, **headers: str) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json", **headers}
    return ask("POST", "/cart", body, **headers)


def test_a_hundred_clients_who_add_at_once_are_all_answered_and_counted(cloud, ask, token):
    with ThreadPoolExecutor(100) as clients:
        skus = ["MUG-STONE-350", "TEA-SENCHA-100"] * 50
        answers = list(clients.map(lambda sku: add(ask, token, {"sku": sku, "quantity": 1}), skus))
    assert {answer.status for answer in answers} == {202}
    cloud.settle()
    cart = ask("GET", "/cart", Authorization=f"Bearer {token}").fields
    assert {line["sku"]: line["quantity"] for line in cart["items"]} == dict.fromkeys(skus, 50)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deeply_nested_json_is_a_bad_request(ask, token, depth):
    for opening in (b"[", b'{"sku":', b'{"more":', b'{"sku": "MUG-STONE-350", "a":['):
        answer = add(ask, token, opening * depth)
        assert (answer.status, answer.code) == (400, "malformed_request"), opening


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b'{"advance_seconds": 1e999, "fail_next": 1e999}',
        b'{"advance_seconds": NaN, "fail_next": NaN}',
        b'{"advance_seconds": 1' + b"0" * 400 + b"}",
        b'{"advance_seconds": 1' + b"0" * 5_000 + b"}",
        b'{"email": "\\ud800@example.com", "queue": "\\ud800", "request_id": "\\ud800"}',
        b'{"advance_seconds": 1e30, "target": "ses", "fail_next": 1e30}',
        b'{"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}',
    ],
)
def test_a_body_that_makes_no_sense_is_a_bad_request(ask, body):
    for name in CHANGES:
        answer = ask("POST", f"/_local/{name}", body)
        assert (answer.status, answer.code) == (400, "malformed_request"), name


def test_a_body_over_the_limit_is_refused_in_the_one_shape(ask, token):
    assert ask("POST", "/_local/clock", b" " * 65_537).code == "request_too_large"
    assert add(ask, token, b" " * (10 * 2**20 + 1)).code == "request_too_large"


def test_the_clock_stops_before_the_calendar_does(cloud, ask):
    cloud.clock.advance_to(datetime(8999, 12, 31, 23, 59, tzinfo=UTC))
    assert ask("POST", "/_local/clock", {"advance_seconds": 61}).code == "malformed_request"
    assert ask("POST", "/_local/clock", {"advance_seconds": 60}).fields == {
        "now": "9000-01-01T00:00:00Z"
    }
    assert ask("GET", "/products").status == 200


def test_this_machine_is_answered_by_each_of_its_names(ask, port):
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert ask("GET", "/products", host=f"{host}:{port}").status == 200
        assert ask("GET", "/_local/state", host=host).status == 200


def test_a_name_that_others_can_point_here_is_refused(ask, port):
    for target in ("/", "/products", "/_local/", "/_local/state", "/_local/stream"):
        answer = ask("GET", target, host=f"rebound.example.com:{port}")
        assert (answer.status, answer.code) == (403, "forbidden"), target


@pytest.mark.parametrize("origin", ["null", "https://stranger.example.com", ""])
def test_a_page_of_another_origin_changes_nothing(ask, cloud, origin):
    before = cloud.state()
    for name in CHANGES:
        answer = ask("POST", f"/_local/{name}", b"{}", Origin=origin, Content_Type="text/plain")
        assert (answer.status, answer.code) == (403, "forbidden"), name
    assert cloud.state() == before


def test_its_own_page_and_a_program_move_the_clock(ask, port):
    for headers in ({}, {"Origin": f"http://{HOST}:{port}"}, {"Origin": PARTNER}):
        assert ask("POST", "/_local/clock", {"advance_seconds": 1}, **headers).status == 200
    local = f"localhost:{port}"
    answer = ask(
        "POST", "/_local/clock", {"advance_seconds": 1}, host=local, Origin=f"http://{local}"
    )
    assert answer.status == 200


def test_a_page_of_the_allowed_origin_signs_in(ask):
    preflight = ask("OPTIONS", "/_local/sign-in", Origin=PARTNER)
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == PARTNER
    assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"
    for body, status in (({"email": "ada@example.com"}, 200), ({}, 400)):
        answer = ask("POST", "/_local/sign-in", body, Origin=PARTNER)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == PARTNER


def test_a_stranger_is_not_told_that_he_may_sign_in(ask):
    preflight = ask("OPTIONS", "/_local/sign-in", Origin="https://stranger.example.com")
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_the_api_leaves_origins_to_cors_as_api_gateway_does(ask, token):
    body = {"sku": "MUG-STONE-350", "quantity": 1}
    answer = add(ask, token, body, Origin="https://stranger.example.com")
    assert answer.status == 202
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer = add(ask, token, body, Origin=PARTNER)
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER


def test_the_stream_carries_no_guest_token(ask, cloud, port, token):
    guest = ask("POST", "/guest").fields["guest_token"]
    merge = {"guest_token": guest}
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    assert ask("POST", "/cart/merge", merge, **headers).status == 202
    ask("POST", "/cart/merge", [merge], **headers)
    cloud.settle()
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(f"GET /_local/stream HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        received = b""
        while b"event: state" not in received:
            received += connection.recv(65536)
    assert b"POST /guest" in received
    assert b"POST /cart/merge" in received
    assert guest.encode() not in received
    assert guest.rpartition(".")[2].encode() not in received


def test_requests_are_answered_while_reminders_are_sent(cloud, ask, sign_in):
    for number in range(25):
        sign_in(f"customer-{number}@example.com").add("MUG-STONE-350")
    cloud.settle()
    hops = cloud.engine.journal.subscribe()
    with ThreadPoolExecutor(1) as clients:
        moved = clients.submit(ask, "POST", "/_local/clock", {"advance_seconds": 2 * 86_400})
        while hops.get(timeout=30).kind != "mail":
            pass
        assert ask("GET", "/products").status == 200
        assert len(cloud.inbox) < 25
        assert moved.result().status == 200
    assert len(cloud.inbox) == 25


@pytest.mark.parametrize("path", ["//_local/state", "///_local/state", "//_local/clock", "//cart"])
def test_a_path_with_more_slashes_is_another_path(ask, token, path):
    answer = ask("GET", path, Authorization=token)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    "email", ["ADA@Example.com", "Ada <ada@example.com>", '"Lovelace, Ada" <ada@EXAMPLE.com>']
)
def test_nobody_is_reminded_after_a_report_in_another_spelling(ask, cloud, token, email):
    assert add(ask, token, {"sku": "MUG-STONE-350", "quantity": 1}).status == 202
    assert ask("POST", "/_local/bounce", {"email": email, "kind": "bounce"}).status == 200
    cloud.advance(10 * DAY)
    assert cloud.inbox == []


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_nobody_is_reminded_after_a_bounce_or_a_complaint(ask, cloud, token, kind):
    assert add(ask, token, {"sku": "MUG-STONE-350", "quantity": 1}).status == 202
    report = {"email": "ada@example.com", "kind": kind}
    assert ask("POST", "/_local/bounce", report).fields == report
    ask("POST", "/_local/clock", {"advance_seconds": 2 * 86_400})
    assert cloud.inbox == []


def test_a_report_of_something_else_is_a_bad_request(ask):
    email = "ada@example.com"
    for report in (
        {"email": email},
        {"kind": "bounce"},
        {"email": "ada", "kind": "bounce"},
        {"email": email, "kind": "Bounce"},
        {"email": email, "kind": "spam"},
        {"email": email, "kind": ["bounce"]},
        {"email": [email], "kind": "bounce"},
    ):
        answer = ask("POST", "/_local/bounce", report)
        assert (answer.status, answer.code) == (400, "malformed_request"), report
