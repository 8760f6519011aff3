"""What could be set wrong in the templates and in the policies: one mutant for each.

A mutant is a file in which one thing is left out or is another: a statement, a condition, a field
of a pattern, a number, a reference.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra.cloudformation import yaml

ROOT: Final = Path(__file__).parents[2]
EXTENSIONS: Final = ROOT / "chalicelib" / "extensions"
TEMPLATES: Final = (
    *(ROOT / "infra" / "templates" / f"{name}.yaml" for name in ("foundation", "subscriptions")),
    *sorted((ROOT / "infra" / "cloudformation" / "shorthands").glob("*.yaml")),
    *sorted(EXTENSIONS.glob("*/template.yaml")),
)
POLICIES: Final = (
    *sorted((ROOT / "infra" / "policies").glob("*.json")),
    *sorted(EXTENSIONS.glob("*/policies/*.json")),
)
CONFIG: Final = ROOT / ".chalice" / "config.json"

TEXT_FOR_PEOPLE: Final = {"Description", "AlarmDescription", "Sid", "DashboardBody", "Id"}
"""What no machine reads; of a dashboard its own tests say what it shows."""

Path_ = tuple[str | int, ...]


class Mutant(NamedTuple):
    """Files as they would be with one thing changed, and what that is."""

    files: dict[Path, str]
    what: str

    @property
    def kind(self) -> str:
        """The suffix of the files."""
        return next(iter(self.files)).suffix


def of_templates(files: tuple[Path, ...] = TEMPLATES) -> Iterator[Mutant]:
    """Give the mutants of templates: every property of every resource, in turn."""
    for file in files:
        body = yaml.parse(file.read_text(encoding="utf-8"))
        above: Path_ = ("Resources",) if "Resources" in body else ()
        for logical_id, resource in body.get("Resources", body).items():
            for path, value in _nodes(resource.get("Properties", {})):
                where = (*above, logical_id, "Properties", *path)
                for changed, how in _changes(value):
                    yield _mutant(file, body, where, changed, how)


def of_policies() -> Iterator[Mutant]:
    """Give the mutants of the functions' policies: statements, actions, resources, conditions."""
    for file in POLICIES:
        body = json.loads(file.read_text(encoding="utf-8"))
        for number, statement in enumerate(body["Statement"]):
            where: Path_ = ("Statement", number)
            yield _mutant(file, body, where, _ABSENT, "is left out")
            service = _listed(statement["Action"])[0].partition(":")[0]
            yield _mutant(file, body, (*where, "Action"), f"{service}:*", "is every action")
            if statement["Resource"] != "*":
                yield _mutant(file, body, (*where, "Resource"), "*", "is every resource")
            for path, value in _nodes(statement):
                if path[0] in {"Action", "Resource", "Condition"}:
                    for changed, how in _changes(value):
                        yield _mutant(file, body, (*where, *path), changed, how)
            for operator, keys in statement.get("Condition", {}).items():
                for key in keys:
                    at = (*where, "Condition", operator, key)
                    yield _mutant(file, body, at, "*", "is anything")


def of_config() -> Iterator[Mutant]:
    """Give the mutants of the figures in ``config.json`` that a person writes."""
    body = json.loads(CONFIG.read_text(encoding="utf-8"))
    for path, value in _nodes(body):
        if isinstance(value, int | bool):
            for changed, how in _changes(value):
                yield _mutant(CONFIG, body, path, changed, how)


class _Absent:
    """Stands for a value that is left out."""


_ABSENT: Final = _Absent()


def _nodes(value: Any, *above: str | int) -> Iterator[tuple[Path_, Any]]:
    """Give the path and the value of everything below a value."""
    if isinstance(value, dict):
        below: Any = value.items()
    elif isinstance(value, list):
        below = enumerate(value)
    else:
        return
    for name, inner in below:
        if name not in TEXT_FOR_PEOPLE:
            yield (*above, name), inner
            if not _is_intrinsic(inner):
                yield from _nodes(inner, *above, name)


def _is_intrinsic(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)).startswith(("Fn::", "Ref", "Condition"))
    )


def _changes(value: Any) -> Iterator[tuple[Any, str]]:
    """Give what a value could be instead, and how that is called."""
    yield _ABSENT, "is left out"
    if isinstance(value, bool):
        yield not value, f"is {not value}"
    elif isinstance(value, int | float):
        more = value * 10 or 10
        less = value // 10 if isinstance(value, int) else value / 10
        yield from ((other, f"is {other}") for other in (more, less) if other != value)
    elif isinstance(value, str):
        yield f"{value}X", f"is {value}X"
    elif _is_intrinsic(value):
        yield "elsewhere", "is something else"


def _mutant(file: Path, body: Any, path: Path_, changed: Any, how: str) -> Mutant:
    mutated = copy.deepcopy(body)
    at = mutated
    for name in path[:-1]:
        at = at[name]
    if changed is _ABSENT:
        del at[path[-1]]
    else:
        at[path[-1]] = changed
    where = ".".join(str(name) for name in path if name not in {"Resources", "Properties"})
    extension = file.relative_to(EXTENSIONS).parts[0] if EXTENSIONS in file.parents else ""
    name = f"{extension}/{file.name}" if extension else file.name
    return Mutant({file: json.dumps(mutated)}, f"{name} {where} {how}")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
