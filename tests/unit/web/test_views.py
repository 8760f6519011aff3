"""What no view is made for is answered all the same, in the one shape of all errors."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from app import app
from chalicelib import clock, wiring
from chalicelib.adapters.page_files import PageFiles
from chalicelib.adapters.shop_folder import read_shop
from chalicelib.usecases import tokens
from tests.support.api_client import ApiClient
from tests.support.catalog import CATALOG, FOLDER
from tests.support.fakes import FixedKeys, InMemoryCarts, InMemoryFailures, RecordingBus
from tests.support.products import MUG

LIBRARY = ("Expected", "regex", "msgspec", "Recursion", "Object", "`", "^", "\\Z", "Error")

DEEP = [
    "[" * 1_000,
    "[" * 8_000,
    '{"a":' * 1_500,
    '{"sku": ' + "[" * 4_000 + "]" * 4_000 + ', "quantity": 1}',
    '{"guest_token": ' + "[" * 4_000,
]
MALFORMED = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    "7",
    '{"sku": "MUG-STONE-350"}',
    '{"sku": "MUG-STONE-350", "quantity": "2"}',
    '{"sku": "MUG-STONE-350", "quantity": 2.0}',
    '{"sku": 7, "quantity": 1}',
    '{"sku": "MUG-STONE-350", "quantity": 1, "more": 1}',
    '{"guest_token": ""}',
    '{"guest_token": "' + "x" * 300 + '"}',
    '{"sku": "\\ud800", "quantity": 1}',
    "\x00",
]
BODIES = ["/cart", "/guest/cart", "/cart/merge"]


@pytest.fixture(autouse=True)
def neighbours(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    neighbours = SimpleNamespace(
        settings=SimpleNamespace(stage="dev", languages=("en",), issuer=None),
        catalog=CATALOG,
        page_files=PageFiles(read_shop(FOLDER, "local"), FOLDER),
        allowed_origins=(),
        event_bus=RecordingBus(),
        signing_keys=FixedKeys(),
    )
    monkeypatch.setattr(wiring, "adapters", neighbours)
    return neighbours


def post(path: str, body: str) -> Any:
    return (
        ApiClient().post(path, body, guest_token="x")
        if "guest" in path
        else ApiClient().post(path, body)
    )


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", DEEP, ids=lambda body: f"{body[:12]}-{len(body)}")
def test_a_body_that_is_nested_too_deeply_is_refused(path, body):
    answer = post(path, body)
    assert (answer.status, answer.body["error"]["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_body_is_refused_in_a_sentence_of_ours(neighbours, path, body):
    answer = post(path, body)
    assert answer.status in {400, 401, 422}
    message = answer.body["error"]["message"]
    assert message[0].isupper()
    assert message.endswith(".")
    assert not [word for word in LIBRARY if word in message]
    assert neighbours.event_bus.published == []


def test_a_malformed_body_is_refused_by_naming_the_field():
    answer = post("/cart", json.dumps({"sku": MUG, "quantity": "two"}))
    assert answer.body["error"]["message"] == (
        "The body is not as documented: see its field quantity."
    )


@pytest.mark.parametrize("key", ["a b", "ä", "x" * 256])
def test_a_malformed_header_is_refused_by_naming_it(key):
    answer = ApiClient().post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key=key)
    assert answer.status == 400
    assert not [word for word in LIBRARY if word in answer.body["error"]["message"]]


@pytest.mark.parametrize("failing", ["allowed_origins", "catalog", "event_bus"])
@pytest.mark.parametrize(
    "error", [RuntimeError("Ada's secret"), RecursionError("Ada's"), KeyError("ada@example.com")]
)
def test_whatever_fails_is_a_500_in_the_one_shape_and_logged_without_its_text(
    monkeypatch, neighbours, capsys, failing, error
):
    class Failing(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            raise error

    kept = {name: value for name, value in vars(neighbours).items() if name != failing}
    monkeypatch.setattr(wiring, "adapters", Failing(**kept))
    answer = ApiClient().post("/cart", {"sku": MUG, "quantity": 1})
    assert (answer.status, answer.body["error"]["code"]) == (500, "internal_error")
    logged = capsys.readouterr()
    [line] = [json.loads(line) for line in logged.out.splitlines()]
    assert (line["outcome"], line["error"]) == ("failed", type(error).__name__)
    assert any(frame.startswith("test_views.py:") for frame in line["raised_at"])
    assert "ada" not in (logged.out + logged.err).lower()


@pytest.mark.parametrize(
    "changed",
    [
        {"resourcePath": "/nowhere"},
        {"httpMethod": "PATCH"},
        {"resourcePath": "/cart", "httpMethod": None},
        {"resourcePath": None},
        {},
    ],
    ids=str,
)
def test_a_request_that_no_route_is_made_for_is_a_500_in_the_one_shape_and_logged(capsys, changed):
    context = {"resourcePath": "/cart", "httpMethod": "GET", "path": "/cart", **changed}
    parts = ("headers", "pathParameters", "multiValueQueryStringParameters", "stageVariables")
    event = {**dict.fromkeys((*parts, "body")), "requestContext": context if changed else {}}
    routes = set(app.routes)
    answer = app(event, None)
    assert set(app.routes) == routes
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (
        500,
        "internal_error",
    )
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["hop"], line["outcome"], line["error"]) == ("request", "failed", "KeyError")


@pytest.mark.parametrize(
    "sku", [MUG, "MUG%2DSTONE%2D350", "%4D%55%47-STONE-350", "MUG%2dSTONE%2d350"]
)
@pytest.mark.parametrize("who", ["customer", "guest"])
def test_a_sku_in_the_path_is_decoded(neighbours, sku, who):
    answer = delete(who, sku)
    assert answer.status == 202
    [envelope] = neighbours.event_bus.published
    assert envelope.data.sku == MUG


@pytest.mark.parametrize("sku", ["MUG%252DSTONE%252D350", "MUG%2", "%FF", "%00", "%", "MUG%20"])
def test_a_sku_in_the_path_is_decoded_once(neighbours, sku):
    answer = delete("customer", sku)
    assert (answer.status, answer.body["error"]["code"]) == (422, "unknown_sku")
    assert neighbours.event_bus.published == []


def test_a_request_id_in_the_path_is_decoded(neighbours):
    request_id = ApiClient().post("/cart", {"sku": MUG, "quantity": 1}).body["request_id"]
    neighbours.carts, neighbours.failures = InMemoryCarts(), InMemoryFailures()
    answer = ApiClient().get_request(request_id.replace("-", "%2D"))
    assert (answer.status, answer.body["request_id"]) == (200, request_id)


@pytest.mark.parametrize("file", ["shop%2Ejs", "%73hop.js"])
def test_a_file_in_the_path_is_decoded(file):
    assert ApiClient().get_file(file).status == 200


def delete(who: str, sku: str) -> Any:
    client = ApiClient()
    return client.delete_line(sku) if who == "customer" else client.delete_guest_line(sku, token())


def token() -> str:
    return tokens.new_guest(clock.now()).token
