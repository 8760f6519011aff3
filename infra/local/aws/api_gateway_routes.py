"""The routes of a REST API, and which of them a request is for."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """A method of a resource."""

    resource: str
    method: str
    authorized: bool = False


@dataclass(frozen=True)
class Api:
    """A REST API: all its routes lead to one function.

    Pages of the ``allowed_origins`` may call it and read its answers.
    """

    function: str
    routes: tuple[Route, ...]
    stage: str = "api"
    binary_types: frozenset[str] = frozenset()
    allowed_origins: tuple[str, ...] = ()


def find(routes: Sequence[Route], path: str) -> list[tuple[Route, dict[str, str]]]:
    """Return the routes of the resource at a path; a literal one goes before a variable one."""
    parts = (path.rstrip("/") or "/").split("/")
    matching = [
        (route, captured)
        for route in routes
        if (captured := _captured(route.resource.split("/"), parts)) is not None
    ]
    resource = min((route.resource.replace("{", "~") for route, _ in matching), default=None)
    return [found for found in matching if found[0].resource.replace("{", "~") == resource]


def _captured(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    captured = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{") and part:
            captured[expected[1:-1]] = part
        elif expected != part:
            return None
    return captured
