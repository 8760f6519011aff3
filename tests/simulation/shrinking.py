"""Finds a small history that still breaks a promise ("delta debugging", Zeller 1999)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from tests.simulation.faults import Fault, Site
from tests.simulation.history import History
from tests.simulation.steps import Step

MOST_TRIES: Final = 400

T = TypeVar("T")
Part = Step | tuple[Site, Fault]


def shrink(history: History, fails: Callable[[History], bool]) -> History:
    """Leave out steps and faults as long as the rest still ``fails``.

    The history must hold its faults, as the one in an outcome does. What remains need not break
    the same promise; it is simpler all the same.
    """
    tries = 0

    def still_fails(parts: Sequence[Part]) -> bool:
        nonlocal tries
        tries += 1
        return tries <= MOST_TRIES and fails(_with(history, parts))

    parts: list[Part] = [*history.steps, *(history.faults or {}).items()]
    return _with(history, _smallest(parts, still_fails))


def _with(history: History, parts: Sequence[Part]) -> History:
    steps = tuple(part for part in parts if isinstance(part, Step))
    faults = dict(part for part in parts if isinstance(part, tuple))
    return replace(history, steps=steps, faults=faults)


def _smallest(parts: list[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Take away chunks, in halves at first and one by one at last, as often as that works."""
    size = max(len(parts) // 2, 1)
    while parts:
        kept = _without_chunks(parts, size, fails)
        if size == 1 and len(kept) == len(parts):
            break
        parts, size = kept, max(size // 2, 1)
    return parts


def _without_chunks(parts: list[T], size: int, fails: Callable[[Sequence[T]], bool]) -> list[T]:
    start = 0
    while start < len(parts):
        rest = parts[:start] + parts[start + size :]
        if fails(rest):
            parts = rest
        else:
            start += size
    return parts
