"""A JSON Schema for each event, as EventBridge delivers it to a consumer.

``python -m infra docs`` writes them to ``docs/schemas/<DetailType>-<major version>.json``.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from chalicelib import extensions
from chalicelib.domain import catalog_events
from chalicelib.domain.events import EVENTS, Envelope, Event
from chalicelib.web.json_schema import Schema, schemas_of

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "schemas"


def all_events() -> tuple[type[Event], ...]:
    """Return every class of events: the core's, then those of the extensions."""
    modules = (catalog_events, *extensions.modules("events"))
    return (*EVENTS, *chain.from_iterable(map(_events_in, modules)))


def _events_in(module: ModuleType) -> Iterator[type[Event]]:
    """Yield the events that a module declares, but for what these derive from."""
    own = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind.__module__ == module.__name__
    ]
    bases = {base for kind in own for base in kind.__bases__}
    yield from (kind for kind in own if kind not in bases)


def file_name(event: type[Event]) -> str:
    """Return the name of the file with an event's schema."""
    return f"{event.detail_type}-{_major(event)}.json"


def current() -> dict[str, Schema]:
    """Return the schemas of all events by file name."""
    return {file_name(event): schema_of_event(event) for event in all_events()}


def schema_of_event(event: type[Event]) -> Schema:
    """Return the schema of an event with EventBridge's envelope around it."""
    [data, envelope], parts = schemas_of(
        [event, Envelope[event]],  # type: ignore[valid-type]
        ref_template="#/$defs/{name}",
    )
    detail = parts.pop(_name_in(envelope))
    metadata = parts[_name_in(detail["properties"]["metadata"])]
    metadata["properties"]["version"] = {"type": "string", "pattern": rf"^{_major(event)}\.[0-9]+$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.detail_type,
        "description": parts[_name_in(data)]["description"],
        "type": "object",
        "properties": {
            "source": {"const": event.source},
            "detail-type": {"const": event.detail_type},
            "detail": {
                "type": "object",
                "properties": detail["properties"],
                "required": detail["required"],
            },
        },
        "required": ["source", "detail-type", "detail"],
        "$defs": parts,
    }


def write_documents(folder: Path, documents: Mapping[str, Any]) -> None:
    """Make these JSON documents, by file name, the only ones of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in documents:
            path.unlink()
    for name, document in documents.items():
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")


def read_documents(folder: Path) -> dict[str, Any]:
    """Return the JSON documents of a folder by file name."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


def _major(event: type[Event]) -> str:
    return event.version.partition(".")[0]


def _name_in(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
