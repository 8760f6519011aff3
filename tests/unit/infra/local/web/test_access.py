"""Which requests are let in, by their Host and Origin alone."""

import pytest

from infra.local.engine.http import Request
from infra.local.web.access import cors_headers, refusal_of

PARTNER = "http://localhost:5173"
CLOCK = "/_local/clock"


def status_of(method: str, path: str, host: str, *origins: str) -> int | None:
    headers = [("Host", host), *(("oriGin", origin) for origin in origins)]
    refusal = refusal_of(Request(method, path, headers=headers), [PARTNER])
    return None if refusal is None else refusal.status


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:80", "localhost:5173", "127.0.0.1", "127.0.0.1:8000"),
        *("127.255.0.9:1", "[::1]", "[::1]:8000"),
    ],
)
def test_each_name_of_this_machine_is_let_in(host: str) -> None:
    assert status_of("GET", "/", host) is None
    assert status_of("POST", CLOCK, host) is None
    assert status_of("POST", CLOCK, host, f"http://{host.lower()}") is None


@pytest.mark.parametrize(
    "host",
    [
        *("shop.example.com", "rebound.example.com:8000", "localhost.example.com", ""),
        *("127.0.0.1.example.com", "127.0.0.1@example.com", "example.com#localhost", "127.1"),
        *("128.0.0.1", "126.255.255.255", "0x7f.1", "2130706433", "localhost:", "localhost:port"),
        *("[::2]", "[::1].example.com", "[::1", "::1", "localhost.", "localhost localhost"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/cart", "/_local", "/_local/stream"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_other_name_is_refused(method: str, path: str, host: str) -> None:
    assert status_of(method, path, host) == 403


def test_a_request_without_a_host_is_refused() -> None:
    assert refusal_of(Request("GET", "/"), []) is not None


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "NULL", "", "*", "https://stranger.example.com", "http://localhost:5174"),
        *("https://localhost:5173", "http://localhost:5173.example.com", "http://localhost:8000/"),
        *("https://localhost:8000", "http://localhost", "http://127.0.0.1:8000", "localhost:8000"),
        f"{PARTNER} http://localhost:8000",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_a_page_of_another_origin_changes_nothing(method: str, origin: str) -> None:
    assert status_of(method, CLOCK, "localhost:8000", origin) == 403
    assert status_of(method, CLOCK, "localhost:8000", PARTNER, origin) == 403
    assert status_of(method, "/_local", "localhost:8000", origin) == 403


@pytest.mark.parametrize("origin", [PARTNER, "http://localhost:8000"])
def test_its_own_page_and_one_of_the_allowed_origin_may_change_something(origin: str) -> None:
    assert status_of("POST", CLOCK, "LocalHost:8000", origin) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_is_left_to_the_browser(method: str) -> None:
    assert status_of(method, "/_local/state", "localhost", "https://stranger.example.com") is None


@pytest.mark.parametrize("path", ["/cart", "/guest", "/unsubscribe", "/_locals", "/x/_local/clock"])
def test_the_api_leaves_origins_to_its_tokens_and_cors(path: str) -> None:
    assert status_of("POST", path, "localhost", "null") is None


def test_only_an_allowed_origin_may_read_an_answer() -> None:
    def allowed(origin: str) -> str | None:
        request = Request("POST", "/", headers=[("Origin", origin)])
        headers = dict(cors_headers(request, [PARTNER]))
        assert headers["Vary"] == "Origin"
        return headers.get("Access-Control-Allow-Origin")

    assert allowed(PARTNER) == PARTNER
    assert allowed("https://stranger.example.com") is None
    assert allowed("null") is None
