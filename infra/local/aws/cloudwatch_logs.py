"""Amazon CloudWatch Logs, as far as rules write to it: what they log goes to the journal."""

import json
from collections.abc import Mapping
from typing import Any

from infra.local.engine import arns
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.printer import one_line


class LogGroups:
    """The log groups of the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names: set[str] = set()
        self.written = 0
        """The bytes of all texts that were written."""
        engine.targets.register("logs", self._write)

    def create(self, name: str) -> None:
        """Create a log group, such as ``/aws/events/results``."""
        self._names.add(name.rpartition("/")[2])

    def get(self, name: str) -> str:
        """Return the last part of a group's name.

        Raises:
            LookupError: there is no such group.
        """
        if name not in self._names:
            raise LookupError(f"There is no log group {name!r}.")
        return name

    def _write(self, arn: str, payload: Mapping[str, Any], _: Mapping[str, Any]) -> None:
        match payload:
            case {"timestamp": str() | int(), "message": str(message)}:
                pass
            case _:
                raise DeliveryError(
                    "INVALID_PARAMETER",
                    "A log group takes a timestamp and a message, which is a text.",
                    retriable=False,
                )
        self.written += len(message.encode())
        facts = _facts_in(message)
        self._engine.journal.record(
            "log",
            self.get(arns.parse(arn).name),
            str(facts.get("outcome", "")),
            ref=str(facts.pop("event_id", "")),
            note=" ".join(f"{name}={one_line(str(fact))}" for name, fact in facts.items())
            or one_line(message),
            correlation_id=str(facts.pop("correlation_id", "")),
            payload=facts,
        )


def _facts_in(message: str) -> dict[str, Any]:
    """Return what a line of JSON says, nothing of any other text."""
    try:
        facts = json.loads(message)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
