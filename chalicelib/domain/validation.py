"""Validation of data from outside, with messages of our own instead of the library's."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

MAX_NESTING: Final = 64
"""How many levels data may be nested. Python's own limit differs from version to version."""

_MISSING: Final = re.compile(r"missing required field `([\w-]+)`")
_PATH: Final = re.compile(r" - at `\$\.?([\w.\[\]-]*)`\Z")


class TooDeep(ValueError):
    """Data is nested more deeply than :data:`MAX_NESTING` levels."""


def check_nesting(value: object) -> None:
    """Refuse a JSON value that is nested more deeply than :data:`MAX_NESTING` levels.

    Raises:
        TooDeep: it is.
    """
    level = [value]
    for _ in range(MAX_NESTING + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise TooDeep


UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, TooDeep, RecursionError)
"""What decoding and validating may raise."""


def problem(what: str, error: Exception) -> str:
    """Say what is wrong with ``what``, by the error of its decoding: the field, never the rule."""
    match error:
        case msgspec.ValidationError():
            return f"{what} {_problem(str(error))}"
        case TooDeep() | RecursionError():
            return f"{what} is nested too deeply."
        case _:
            return f"{what} is not valid JSON."


def _problem(text: str) -> str:
    path = _PATH.search(text)
    missing = _MISSING.search(text)
    fields = [part[1] for part in (path, missing) if part and part[1]]
    if not fields:
        return "is not as documented."
    return f"is not as documented: see its field {'.'.join(fields)}."


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
