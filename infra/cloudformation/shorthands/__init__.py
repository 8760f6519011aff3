"""Types of this project's own in the templates of extensions, each short for several resources.

``Cart::Consumer`` is a rule with all that a consumer needs, ``Cart::QueuedConsumer`` one with a
queue in between, ``Cart::ScheduledEvent`` what EventBridge Scheduler acts as. What is deployed is
plain CloudFormation: each is replaced by the resources of ``<type>.yaml``, where ``<Description>``
stands for that property. Of the logical id ``PlaceOrder``, ``<Id>``, follow the function's name
``place_order``, ``<Function>``, and that of its rule and queue, ``place-order``, ``<Name>``.
``<Page>`` is the extension's page.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.cloudformation import yaml

_FOLDER: Final = Path(__file__).parent
_PREFIX: Final = "Cart::"
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")
_PLACE: Final = re.compile(r"<(\w+)>")

_CONSUMER: Final = {"Description": None, "EventPattern": None}
_PROPERTIES: Final[Mapping[str, Mapping[str, Any]]] = {
    # What has a default may be left out; times are in seconds.
    "Consumer": _CONSUMER,
    "QueuedConsumer": _CONSUMER | {"Tries": 20, "Concurrency": 20, "OverdueAfter": 900},
    "ScheduledEvent": {"Source": None, "DetailType": None},
}


def written_out(resources: Mapping[str, Any], extension: str) -> dict[str, Any]:
    """Return an extension's resources, with what the shorthands among them stand for.

    Raises:
        ValueError: there is no such type, or it has other properties.
    """
    written: dict[str, Any] = {}
    for logical_id, resource in resources.items():
        if str(resource.get("Type")).startswith(_PREFIX):
            written |= _resources_of(logical_id, resource, extension)
        else:
            written[logical_id] = resource
    return written


def _resources_of(logical_id: str, resource: Mapping[str, Any], extension: str) -> dict[str, Any]:
    kind, given = resource["Type"].removeprefix(_PREFIX), resource.get("Properties", {})
    if kind not in _PROPERTIES:
        raise ValueError(f"{logical_id}: there is no type {resource['Type']}")
    values = {**_PROPERTIES[kind], **given}
    wrong = [name for name, value in values.items() if value is None]
    if wrong := [*wrong, *(values.keys() - _PROPERTIES[kind].keys())]:
        raise ValueError(f"{logical_id}: missing or unknown: {', '.join(sorted(wrong))}")
    name = _CAPITAL.sub("-", logical_id).lower()
    values |= {"Id": logical_id, "Name": name, "Function": name.replace("-", "_")}
    values["Page"] = f"chalicelib/extensions/{extension}/README.md"
    filled: dict[str, Any] = _filled(yaml.parse((_FOLDER / f"{kind}.yaml").read_text()), values)
    return filled


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    match node:
        case dict():
            return {_filled(name, values): _filled(child, values) for name, child in node.items()}
        case list():
            return [_filled(child, values) for child in node]
        case str() if whole := _PLACE.fullmatch(node):
            return values[whole[1]]
        case str():
            return _PLACE.sub(lambda place: str(values[place[1]]), node)
        case _:
            return node
