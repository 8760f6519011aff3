"""The AsyncAPI document is valid, complete, and what the classes and rules say.

The schema in tests/support is AsyncAPI's own for version 3.0.0 (Apache License 2.0), without
descriptions, examples and the bindings of protocols that nothing here uses.
"""

import json

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from chalicelib.domain import events, ids
from chalicelib.domain.events import ItemRemovedFromCart
from infra.generate import asyncapi, event_schemas
from tests.support.builders import NOW
from tests.support.infrastructure import ROOT, consumer_names

DOCUMENT = asyncapi.document()
SCHEMA = json.loads((ROOT / "tests/support/asyncapi-3.0.0.json").read_text(encoding="utf-8"))


def resolved(reference):
    found = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def references(node):
    if isinstance(node, dict):
        for name, child in node.items():
            if name == "$ref" and isinstance(child, str):
                yield child
            else:
                yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_the_file_is_what_the_classes_and_rules_say():
    assert asyncapi.FILE.read_text(encoding="utf-8") == asyncapi.written()


def test_asyncapis_own_schema_finds_nothing():
    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    "broken",
    [
        {**DOCUMENT, "asyncapi": "2.6.0"},
        {**DOCUMENT, "operations": {"a": {"action": "publish", "channel": {"$ref": "#/x"}}}},
        {name: part for name, part in DOCUMENT.items() if name != "info"},
    ],
)
def test_asyncapis_own_schema_finds_what_is_wrong(broken):
    assert list(Draft7Validator(SCHEMA).iter_errors(broken))


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        assert resolved(reference)


def test_every_event_is_a_message_that_somebody_sends():
    names = {event.detail_type for event in event_schemas.all_events()}
    assert set(DOCUMENT["components"]["messages"]) == names
    assert {name.removeprefix("send") for name in DOCUMENT["operations"] if "send" in name} == names


def test_each_consumer_of_events_receives_and_says_what_it_reads():
    received = {
        name: operation
        for name, operation in DOCUMENT["operations"].items()
        if operation["action"] == "receive"
    }
    assert {"receivePersistCart", "receiveSendReminder"} <= set(received)
    functions = {asyncapi.operation_of(name) for name in consumer_names()}
    assert set(received) <= functions
    reads = received["receivePersistCart"]["x-reads"]
    assert ".detail.data.sku" in reads["ItemRemovedFromCart"]


@pytest.mark.parametrize(("data", "valid"), [({}, True), ({"sku": 5}, False)])
def test_a_messages_payload_is_what_is_on_the_bus(data, valid):
    event = events.first(ids.event_id(NOW, 1), ItemRemovedFromCart("cart-1", "MUG-1"))
    detail = json.loads(events.encode(event))
    detail["data"] |= data
    on_bus = {"source": "cart.api", "detail-type": "ItemRemovedFromCart", "detail": detail}
    schema = {"$ref": "#/components/schemas/ItemRemovedFromCart-1", **DOCUMENT}
    assert Draft202012Validator(schema).is_valid(on_bus) is valid
