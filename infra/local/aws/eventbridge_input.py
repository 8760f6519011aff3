"""Which part of an event a rule sends to its target: the JSON path of ``InputPath``."""

import re
from collections.abc import Mapping
from typing import Any

Path = tuple[str, ...]


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
