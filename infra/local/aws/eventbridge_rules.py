"""The rules of an event bus: what matches them, and which part of it goes where."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from infra.local.engine.delivery import RetryPolicy

Path = tuple[str, ...]
"""The names that lead to a part of an event."""


@dataclass(frozen=True)
class Transformer:
    """Makes JSON of parts of an event: ``<name>`` in the template is what is at its path."""

    paths: Mapping[str, Path]
    template: str

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """Return what is sent of an event.

        Within a string of the template a part is inserted as text, elsewhere as JSON.
        """
        text, quoted = "", False
        for piece in _PIECE.findall(self.template):
            if piece == '"':
                quoted = not quoted
            name = piece[1:-1] if piece[0] == "<" else ""
            if name not in self.paths:
                text += piece
                continue
            part = part_of(event, self.paths[name])
            inserted = json.dumps(part)
            if quoted:
                inserted = json.dumps(part if isinstance(part, str) else inserted)[1:-1]
            text += inserted
        return json.loads(text)


_PIECE: Final = re.compile(r'\\.|<[\w-]+>|"|[^"<\\]+|<')


@dataclass(frozen=True)
class RuleTarget:
    """Where a rule sends what it matches; ``dead_letter_arn`` for what cannot be delivered.

    ``input`` makes what is sent of an event.
    """

    arn: str
    input: Callable[[Mapping[str, Any]], Any]
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


def input_of(target: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Read what a target of a template is sent of an event.

    Raises:
        ValueError: see :func:`input_path`.
    """
    if transformer := target.get("InputTransformer"):
        paths = {
            name: input_path(path) for name, path in transformer.get("InputPathsMap", {}).items()
        }
        return Transformer(paths, transformer["InputTemplate"])
    return partial(part_of, path=input_path(target.get("InputPath", "$")))


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
