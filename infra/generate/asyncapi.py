"""The events as an AsyncAPI 3 document, from their classes, the rules and what consumers read.

``python -m infra docs`` writes it to ``docs/asyncapi.json``. Source: "AsyncAPI Specification",
version 3.0.0.
"""

import json
from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any, Final

from chalicelib.domain.events import Event
from chalicelib.web.json_schema import Schema
from infra.contract.readers import fields_read
from infra.generate import event_docs, event_schemas

FILE: Final = event_schemas.ROOT / "docs" / "asyncapi.json"
CONTENT_TYPE: Final = "application/json"

_BUS: Final = "bus"


def document() -> dict[str, Any]:
    """Return the document: one channel, a message for each event, who sends and who receives."""
    schemas: dict[str, Schema] = {}
    messages, operations = {}, {}
    receivers: dict[str, list[str]] = {}
    for event in event_schemas.all_events():
        name = event.detail_type
        schemas |= dict(_schemas_of(event))
        messages[name] = _message_of(event)
        operations[f"send{name}"] = _operation("send", [name], f"`{event.source}` sends {name}.")
        for consumer in event_docs.consumers_of(event):
            receivers.setdefault(consumer, []).append(name)
    for consumer, names in receivers.items():
        operations[operation_of(consumer)] = {
            **_operation("receive", names, f"`{consumer}` receives {', '.join(names)}."),
            **_reads(consumer, names),
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Event-driven cart",
            "version": "1.0.0",
            "description": "What is on the bus, as EventBridge delivers it.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            _BUS: {
                "address": "<prefix>-<stage>",
                "title": "The bus",
                "description": "An Amazon EventBridge bus. Any event may come twice, late, and out "
                "of order.",
                "messages": {name: _reference("components", "messages", name) for name in messages},
            }
        },
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def written() -> str:
    """Return the text of the document's file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _message_of(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.detail_type,
        "title": event.detail_type,
        "summary": (getdoc(event) or "").partition("\n")[0].replace("``", "`"),
        "contentType": CONTENT_TYPE,
        "payload": _reference("components", "schemas", _schema_name(event)),
    }


def _schema_name(event: type[Event]) -> str:
    return event_schemas.file_name(event).removesuffix(".json")


def _schemas_of(event: type[Event]) -> Iterator[tuple[str, Schema]]:
    schema = event_schemas.schema_of_event(event)
    parts = schema.pop("$defs")
    schema.pop("$schema")
    own = f"{_schema_name(event)}."
    # Each event has parts of its own: two events may have classes of one name.
    for name, part in {
        _schema_name(event): schema,
        **{own + n: p for n, p in parts.items()},
    }.items():
        yield name, _renamed(part, own)


def _renamed(node: Any, own: str) -> Any:
    """Return a schema whose references are to the components of the document."""
    match node:
        case {"$ref": str(reference), **beside}:
            name = own + reference.rpartition("/")[2]
            return {**_renamed(beside, own), **_reference("components", "schemas", name)}
        case dict():
            return {name: _renamed(child, own) for name, child in node.items()}
        case list():
            return [_renamed(child, own) for child in node]
        case _:
            return node


def _operation(action: str, names: list[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": _reference("channels", _BUS),
        "summary": summary,
        "messages": [_reference("channels", _BUS, "messages", name) for name in names],
    }


def _reads(consumer: str, names: list[str]) -> Mapping[str, Any]:
    reads = {name: sorted(fields_read(consumer, name)) for name in names}
    found = {name: fields for name, fields in reads.items() if fields}
    return {"x-reads": found} if found else {}


def operation_of(consumer: str) -> str:
    """Return what the document calls that a consumer receives events."""
    return "receive" + "".join(word.capitalize() for word in consumer.replace("-", "_").split("_"))


def _reference(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}
