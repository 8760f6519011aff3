"""One JSON object per line for each hop of an event: a log line that is also its metrics.

CloudWatch Logs Insights can query every field; "Looking into it" in docs/operations.md has queries.

| field | |
|---|---|
| hop | the view or the consumer |
| outcome | what became of it: ``accepted``, ``persisted``, ``skipped``, ``raised``, ... |
| event_id | of the event that it was about; an accepted request's own id |
| correlation_id | what everything shares that one request led to |
| attempt | attempt number, where AWS reports it: a queue does, Lambda's retries do not |
| duration_ms | from start to end of the hop |
| error | the code, or the exception's type, if it did not work out |

No field may hold an e-mail address, a name or a token; ids are enough to find the rest.
"""

import os
import re
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import PurePath
from traceback import extract_tb
from typing import Final

import msgspec

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.domain.errors import CartError
from chalicelib.settings import Names, name_prefix
from chalicelib.telemetry import metrics

MAX_FRAMES: Final = 10
"""How much of a traceback is logged: the innermost frames, by file and line."""

_ID: Final = re.compile(ids.TRACE_PATTERN)
"""What else an event calls an id may be anything, and is not logged."""


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")


write: Callable[[str], None] = _to_stdout
"""Where lines go; the local cloud puts a more readable printer in its place."""


class Hop:
    """A hop in progress; :meth:`ended` logs it."""

    def __init__(self, name: str, event: object = None, **facts: object) -> None:
        """Start the hop's clock; ``event`` is what it is about, as EventBridge delivers it."""
        self._name = name
        self._ids = _ids_of(event)
        self._facts = facts
        self._started = time.perf_counter()

    def ended(self, outcome: str, **facts: object) -> None:
        """Log what became of it, with facts about it; those that are None or False are left out."""
        spent = round((time.perf_counter() - self._started) * 1000, 1)
        line = {"hop": self._name, "outcome": outcome, "duration_ms": spent, **self._ids}
        told = (self._facts | facts).items()
        line |= {name: fact for name, fact in told if fact is not None and fact is not False}
        counted = metrics.counted(line, _namespace(), clock.milliseconds())
        write(msgspec.json.encode(counted).decode())

    def raised(self, error: BaseException, outcome: str = "raised", **facts: object) -> None:
        """Log an error that ended it: its type, where it was raised and what AWS said.

        Its message is left out, because it may quote what a customer typed.
        """
        details = error.details if isinstance(error, CartError) else {}
        of_aws = {name: details.get(name) for name in ("operation", "aws_code", "aws_request_id")}
        code = error.code if isinstance(error, CartError) else type(error).__name__
        frames = extract_tb(error.__traceback__)[-MAX_FRAMES:]
        raised_at = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
        self.ended(outcome, error=code, **of_aws, raised_at=raised_at, **facts)


@cache
def _namespace() -> str:
    """Return the namespace of the metrics; a line is logged even where a setting is missing."""
    return Names(name_prefix(os.environ), os.environ.get("STAGE", "unknown")).base


def _ids_of(event: object) -> dict[str, str]:
    """Return the ids of an event, or of the one that a report of Lambda is about."""
    match event:
        case {"detail": {"requestPayload": reported}}:
            event = reported
    match event:
        case {
            "detail": {
                "metadata": {"event_id": str(event_id), "correlation_id": str(correlation_id)}
            }
        }:
            found = {"event_id": event_id, "correlation_id": correlation_id}
            return {name: text for name, text in found.items() if _ID.match(text)}
        case _:
            return {}
