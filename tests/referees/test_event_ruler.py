"""Every rule's pattern as aws/event-ruler judges it, the matcher that EventBridge itself runs.

For each rule there are the events that it is for, and near misses: each field of the pattern
missing, null, of another type, with another value, in an array, and with one character more.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.aws.eventbridge_patterns import matches
from tests.support.infrastructure import of_type

event_ruler = pytest.importorskip("event_ruler", reason="event-ruler has wheels for 3.11 only")

RULES = {
    rule.properties["Name"]: json.loads(json.dumps(rule.properties["EventPattern"]))
    for rule in of_type("Events::Rule")
}
ENVELOPE = {
    "version": "0",
    "id": "01a1fd0a-0000-7000-8000-000000000000",
    "account": "123456789012",
    "time": "2026-03-02T12:00:00Z",
    "region": "eu-central-1",
    "resources": [],
}
OTHER_VALUES = (None, "", "x", 0, 1, True, False, [], {}, {"x": "y"}, ["x"])
Path = tuple[str, ...]


def leaves(pattern: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, list[Any]]]:
    """Yield each field that a pattern names, with what it accepts there."""
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            yield from leaves(wanted, (*path, name))
        else:
            yield (*path, name), wanted


def values_for(candidate: Any) -> Iterator[Any]:
    """Yield values that one of a field's alternatives accepts."""
    match candidate:
        case {"exists": True}:
            yield from ("ada@example.com", None, 0)
        case {"exists": False}:
            return
        case {"anything-but": refused}:
            yield f"not {refused}"
        case {"prefix": prefix}:
            yield from (prefix, f"{prefix}x")
        case value:
            yield value


def placed(event: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy of the event that has a value at a path."""
    event = copy.deepcopy(event)
    place = event
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = value
    return event


def without(event: dict[str, Any], path: Path) -> dict[str, Any]:
    event = copy.deepcopy(event)
    place = event
    for name in path[:-1]:
        place = place.get(name, {})
    place.pop(path[-1], None)
    return event


def intended(pattern: dict[str, Any]) -> dict[str, Any]:
    """Build an event that the rule is for, by the first alternative of each field."""
    event: dict[str, Any] = {**ENVELOPE, "source": "x", "detail-type": "x", "detail": {}}
    for path, wanted in leaves(pattern):
        value = next(values_for(wanted[0]), None)
        event = without(event, path) if value is None else placed(event, path, value)
    return event


def relatives(event: dict[str, Any], pattern: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the event with each field of the pattern changed in turn."""
    yield event
    for path, wanted in leaves(pattern):
        yield without(event, path)
        for depth in range(1, len(path)):
            yield placed(event, path[: depth + 1], "x")
        accepted = [value for candidate in wanted for value in values_for(candidate)]
        refused = [each["anything-but"] for each in wanted if _is_anything_but(each)]
        for value in (*accepted, *refused, *OTHER_VALUES):
            yield placed(event, path, value)
            yield placed(event, path, [value])
            yield placed(event, path, [value, "x"])
            if isinstance(value, str):
                yield placed(event, path, f"{value}x")
                yield placed(event, path, value.upper())


def _is_anything_but(candidate: Any) -> bool:
    return isinstance(candidate, dict) and "anything-but" in candidate


def as_ruler_reads(pattern: Any) -> Any:
    """Return a pattern as this binding takes it.

    The operand of "anything-but" is a list, and "prefix" is event-ruler's older "shellstyle".
    """
    match pattern:
        case {"prefix": str(prefix)}:
            return {"shellstyle": f"{prefix}*"}
        case {"anything-but": str(operand)}:
            return {"anything-but": [operand]}
        case dict():
            return {name: as_ruler_reads(wanted) for name, wanted in pattern.items()}
        case list():
            return [as_ruler_reads(wanted) for wanted in pattern]
        case _:
            return pattern


def has_a_text(event: dict[str, Any]) -> bool:
    """Tell whether source and detail-type are texts, as those of every event on a bus are."""
    return isinstance(event.get("source"), str) and isinstance(event.get("detail-type"), str)


@pytest.mark.parametrize("rule", RULES)
def test_event_ruler_agrees_on_each_event_and_each_near_miss(rule: str) -> None:
    pattern = RULES[rule]
    text = json.dumps(as_ruler_reads(pattern))
    events = [each for other in RULES.values() for each in relatives(intended(other), pattern)]
    events = [event for event in events if has_a_text(event)]
    verdicts = [event_ruler.test_event_pattern(json.dumps(event), text) for event in events]
    disagreements = [
        event
        for event, verdict in zip(events, verdicts, strict=True)
        if verdict != matches(pattern, event)
    ]
    assert disagreements == []
    assert True in verdicts
    assert False in verdicts
