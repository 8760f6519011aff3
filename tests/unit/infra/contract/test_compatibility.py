"""What one schema allows and another does not."""

from typing import Any

import pytest

from infra.contract.compatibility import Comparison, fields_of

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 99}
LINE: dict[str, Any] = {
    "type": "object",
    "properties": {"sku": TEXT, "quantity": NUMBER},
    "required": ["sku"],
}
CLOSED: dict[str, Any] = {**LINE, "additionalProperties": False}
OR_NULL = {"anyOf": [TEXT, {"type": "null"}]}


def gaps(offered, taken, document=None):
    return list(Comparison(document or {}, document or {}).gaps(offered, taken))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (NUMBER, {**NUMBER, "maximum": 100}),
        (NUMBER, {**NUMBER, "minimum": 0}),
        (NUMBER, {"type": "integer"}),
        ({"type": "integer"}, {"type": "number"}),
        (TEXT, {"type": ["string", "null"]}),
        (TEXT, OR_NULL),
        ({"type": "string", "maxLength": 5}, TEXT),
        ({"type": "string", "minLength": 5}, {"type": "string", "minLength": 4}),
        ({"type": "string", "pattern": "^a$"}, TEXT),
        ({"type": "string", "format": "date-time"}, TEXT),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}),
        ({"const": "a"}, {"enum": ["a", "b"]}),
        (LINE, {**LINE, "required": []}),
        ({**LINE, "required": ["sku", "quantity"]}, LINE),
        (CLOSED, LINE),
        (CLOSED, {**CLOSED, "properties": {**CLOSED["properties"], "note": TEXT}}),
        ({"type": "array", "items": NUMBER}, {"type": "array", "items": {"type": "integer"}}),
        (
            {"type": "object", "additionalProperties": NUMBER},
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
    ],
)
def test_what_is_narrower_fits_into_what_is_wider_but_not_the_other_way(narrow, wide):
    assert gaps(narrow, wide) == []
    assert gaps(wide, narrow) != []


@pytest.mark.parametrize(
    "schema", [TEXT, NUMBER, LINE, CLOSED, OR_NULL, {"enum": [1, None]}, {"const": "a"}, {}]
)
def test_a_schema_fits_into_itself_whatever_its_annotations_say(schema):
    described = {**schema, "title": "T", "description": "D", "examples": [1]}
    assert gaps(schema, described) == gaps(described, schema) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TEXT, NUMBER),
        ({"type": "string", "pattern": "^a$"}, {"type": "string", "pattern": "^b$"}),
        ({"enum": ["a"]}, {"enum": ["b"]}),
        (TEXT, {"enum": ["a"]}),
        ({**LINE, "required": []}, {**LINE, "required": ["quantity"]}),
    ],
)
def test_what_is_different_does_not_fit(one, other):
    assert gaps(one, other) != []


def test_a_gap_says_where_it_is():
    changed = {**LINE, "properties": {"sku": TEXT, "quantity": {**NUMBER, "maximum": 50}}}
    whole = {"type": "object", "properties": {"lines": {"type": "array", "items": LINE}}}
    other = {"type": "object", "properties": {"lines": {"type": "array", "items": changed}}}
    assert gaps(whole, other) == [".lines[].quantity has the maximum 50 on one side only"]


DOCUMENT = {
    "parts": {
        "Line": LINE,
        "Tree": {"type": "object", "properties": {"left": {"$ref": "#/parts/Tree"}}},
        "Note": {"type": "object", "properties": {"text": TEXT}},
    }
}


class TestReferences:
    def test_are_followed(self):
        reference = {"$ref": "#/parts/Line"}
        assert gaps(reference, LINE, DOCUMENT) == []
        assert gaps(reference, {"$ref": "#/parts/Note"}, DOCUMENT) == []
        assert gaps({"$ref": "#/parts/Note"}, reference, DOCUMENT) != []

    def test_that_lead_back_to_themselves_come_to_an_end(self):
        tree = {"$ref": "#/parts/Tree"}
        assert gaps(tree, tree, DOCUMENT) == []

    def test_that_do_not_fit_do_not_fit_the_second_time_either(self):
        note, line = {"$ref": "#/parts/Note"}, {"$ref": "#/parts/Line"}
        comparison = Comparison(DOCUMENT, DOCUMENT)
        assert list(comparison.gaps(note, line)) == list(comparison.gaps(note, line)) != []

    def test_are_read_with_what_stands_beside_them(self):
        some = {"$ref": "#/parts/Line", "properties": {"sku": {"enum": ["a"]}}}
        assert gaps(some, {"$ref": "#/parts/Line"}, DOCUMENT) == []
        assert gaps({"$ref": "#/parts/Line"}, some, DOCUMENT) != []


def test_a_keyword_that_it_does_not_know_stops_it():
    with pytest.raises(ValueError, match="contains"):
        gaps({"type": "array", "contains": TEXT}, {"type": "array"})


def test_fields_are_found_in_lists_and_choices_too():
    schema = {"anyOf": [{"type": "array", "items": LINE}, {"type": "null"}]}
    assert set(fields_of(schema, {})) == {"[].sku", "[].quantity"}
