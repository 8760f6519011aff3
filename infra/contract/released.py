"""The contract as it was last released, and whether what the code says now breaks it.

``docs/released/`` holds copies of the API's description and of the events' schemas.
``python -m infra contract --release`` renews them; a test holds the code to them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app import app
from chalicelib.web import openapi
from infra.contract.changes import breaking_in_api, breaking_in_event
from infra.generate import event_schemas

FOLDER: Final = event_schemas.ROOT / "docs" / "released"
_API: Final = "openapi.json"


def api() -> dict[str, Any]:
    """Return the API's description as JSON has it."""
    document: dict[str, Any] = json.loads(json.dumps(openapi.document(app.routes, "/")))
    return document


def release(folder: Path = FOLDER) -> None:
    """Make what the code says now the released contract."""
    event_schemas.write_documents(folder, {_API: api()})
    event_schemas.write_documents(folder / "schemas", event_schemas.current())


def breaking_changes(folder: Path = FOLDER) -> list[str]:
    """Return how the code breaks the contract that was last released.

    A new major version may: of the API in ``contract.VERSION``, of an event in its class.
    """
    before = event_schemas.read_documents(folder).get(_API)
    return [
        *(_of_api(before, api()) if before else ()),
        *_of_events(event_schemas.read_documents(folder / "schemas"), event_schemas.current()),
    ]


def _of_api(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    versions = [document["info"]["version"].partition(".")[0] for document in (before, now)]
    if int(versions[0]) >= int(versions[1]):
        yield from breaking_in_api(before, now)


def _of_events(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name, schema in before.items():
        if name in now:
            for change in breaking_in_event(schema, now[name]):
                yield f"{name}: {change}"
        elif not any(_is_younger(other, name) for other in now):
            yield f"{name} is gone"


def _is_younger(name: str, than: str) -> bool:
    """Tell whether a file is of the same event as another one, in a later major version."""
    (kind, _, major), (other_kind, _, other_major) = (
        each.removesuffix(".json").rpartition("-") for each in (name, than)
    )
    return kind == other_kind and int(major) > int(other_major)
