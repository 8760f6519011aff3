"""Where bugs are registered, and how they get into the code."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

Patch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutation:
    """A bug: what is wrong, and how it gets into the code."""

    name: str
    patch: Patch


MUTATIONS: Final[list[Mutation]] = []


def bug(what: str) -> Callable[[Patch], Patch]:
    """Register a function that returns the patch of a bug."""

    def register(patch: Patch) -> Patch:
        MUTATIONS.append(Mutation(what, patch))
        return patch

    return register


def replacing(owner: Any, name: str, value: Any) -> AbstractContextManager[Any]:
    """Return the patch that puts ``value`` in the place of something."""
    return mock.patch.object(owner, name, value)
