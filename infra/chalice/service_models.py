"""The part of AWS's service models that the functions may use, for the package.

botocore makes its clients from JSON files: half a megabyte for DynamoDB alone, and more than one
for the endpoints of every service in every region. Reading them is a good part of a cold start.
The packaging step adds what is left of them once everything is gone that no policy in ``.chalice/``
grants, and ``chalicelib/adapters/sdk.py`` has botocore look there first.

What is not in the package, botocore reads from its own files: the rules for endpoints, which must
fit the version of botocore in Lambda's runtime, and every service of which not all that is granted
is known here.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from botocore.loaders import Loader

Model = dict[str, Any]

_MODEL: Final = "service-2"

# Where the action's name is not the operation's, after the "Service Authorization Reference".
# The service is botocore's name, so that "ses" is "sesv2".
_SERVICES: Final[Mapping[str, str]] = {"ses": "sesv2"}
_OPERATIONS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("dynamodb", "ConditionCheckItem"): ("TransactWriteItems",),
    ("dynamodb", "DeleteItem"): ("DeleteItem", "TransactWriteItems"),
    ("dynamodb", "GetItem"): ("GetItem", "TransactGetItems"),
    ("dynamodb", "PutItem"): ("PutItem", "TransactWriteItems"),
    ("dynamodb", "UpdateItem"): ("UpdateItem", "TransactWriteItems"),
    ("lambda", "InvokeFunction"): ("Invoke",),
    ("sesv2", "SendRawEmail"): ("SendEmail",),
    ("sns", "Publish"): ("Publish", "PublishBatch"),
    ("sqs", "ChangeMessageVisibility"): (
        *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
    ),
    ("sqs", "DeleteMessage"): ("DeleteMessage", "DeleteMessageBatch"),
    ("sqs", "SendMessage"): ("SendMessage", "SendMessageBatch"),
}


def files(policies: Path) -> dict[str, bytes]:
    """Return the content of each file by its path in botocore's data folder.

    ``policies`` is the folder of the project's ``policy-*.json``; without any there are no files.
    """
    loader = Loader()
    granted = _granted(policies)
    models = dict(_models(loader, granted))
    if not models:
        return {}
    prefixes = {model["metadata"]["endpointPrefix"] for model in models.values()}
    endpoints = _endpoints(loader, prefixes | set(granted))
    return {
        "endpoints.json": _json(endpoints),
        **{
            f"{service}/{model['metadata']['apiVersion']}/{_MODEL}.json": _json(model)
            for service, model in models.items()
        },
    }


def operations(policies: Path) -> dict[str, frozenset[str]]:
    """Return the operations of each service in the package, by botocore's names."""
    models = _models(Loader(), _granted(policies))
    return {service: frozenset(model["operations"]) for service, model in models}


def _granted(policies: Path) -> dict[str, set[str]]:
    """Return the actions that policies grant, such as ``GetItem``, by service."""
    granted: dict[str, set[str]] = defaultdict(set)
    for file in policies.glob("policy-*.json"):
        for statement in _list_of(json.loads(file.read_text(encoding="utf-8"))["Statement"]):
            for action in _list_of(statement.get("Action", "*")):
                prefix, _, name = action.partition(":")
                granted[_SERVICES.get(prefix, prefix)].add(name)
    return granted


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _models(loader: Loader, granted: Mapping[str, set[str]]) -> Iterator[tuple[str, Model]]:
    """Yield each service of which every granted action is known, with its model."""
    available = loader.list_available_services(_MODEL)
    for service in sorted(granted.keys() & set(available)):
        model = loader.load_service_model(service, _MODEL)
        names = [_operations_of(service, action, model) for action in granted[service]]
        if all(names):
            yield service, _only(model, frozenset().union(*names))


def _operations_of(service: str, action: str, model: Model) -> frozenset[str]:
    """Return the operations that an action allows; none if that is not known."""
    known = model["operations"].keys() | {name for of, name in _OPERATIONS if of == service}
    actions = [name for name in known if fnmatchcase(name.lower(), action.lower())]
    return frozenset(
        operation for name in actions for operation in _OPERATIONS.get((service, name), (name,))
    )


def _only(model: Model, names: frozenset[str]) -> Model:
    """Return a service's model with these operations and the shapes that they need."""
    kept = {name: model["operations"][name] for name in sorted(names)}
    shapes = dict(sorted(_shapes_of(model["shapes"], kept)))
    trimmed: Model = _without_documentation({**model, "operations": kept, "shapes": shapes})
    return trimmed


def _shapes_of(shapes: Model, start: object) -> Iterator[tuple[str, Model]]:
    """Yield each shape that ``start`` refers to, directly or through other shapes."""
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
            # A member of a structure may have that name; its value is an object then.
            if not (key == "documentation" and isinstance(value, str))
        }
    return part


def _endpoints(loader: Loader, prefixes: set[str]) -> Model:
    """Return the endpoints of these services, in every partition and region."""
    everything = loader.load_data("endpoints")
    partitions = [
        {**partition, "services": {prefix: partition["services"][prefix] for prefix in known}}
        for partition in everything["partitions"]
        for known in [sorted(prefixes & partition["services"].keys())]
    ]
    return {**everything, "partitions": partitions}


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
