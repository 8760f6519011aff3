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
STAGES: Final = ("dev", "prod")
TEMPLATES: Final = (
    *(ROOT / "infra" / "templates" / f"{name}.yaml" for name in ("foundation", "subscriptions")),
    *sorted((ROOT / "chalicelib" / "extensions").glob("*/template.yaml")),
)

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
        for logical_id, resource in body["Resources"].items():
            for path, value in _nodes(resource.get("Properties", {})):
                where = ("Resources", logical_id, "Properties", *path)
                for changed, how in _changes(value):
                    yield _mutant(file, body, where, changed, how)


def of_policies() -> Iterator[Mutant]:
    """Give the mutants of the functions' policies: statements, actions, resources, conditions.

    What is written for stage dev is written for the others, too, so it is wrong in each.
    """
    for mutant in _of_policies_of_dev():
        ((file, text),) = mutant.files.items()
        others = [file.with_name(file.name.replace("-dev", f"-{stage}")) for stage in STAGES]
        texts = [text.replace("-dev", f"-{stage}") for stage in STAGES]
        yield mutant._replace(files=dict(zip(others, texts, strict=True)))


def _of_policies_of_dev() -> Iterator[Mutant]:
    for file in sorted((ROOT / ".chalice").glob("policy-dev-*.json")):
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
    """Give the mutants of ``config.json`` whose figures matter."""
    file = ROOT / ".chalice" / "config.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    for path, value in _nodes(body):
        if isinstance(value, int | bool) or str(path[-1]).endswith("_SECONDS"):
            figure = int(value) if isinstance(value, str) and value.isdigit() else value
            for changed, how in _changes(figure):
                restored = str(changed) if isinstance(value, str) else changed
                yield _mutant(file, body, path, _ABSENT if changed is _ABSENT else restored, how)


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
    name = file.name if file.name != "template.yaml" else f"{file.parent.name}/{file.name}"
    return Mutant({file: json.dumps(mutated)}, f"{name} {where} {how}")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
