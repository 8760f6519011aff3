"""Pages of one configured origin may call the API, and of no other."""

from types import SimpleNamespace
from typing import Any

import pytest
from chalice.deploy.swagger import CFNSwaggerGenerator

from app import app
from chalicelib import wiring
from chalicelib.settings import MalformedSetting, allowed_origin
from chalicelib.web.views import operation_behind
from tests.support.api_client import ApiClient
from tests.support.catalog import CATALOG

PARTNER = "https://partner.example.com"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
# Pages for people, which no other page has any business with.


def answers_json(path: str) -> bool:
    """Tell whether a path is part of the API, and not a page or a file of one."""
    views = [entry.view_function for entry in app.routes[path].values()]
    kinds = [kind for view in views for kind in operation_behind(view).media_types]
    return not kinds or "application/json" in kinds


API_PATHS = [
    path for path in app.routes if answers_json(path) and not path.startswith("/storefront")
]


@pytest.fixture(params=[PARTNER, None])
def origin(request: pytest.FixtureRequest, neighbours: SimpleNamespace) -> str | None:
    neighbours.allowed_origin = request.param
    chosen: str | None = request.param
    return chosen


def preflight_headers(path: str) -> dict[str, Any]:
    """Give the headers of a path's preflight answer, as API Gateway is told to send it."""
    api: dict[str, Any] = {"paths": {}}
    CFNSwaggerGenerator()._add_route_paths(api, app)  # noqa: SLF001  the rest needs AWS
    [answer] = api["paths"][path]["options"]["x-amazon-apigateway-integration"][
        "responses"
    ].values()
    prefix = "method.response.header."
    return {
        name.removeprefix(prefix): value.strip("'")
        for name, value in answer["responseParameters"].items()
    }


@pytest.fixture(autouse=True)
def neighbours(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    class Settings:
        stage = "dev"
        languages = ("en",)
        user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a"

    neighbours = SimpleNamespace(settings=Settings(), catalog=CATALOG)
    monkeypatch.setattr(wiring, "adapters", neighbours)
    return neighbours


@pytest.mark.parametrize(
    ("path", "status"), [("/products", 200), ("/cart/requests/unknown", 404), ("/cart", 500)]
)
def test_an_answer_names_the_origin_whatever_its_status(origin, path, status):
    client = ApiClient()
    answer = client.get_request("unknown") if "requests" in path else client.get(path)
    assert answer.status == status
    assert answer.headers.get(ALLOW_ORIGIN) == origin


@pytest.mark.parametrize("path", API_PATHS)
def test_a_preflight_names_the_origin_the_methods_and_the_headers(origin, path):
    headers = preflight_headers(path)
    methods = headers.pop("Access-Control-Allow-Methods").split(",")
    assert set(methods) == {*app.routes[path], "OPTIONS"}
    assert headers.get(ALLOW_ORIGIN) == origin
    if origin is not None:
        allowed = headers["Access-Control-Allow-Headers"].split(",")
        assert {"After", "Authorization", "Content-Type", "Guest-Token", "Idempotency-Key"} == set(
            allowed
        )
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("value", [PARTNER, "http://localhost:5173"])
def test_an_origin_is_read_from_the_environment(value):
    assert allowed_origin({"ALLOWED_ORIGIN": value}) == value


@pytest.mark.parametrize("environment", [{}, {"ALLOWED_ORIGIN": ""}])
def test_no_origin_is_an_answer_too(environment):
    assert allowed_origin(environment) is None


@pytest.mark.parametrize(
    "value",
    [
        *("*", "null", "partner.example.com", f"{PARTNER}/", f"{PARTNER}/shop", f"{PARTNER}\n"),
        *(f"{PARTNER},https://other.example.com", f"{PARTNER} ", "https://", "ftp://example.com"),
        *("https://*.example.com", "https://a'b.example.com"),
    ],
)
def test_what_is_not_one_origin_is_refused(value):
    with pytest.raises(MalformedSetting):
        allowed_origin({"ALLOWED_ORIGIN": value})
