"""Nothing that others rely on is taken from them unnoticed."""

import copy
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from chalicelib.domain.events import EVENTS
from infra.__main__ import cli
from infra.contract import released
from infra.contract.changes import breaking_in_api, breaking_in_event
from infra.generate import event_schemas
from tests.support import builders

API = released.api()
ADDED = event_schemas.current()["ItemAddedToCart-1.json"]
PATHS = ("paths", "/cart", "post")
BODY = ("components", "schemas", "AddItem")
CART = ("components", "schemas", "CartView")
DATA = ("$defs", "ItemAddedToCart")
GONE = object()


def changed(document: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    """Return a copy of a document with another value, or none, at one place."""
    result = copy.deepcopy(document)
    inner = result
    for name in path[:-1]:
        inner = inner[name]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return result


def test_the_code_breaks_nothing_that_was_released():
    assert released.breaking_changes() == []


def test_the_schemas_in_the_documentation_are_those_of_the_code():
    written = event_schemas.read_documents(event_schemas.FOLDER)
    assert written == event_schemas.current(), "run: python -m infra docs"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.detail_type)
def test_a_schema_is_valid_and_says_which_event_it_is_of(event):
    schema = event_schemas.schema_of_event(event)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["source"] == {"const": event.source}
    assert event_schemas.file_name(event) == f"{event.detail_type}-1.json"


class TestAnEventOnTheBus:
    check = Draft202012Validator(ADDED)

    def test_has_the_shape_of_its_schema(self):
        self.check.validate(builders.on_bus(builders.item_added()))

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("source",), "somebody.else"),
            (("detail-type",), "CartCheckedOut"),
            (("detail", "metadata", "version"), "2.0"),
            (("detail", "metadata", "event_id"), "1"),
            (("detail", "metadata", "event_id"), GONE),
            (("detail", "data", "quantity"), 10**9),
            (("detail", "data", "customer", "email"), "nobody"),
            (("detail", "data", "customer", "name"), "n" * 200_000),
            (("detail", "data", "sku"), GONE),
            (("detail",), GONE),
        ],
    )
    def test_that_is_not_as_it_should_be_has_not(self, path, value):
        assert not self.check.is_valid(changed(builders.on_bus(builders.item_added()), path, value))


class TestTheApi:
    @pytest.mark.parametrize(
        ("path", "value", "reason"),
        [
            (("paths", "/products"), GONE, "GET /products is gone"),
            (PATHS, GONE, "POST /cart is gone"),
            ((*PATHS, "responses", "202"), GONE, "answer 202 is gone"),
            ((*PATHS, "responses", "422"), GONE, "answer 422 is gone"),
            ((*PATHS, "responses", "202", "headers", "Location"), GONE, "header Location is gone"),
            ((*PATHS, "responses", "202", "links", "status"), GONE, "link status is gone"),
            ((*PATHS, "parameters"), [], "Idempotency-Key is gone"),
            ((*PATHS, "requestBody", "content"), {}, "may not be application/json"),
            ((*BODY, "required"), ["sku", "quantity", "note"], "note is required"),
            ((*BODY, "properties", "quantity", "maximum"), 50, "maximum 50"),
            ((*BODY, "properties", "quantity", "type"), "string", "quantity is integer"),
            ((*BODY, "properties", "sku", "pattern"), "^[A-Z]+$", "pattern"),
            ((*BODY, "properties", "sku", "enum"), ["MUG-STONE-350"], "other values"),
            ((*BODY, "properties", "sku"), GONE, "body.sku"),
            ((*CART, "properties", "total"), GONE, "answer 200.total is gone"),
            ((*CART, "required"), ["items"], "total is required on one side only"),
            ((*CART, "properties", "total", "type"), "number", "total is number"),
            ((*CART, "properties", "currency"), {"type": ["string", "null"]}, "currency is null"),
            (
                ("components", "schemas", "Pending", "properties", "status", "enum"),
                ["pending", "postponed"],
                "postponed",
            ),
            (("paths", "/products", "get", "security"), [{"customers": []}], "token"),
            (
                ("paths", "/cart", "get", "parameters"),
                [{"in": "query", "name": "page", "required": True, "schema": {}}],
                "query page is required now",
            ),
        ],
    )
    def test_breaks_its_clients_by_taking_less_or_answering_otherwise(self, path, value, reason):
        changes = list(breaking_in_api(API, changed(API, path, value)))
        assert any(reason in change for change in changes), changes

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("paths", "/wishlist"), {"get": {"operationId": "get_wishlist", "responses": {}}}),
            (("paths", "/cart", "put"), {"operationId": "put_cart", "responses": {}}),
            ((*PATHS, "responses", "409"), {"description": "Conflict"}),
            ((*PATHS, "summary"), "Put something into the cart."),
            (
                ("paths", "/cart", "get", "parameters"),
                [{"in": "query", "name": "page", "required": False, "schema": {}}],
            ),
            ((*BODY, "properties", "quantity", "maximum"), 999),
            ((*BODY, "properties", "note"), {"type": "string"}),
            ((*BODY, "required"), ["sku"]),
            ((*CART, "properties", "note"), {"type": "string"}),
            ((*CART, "properties", "total", "minimum"), 0),
            (("info", "version"), "1.1"),
        ],
    )
    def test_may_take_more_and_tell_more(self, path, value):
        assert list(breaking_in_api(API, changed(API, path, value))) == []

    def test_may_have_a_new_code_for_a_status(self):
        codes = (*PATHS, "responses", "422", "content", "application/json", "schema", "properties")
        new = changed(API, (*codes, "error", "properties", "code", "enum"), ["sold_out"])
        assert list(breaking_in_api(API, new)) == []


class TestAnEvent:
    @pytest.mark.parametrize(
        ("path", "value", "reason"),
        [
            ((*DATA, "properties", "sku"), GONE, "event.detail.data.sku is gone"),
            ((*DATA, "required"), ["cart_id", "sku", "customer"], "new event.detail.data.quantity"),
            ((*DATA, "properties", "quantity", "maximum"), 999, "new event.detail.data.quantity"),
            (
                (*DATA, "properties", "quantity", "maximum"),
                9,
                "replayed event.detail.data.quantity",
            ),
            (
                (*DATA, "required"),
                ["cart_id", "customer", "sku", "quantity", "currency"],
                "replayed event.detail.data.currency is required",
            ),
            (("properties", "source", "const"), "cart.http", "event.source"),
            (("$defs", "Customer", "properties", "email", "type"), "object", "customer.email"),
        ],
    )
    def test_breaks_consumers_or_replays_by_being_otherwise(self, path, value, reason):
        changes = list(breaking_in_event(ADDED, changed(ADDED, path, value)))
        assert any(reason in change for change in changes), changes

    def test_may_have_a_new_field_that_is_not_required(self):
        new = changed(ADDED, (*DATA, "properties", "colour"), {"type": "string"})
        assert list(breaking_in_event(ADDED, new)) == []


class TestTheReleasedContract:
    @pytest.fixture
    def folder(self, tmp_path):
        released.release(tmp_path)
        return tmp_path

    def test_is_not_broken_by_what_it_was_made_from(self, folder):
        assert released.breaking_changes(folder) == []

    def test_is_broken_by_an_api_without_one_of_its_routes(self, folder):
        before = changed(API, ("paths", "/wishlist"), API["paths"]["/products"])
        event_schemas.write_documents(folder, {"openapi.json": before})
        assert released.breaking_changes(folder) == ["GET /wishlist is gone"]

    def test_is_not_broken_by_a_new_major_version_of_the_api(self, folder):
        before = changed(API, ("paths", "/wishlist"), API["paths"]["/products"])
        before["info"]["version"] = "0.9"
        event_schemas.write_documents(folder, {"openapi.json": before})
        assert released.breaking_changes(folder) == []

    @pytest.mark.parametrize(
        ("name", "changes"),
        [
            ("ItemAddedToCart-0.json", []),
            ("ItemAddedToCart-2.json", ["ItemAddedToCart-2.json is gone"]),
            ("ItemShared-1.json", ["ItemShared-1.json is gone"]),
        ],
    )
    def test_may_lose_an_event_only_to_its_next_major_version(self, folder, name, changes):
        event_schemas.write_documents(folder / "schemas", {name: ADDED})
        assert released.breaking_changes(folder) == changes


class TestTheCommand:
    def test_says_that_nothing_is_broken(self):
        answer = CliRunner().invoke(cli, ["contract"])
        assert (answer.exit_code, answer.output) == (0, "Nothing breaks what was last released.\n")

    def test_names_what_is_broken_and_releases_nothing(self, monkeypatch):
        monkeypatch.setattr(released, "breaking_changes", lambda: ["GET /cart is gone"])
        monkeypatch.setattr(released, "release", lambda: pytest.fail("released"))
        answer = CliRunner().invoke(cli, ["contract", "--release"])
        assert answer.exit_code == 1
        assert "GET /cart is gone" in answer.output
