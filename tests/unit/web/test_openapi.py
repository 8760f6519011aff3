"""The document at ``/openapi.json`` says what the API does: no more and no less."""

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib.domain.errors import PermanentError, TransientError
from chalicelib.web import gateway_errors, views
from chalicelib.web.cors import PREFLIGHT
from infra.operations.deploy.gateway_responses import RESPONSES
from tests.support.api_client import ApiClient
from tests.support.described import document, validator
from tests.support.infrastructure import ROOT

pytestmark = pytest.mark.own_shop

ROUTES = [
    (path, method)
    for path, methods in app.routes.items()
    for method in methods
    if method != PREFLIGHT
]


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][path][method.lower()]
    return found


def codes_of(response: dict[str, Any]) -> set[str]:
    return set(response["content"]["application/json"]["examples"])


def test_the_document_is_valid_openapi_3_1():
    assert document()["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_every_route_is_described_and_nothing_else():
    described = {
        (path, method.upper())
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert described == set(ROUTES)


@pytest.mark.parametrize(("stage_path", "server"), [("", "/"), ("/api", "/api")])
def test_it_is_served_with_the_path_that_the_routes_are_below(stage_path, server):
    answer = ApiClient(stage_path=stage_path).get("/openapi.json")
    assert answer.status == 200
    assert answer.body == {**document(), "servers": [{"url": server}]}


def test_it_costs_nothing_until_somebody_asks_for_it():
    program = "import app, sys; print('chalicelib.web.openapi' in sys.modules)"
    run = [sys.executable, "-c", program]
    assert subprocess.check_output(run, cwd=ROOT, text=True).strip() == "False"  # noqa: S603


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_a_token_is_asked_for_where_the_gateway_asks_for_one(path, method):
    described = operation(path, method)
    needs_token = app.routes[path][method].authorizer is not None
    assert described.get("security", []) == ([{"customers": []}] if needs_token else [])
    raises = views.operation_behind(app.routes[path][method].view_function).raises
    asks_for_one = needs_token or 401 in map(views.status_of, raises)
    assert ("401" in described["responses"]) == asks_for_one


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_error_that_a_view_may_raise_is_described_with_its_status(path, method):
    responses = operation(path, method)["responses"]
    for error in views.operation_behind(app.routes[path][method].view_function).raises:
        assert views.status_of(error) != 500, f"{error.__name__} has no status"
        assert error.code in codes_of(responses[str(views.status_of(error))])


@pytest.mark.parametrize("error", views.STATUS, ids=lambda error: error.__name__)
def test_every_error_that_has_a_status_is_raised_by_some_view(error):
    handlers = [app.routes[path][method].view_function for path, method in ROUTES]
    raised = {each for view in handlers for each in views.operation_behind(view).raises}
    assert any(issubclass(each, error) for each in raised)


def test_every_example_has_the_described_shape():
    for path, method in ROUTES:
        for status, response in operation(path, method)["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                check = validator(path, method, status, "application/json")
                check.validate(example["value"])


def test_a_code_that_is_not_described_does_not_have_the_described_shape():
    check = validator("/cart", "POST", "422", "application/json")
    assert check.is_valid({"error": {"code": "unknown_sku", "message": "No."}})
    assert not check.is_valid({"error": {"code": "unknown_request", "message": "No."}})
    assert not check.is_valid({"error": {"code": "unknown_sku"}})


def test_links_lead_to_operations_and_name_their_parameters():
    by_id = {operation(*route)["operationId"]: operation(*route) for route in ROUTES}
    followed = set()
    for path, method in ROUTES:
        for response in operation(path, method)["responses"].values():
            for link in response.get("links", {}).values():
                target = by_id[link["operationId"]]
                names = {each["name"] for each in target.get("parameters", ())}
                assert set(link.get("parameters", ())) <= names
                followed.add(link["operationId"])
    assert {"get_request", "get_cart", "delete_line"} <= followed


@pytest.mark.parametrize("kind", RESPONSES)
def test_what_api_gateway_answers_itself_is_described(kind):
    described = {**gateway_errors.ANYWHERE, **gateway_errors.AUTHORIZER}
    answered = json.loads(
        RESPONSES[kind]["responseTemplates"]["application/json"].replace(
            "$context.error.messageString", '""'
        )
    )
    codes = {error.code for error in described.values()}
    # There is no operation to describe it under where there is no route.
    assert answered["error"]["code"] in codes | {"not_found"}


class TestAnErrorThatAViewDidNotDeclare:
    @pytest.mark.parametrize("error", [PermanentError("Ada's secret"), TransientError("Ada's")])
    def test_is_answered_500_and_logged_without_its_text(self, error, monkeypatch, capsys):
        def broken() -> str:
            raise error

        class Broken:
            allowed_origins, settings = (), SimpleNamespace(languages=("en",), issuer=None)
            catalog = property(lambda _: broken())

        monkeypatch.setattr("chalicelib.wiring.adapters", Broken())
        answer = ApiClient().get("/products")
        assert (answer.status, answer.body["error"]["code"]) == (500, "internal_error")
        logged = capsys.readouterr().out
        assert '"outcome":"failed"' in logged
        assert error.code in logged
        assert "Ada" not in logged
