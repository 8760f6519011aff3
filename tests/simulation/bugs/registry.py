"""Where bugs are registered, and how they get into the code."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

from tests.simulation.bugs.ingredients import Ingredient, anything

Patch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutation:
    """A bug: what is wrong, how it gets into the code, and in which histories it may show.

    Where there are ``tests``, no history shows it, or hardly any, and one of these has to fail.
    """

    name: str
    patch: Patch
    needs: Ingredient = anything
    tests: tuple[str, ...] = ()


MUTATIONS: Final[list[Mutation]] = []


def bug(what: str, needs: Ingredient = anything) -> Callable[[Patch], Patch]:
    """Register a function that returns the patch of a bug.

    Histories with what the bug ``needs`` are played first; that saves time, and decides nothing.
    """

    def register(patch: Patch) -> Patch:
        MUTATIONS.append(Mutation(what, patch, needs))
        return patch

    return register


def replacing(owner: Any, name: str, value: Any) -> AbstractContextManager[Any]:
    """Return the patch that puts ``value`` in the place of something."""
    return mock.patch.object(owner, name, value)


def unseen_by_histories(what: str, patch: Patch, *tests: str) -> None:
    """Register a bug of which only tests can tell: of figures, permissions, patterns, calls.

    ``tests`` are files below ``tests/``.
    """
    MUTATIONS.append(Mutation(what, patch, tests=tests))
