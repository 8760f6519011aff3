"""One JSON object a line: what CloudWatch Logs Insights can query.

No field may hold an e-mail address, a name or a token; ids are enough to find the rest.
"""

import re
import sys
from collections.abc import Callable, Mapping
from traceback import extract_tb
from typing import Any, Final

import msgspec

from chalicelib.domain import ids

_ID: Final = re.compile(ids.TRACE_PATTERN)
"""What else an event calls an id may be anything, and is not logged."""


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")


write: Callable[[str], None] = _to_stdout
"""Where lines go; the local cloud puts a more readable printer in its place."""


def emit(hop: str, **facts: object) -> None:
    """Log one hop with facts about it; facts that are None are left out."""
    known = {name: fact for name, fact in facts.items() if fact is not None}
    write(msgspec.json.encode({"hop": hop, **known}).decode())


def consumed(hop: str, event: Mapping[str, Any], **facts: object) -> None:
    """Log what a consumer did about an event, under the ids by which to find the rest of it."""
    emit(hop, **_ids_of(event), **facts)


def exception(
    hop: str, error: BaseException, event: Mapping[str, Any] | None = None, **facts: object
) -> None:
    """Log an error that was not expected: its type and where it was raised.

    Its message is left out, for it may quote what a customer typed.
    """
    frames = extract_tb(error.__traceback__)[-3:]
    raised_at = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    emit(hop, **_ids_of(event or {}), **facts, error=type(error).__name__, raised_at=raised_at)


def _ids_of(event: Mapping[str, Any]) -> dict[str, object]:
    match event.get("detail"):
        case {"metadata": {"event_id": str(event_id), "correlation_id": str(correlation_id)}}:
            return {
                name: text if _ID.match(text) else None
                for name, text in (("event_id", event_id), ("correlation_id", correlation_id))
            }
        case _:
            return {"event_id": None}
