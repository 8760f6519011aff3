"""What each consumer reads of the events, and whether the events have it.

A consumer reads the fields of the class that its annotation names: its own, with what it needs, or
the producer's, with everything.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from app import app
from chalicelib.entrypoints.reporting import READS
from infra.contract.compatibility import Comparison, fields_of
from infra.generate import event_schemas

assert app, "importing it registers every consumer"

_FIELD: Final = re.compile(r"event((?:\.[\w\-]+|\[\])+)")
_DETAIL: Final = ".detail"


def unmet() -> list[str]:
    """Return what consumers rely on and the events, as they are sent now, do not have."""
    sent = event_schemas.current()
    return [
        f"{consumer} reads {kind.detail_type}: {gap}"
        for consumer, kinds in READS.items()
        for kind in kinds
        if event_schemas.file_name(kind) in sent
        for gap in _gaps(sent[event_schemas.file_name(kind)], event_schemas.schema_of_event(kind))
    ]


def _gaps(sent: dict[str, Any], read: dict[str, Any]) -> Iterator[str]:
    yield from Comparison(sent, read).gaps(sent, read, "event")


def fields_read(consumer: str, detail_type: str) -> set[str]:
    """Return the fields that a consumer reads of an event, such as ``.detail.data.sku``."""
    fields = {
        field
        for kind in READS.get(consumer, ())
        if kind.detail_type == detail_type
        for schema in [event_schemas.schema_of_event(kind)]
        for field in fields_of(schema, schema)
        if field.startswith(_DETAIL)
    }
    # An object that is read in parts is not read as a whole.
    return {one for one in fields if not any(other.startswith(f"{one}.") for other in fields)}


def named_in(change: str) -> list[str]:
    """Return the consumers that read the field that a change of the contract is about.

    ``change`` is ``ItemAddedToCart-1.json: event.detail.data.sku is gone``, for instance. A change
    that is about no single field concerns whoever reads the event.
    """
    detail_type, field = change.split("-", maxsplit=1)[0], _FIELD.search(change)
    wanted = field[1] if field else ""
    return [
        consumer
        for consumer in READS
        if any(_concerns(one, wanted) for one in fields_read(consumer, detail_type))
    ]


def _concerns(read: str, changed: str) -> bool:
    return f"{read}.".startswith(f"{changed}.") or f"{changed}.".startswith(f"{read}.")
