"""Pages of the configured origins may call the API, and of no other."""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from chalice import Response

from app import app
from chalicelib import wiring
from chalicelib.settings import UnusableSetting, allowed_origins
from chalicelib.web import cors
from tests.support.api_client import Answer, ApiClient
from tests.support.catalog import CATALOG

PARTNER = "https://partner.example.com"
APP = "http://localhost:5173"
STRANGER = "https://stranger.example.com"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ORIGINS = [(), (PARTNER,), (PARTNER, APP), (APP, PARTNER, "https://third.example.com")]


@pytest.fixture(params=ORIGINS, ids=len)
def allowed(request: pytest.FixtureRequest, neighbours: SimpleNamespace) -> tuple[str, ...]:
    neighbours.allowed_origins = request.param
    chosen: tuple[str, ...] = request.param
    return chosen


def shares_with(answer: Answer) -> str | None:
    """Give the origin whose page may read an answer; where it depends, caches have to know."""
    found = answer.headers.get(ALLOW_ORIGIN)
    if found is not None:
        assert "Origin" in answer.headers["Vary"].split(", ")
        assert answer.headers["Access-Control-Expose-Headers"] == "Location,Retry-After"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return found


@pytest.fixture(autouse=True)
def neighbours(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    class Settings:
        stage = "dev"
        languages = ("en",)
        issuer = None
        user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a"

    neighbours = SimpleNamespace(settings=Settings(), catalog=CATALOG)
    monkeypatch.setattr(wiring, "adapters", neighbours)
    return neighbours


@pytest.mark.parametrize("origin", [PARTNER, APP, STRANGER, f"{PARTNER}.example.com", "null", ""])
@pytest.mark.parametrize(
    ("path", "status"), [("/products", 200), ("/cart/requests/unknown", 404), ("/cart", 500)]
)
def test_an_answer_names_the_origin_that_asked_if_it_is_allowed(allowed, origin, path, status):
    client = ApiClient(origin=origin)
    answer = client.get_request("unknown") if "requests" in path else client.get(path)
    assert answer.status == status
    assert shares_with(answer) == (origin if origin in allowed else None)


def test_an_answer_to_no_page_names_no_origin_and_depends_on_it_all_the_same(allowed):
    answer = ApiClient().get("/products")
    assert shares_with(answer) is None
    assert answer.headers.get("Vary") == ("Origin" if allowed else None)


def test_what_depends_on_something_else_too_says_both():
    request = Mock(headers={})
    answer = cors.share(request, Response("", {"Vary": "Accept-Language"}), (PARTNER,))
    assert answer.headers["Vary"] == "Accept-Language, Origin"


@pytest.mark.parametrize("origin", [PARTNER, STRANGER])
@pytest.mark.parametrize("path", app.routes)
def test_a_preflight_names_the_origin_the_methods_and_the_headers(allowed, origin, path):
    answer = ApiClient(origin=origin).ask_first(path)
    assert (answer.status, answer.body) == (204, "")
    assert shares_with(answer) == (origin if origin in allowed else None)
    assert set(answer.headers["Access-Control-Allow-Methods"].split(",")) == set(app.routes[path])
    assert set(answer.headers["Access-Control-Allow-Headers"].split(",")) == {
        *("After", "Authorization", "Cart-Link", "Content-Type", "Guest-Token", "Idempotency-Key")
    }


@pytest.mark.parametrize(
    ("text", "origins"),
    [(PARTNER, (PARTNER,)), (f"{APP},{PARTNER}", (APP, PARTNER)), ("", ()), (None, ())],
)
def test_origins_are_read_from_the_environment(text, origins):
    environment = {} if text is None else {"ALLOWED_ORIGINS": text}
    assert allowed_origins(environment) == origins


@pytest.mark.parametrize(
    "value",
    [
        *("*", "null", "partner.example.com", f"{PARTNER}/", f"{PARTNER}/shop", f"{PARTNER}\n"),
        *(f"{PARTNER},*", f"{PARTNER},null", f"{PARTNER}, {APP}", f"{PARTNER};{APP}"),
        *(f"{PARTNER} ", "https://", "ftp://example.com"),
        *("https://*.example.com", "https://a'b.example.com"),
    ],
)
def test_what_is_not_an_origin_is_refused(value):
    with pytest.raises(UnusableSetting):
        allowed_origins({"ALLOWED_ORIGINS": value})
