"""Decides whether an event matches a rule's pattern, as Amazon EventBridge does.

Sources: "Comparison operators for use in event patterns in Amazon EventBridge" and the README of
aws/event-ruler, the matcher that EventBridge runs. moto's matcher takes ``true`` for 1, lets an
operator that it does not know match everything and does not look into arrays of objects, so this
module does not build on it.

One difference is left: below an array of objects, ``{"exists": false}`` is asked of each object
and not of all of them together.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

Pattern = Mapping[str, Any]


def equals(wanted: Any, value: Any) -> bool:
    """Compare as JSON texts, as EventBridge does: true is not 1, and 300 is not 300.0."""
    return json.dumps(wanted) == json.dumps(value)


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "anything-but": lambda wanted, value: value != wanted,
    "prefix": lambda wanted, value: isinstance(value, str) and value.startswith(wanted),
}
"""Those that the templates use, each with a text as its operand; beside "exists"."""


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Tell whether every field that the pattern names accepts what the event has there.

    The pattern must have passed :func:`check`.
    """
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def check(pattern: Pattern) -> None:
    """Make sure that :func:`matches` understands the pattern.

    Raises:
        ValueError: the pattern is malformed, or an operator is not known.
    """
    if not isinstance(pattern, dict) or not pattern:
        raise ValueError(f"a pattern is an object with at least one field, not {pattern!r}")
    for name, wanted in pattern.items():
        if name == "$or":
            raise ValueError("alternatives ($or) are not supported")
        match wanted:
            case dict():
                check(wanted)
            case [_, *_]:
                for candidate in wanted:
                    _check_candidate(name, candidate)
            case _:
                raise ValueError(f"{name}: an object or a non-empty list is needed, not {wanted!r}")


def _check_candidate(name: str, candidate: Any) -> None:
    match candidate:
        case str() | int() | float() | None:
            return
        case dict() if len(candidate) == 1:
            operator, operand = next(iter(candidate.items()))
            if operator == "exists":
                is_valid = isinstance(operand, bool)
            elif operator in OPERATORS:
                is_valid = isinstance(operand, str)
            else:
                raise ValueError(f"{name}: the operator {operator} is not supported")
            if is_valid:
                return
    raise ValueError(f"{name}: {candidate!r} is neither a value nor an operator with its operand")


def _field_matches(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    found = _flatten(event[name]) if name in event else []
    if isinstance(wanted, dict):
        # Where there is no object, none of its fields is there: {"exists": false} may match.
        objects = [item for item in found if isinstance(item, dict)] or [{}]
        return any(matches(wanted, item) for item in objects)
    leaves = [item for item in found if not isinstance(item, dict)]
    return any(_accepts(candidate, leaves) for candidate in wanted)


def _flatten(value: Any) -> list[Any]:
    """Give an array's items, and those of arrays in it, or else the value itself."""
    if not isinstance(value, list):
        return [value]
    return [leaf for item in value for leaf in _flatten(item)]


def _accepts(candidate: Any, leaves: list[Any]) -> bool:
    """Tell whether one of the values that a field has is a wanted one."""
    if isinstance(candidate, str):
        return candidate in leaves  # only a text equals a text; most of what is compared is one
    if not isinstance(candidate, dict):
        return any(equals(candidate, leaf) for leaf in leaves)
    operator, operand = next(iter(candidate.items()))
    if operator == "exists":
        return bool(leaves) is operand
    return any(OPERATORS[operator](operand, leaf) for leaf in leaves)
