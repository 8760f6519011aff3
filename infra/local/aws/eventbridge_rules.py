"""The rules of an event bus: what matches them, and which part of it goes where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.engine.delivery import RetryPolicy

Path = tuple[str, ...]
"""The names that lead to a part of an event."""


@dataclass(frozen=True)
class RuleTarget:
    """Where a rule sends what it matches; ``dead_letter_arn`` for what cannot be delivered.

    ``input_path`` leads to the part of the event that is sent, all of it if empty.
    """

    arn: str
    input_path: Path
    policy: RetryPolicy
    dead_letter_arn: str | None


@dataclass(frozen=True)
class Rule:
    """A subscription: events of a bus that match the pattern go to every target."""

    name: str
    arn: str
    bus: str
    pattern: Mapping[str, Any]
    targets: tuple[RuleTarget, ...]


def input_path(expression: str) -> Path:
    """Read a path such as ``$.detail.requestPayload``.

    Raises:
        ValueError: it is more than names with dots between them.
    """
    root, *names = expression.split(".")
    if root != "$" or not all(re.fullmatch(r"[\w-]+", name) for name in names):
        raise ValueError(f"the local cloud does not know the InputPath {expression}")
    return tuple(names)


def part_of(event: Mapping[str, Any], path: Path) -> Any:
    """Return what is at this path of an event, None if there is nothing."""
    part: Any = event
    for name in path:
        part = part.get(name) if isinstance(part, Mapping) else None
    return part
