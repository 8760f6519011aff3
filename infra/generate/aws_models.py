"""The part of AWS's service models that the functions use, for botocore to read in place of all.

botocore makes its clients from JSON files: half a megabyte for DynamoDB alone, and more than one
for the endpoints of every service in every region. Reading them is a good part of a cold start.
``python -m infra models`` writes what is left of them to ``chalicelib/aws_models/``, where
``chalicelib/adapters/sdk.py`` has botocore look first.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.loaders import Loader

Model = dict[str, Any]

FOLDER: Final = Path(__file__).parents[2] / "chalicelib" / "aws_models"

OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "dynamodb": frozenset({"DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"}),
    "events": frozenset({"PutEvents"}),
    "scheduler": frozenset({"CreateSchedule"}),
    "sesv2": frozenset({"SendEmail"}),
    "sqs": frozenset({"ChangeMessageVisibility", "GetQueueUrl"}),
    "ssm": frozenset({"GetParameter"}),
}
"""What the functions call; of these services they can call nothing else."""

_SERVICE: Final = "service-2"
_RULES: Final = "endpoint-rule-set-1"


def files() -> dict[str, str]:
    """Return what belongs into the folder: the text of each file by its path."""
    loader = Loader()
    found: dict[str, object] = {"endpoints.json": _endpoints(loader)}
    for service in OPERATIONS:
        version = loader.determine_latest_version(service, _SERVICE)
        model = loader.load_service_model(service, _SERVICE, version)
        rules = loader.load_service_model(service, _RULES, version)
        found[f"{service}/{version}/{_SERVICE}.json"] = _only(model, OPERATIONS[service])
        found[f"{service}/{version}/{_RULES}.json"] = rules
    return {path: f"{_compact(content)}\n" for path, content in found.items()}


def write() -> None:
    """Write the files, and remove those that no longer belong there."""
    wanted = files()
    for path in FOLDER.rglob("*.json"):
        if str(path.relative_to(FOLDER)) not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _only(model: Model, names: frozenset[str]) -> Model:
    """Return a service's model with these operations and the shapes that they need."""
    operations = {name: model["operations"][name] for name in sorted(names)}
    shapes = dict(sorted(_shapes_of(model["shapes"], operations)))
    trimmed: Model = _without_documentation({**model, "operations": operations, "shapes": shapes})
    return trimmed


def _shapes_of(shapes: Model, start: object) -> Iterator[tuple[str, Model]]:
    """Yield each shape that ``start`` refers to, or another shape does that it refers to."""
    left, seen = set(_references(start)), set[str]()
    while left:
        name = left.pop()
        seen.add(name)
        yield name, shapes[name]
        left |= set(_references(shapes[name])) - seen


def _references(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)


def _without_documentation(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_documentation(item) for item in part]
    if isinstance(part, dict):
        return {
            key: _without_documentation(value)
            for key, value in part.items()
            # A member of a structure may have that name; its value is no text then.
            if not (key == "documentation" and isinstance(value, str))
        }
    return part


def _endpoints(loader: Loader) -> Model:
    """Return the endpoints of these services, in every partition and region."""
    prefixes = {
        loader.load_service_model(service, _SERVICE)["metadata"]["endpointPrefix"]
        for service in OPERATIONS
    }
    everything = loader.load_data("endpoints")
    partitions = [
        {**partition, "services": {prefix: partition["services"][prefix] for prefix in known}}
        for partition in everything["partitions"]
        for known in [sorted(prefixes & partition["services"].keys())]
    ]
    return {**everything, "partitions": partitions}


def _compact(content: object) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)
