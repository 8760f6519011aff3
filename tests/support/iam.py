"""What AWS Identity and Access Management makes of the policies in ``.chalice/``.

Of the policy language this knows what those policies use, and stops at anything else: a condition
that is not understood must not pass for one that holds.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

ARN_PARTS: Final = 6
_STATEMENT: Final = {"Sid", "Effect", "Action", "Resource", "Condition"}


class UnsupportedPolicyError(Exception):
    """A policy uses something that is not understood here."""


@dataclass(frozen=True)
class Request:
    """An action on a resource; ``context`` holds the values of each condition key."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return it as one line, for the message of a test."""
        facts = [f"{key}={','.join(values)}" for key, values in self.context.items()]
        return " ".join([self.action, "on", self.resource, *facts])


@dataclass(frozen=True)
class Statement:
    """A statement that allows something."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(hash=False)

    def allows(self, request: Request) -> bool:
        return (
            any(_matches(action, request.action, re.IGNORECASE) for action in self.actions)
            and any(_is_within(request.resource, resource) for resource in self.resources)
            and all(
                _OPERATORS[operator](request.context.get(key, ()), expected)
                for operator, keys in self.conditions.items()
                for key, expected in keys.items()
            )
        )


@dataclass(frozen=True)
class Policy:
    """Statements, of which one is enough to allow a request."""

    statements: tuple[Statement, ...]

    def allows(self, request: Request) -> bool:
        return any(statement.allows(request) for statement in self.statements)

    def lesser(self) -> Iterator[tuple[str, "Policy"]]:
        """Give each policy that lacks one thing of this one, and what it lacks.

        That is a whole statement, or one of the actions or resources that a statement lists.
        """
        for statement in self.statements:
            yield statement.sid, self._with(statement, None)
            for action in statement.actions if len(statement.actions) > 1 else ():
                fewer = tuple(other for other in statement.actions if other != action)
                lesser = replace(statement, actions=fewer)
                yield f"{statement.sid}, {action}", self._with(statement, lesser)
            for resource in statement.resources if len(statement.resources) > 1 else ():
                fewer = tuple(other for other in statement.resources if other != resource)
                lesser = replace(statement, resources=fewer)
                yield f"{statement.sid}, {resource}", self._with(statement, lesser)

    def _with(self, old: Statement, new: Statement | None) -> "Policy":
        others = (new if statement is old else statement for statement in self.statements)
        return Policy(tuple(statement for statement in others if statement is not None))


def load(file: Path, stage: str, as_stage: str) -> Policy:
    """Read the policy of a function in ``stage``, with the names that ``as_stage`` would give."""
    text = file.read_text(encoding="utf-8")
    return parse(json.loads(re.sub(rf"-{stage}\b", f"-{as_stage}", text)))


def parse(document: Mapping[str, Any]) -> Policy:
    """Read a policy document.

    Raises:
        UnsupportedPolicyError: it uses something that is not understood here.
    """
    if document["Version"] != "2012-10-17":
        raise UnsupportedPolicyError(f"Version {document['Version']}")
    return Policy(tuple(_statement(each) for each in document["Statement"]))


def _statement(given: Mapping[str, Any]) -> Statement:
    if unknown := set(given) - _STATEMENT:
        raise UnsupportedPolicyError(f"{', '.join(sorted(unknown))} in a statement")
    if given["Effect"] != "Allow":
        raise UnsupportedPolicyError(f"Effect {given['Effect']}")
    if "${" in json.dumps(given):
        raise UnsupportedPolicyError("policy variables")
    conditions = given.get("Condition", {})
    if unknown := set(conditions) - set(_OPERATORS):
        raise UnsupportedPolicyError(f"the condition operator {', '.join(sorted(unknown))}")
    return Statement(
        given["Sid"],
        _listed(given["Action"]),
        _listed(given["Resource"]),
        {
            operator: {key: _listed(expected) for key, expected in keys.items()}
            for operator, keys in conditions.items()
        },
    )


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _is_within(resource: str, pattern: str) -> bool:
    """Tell whether a resource is one of those a pattern stands for.

    A wildcard stays within its part of the ARN; only the last part may hold colons ("IAM JSON
    policy elements: Resource").
    """
    if pattern == "*":
        return True
    parts, patterns = (arn.split(":", ARN_PARTS - 1) for arn in (resource, pattern))
    return len(parts) == len(patterns) and all(map(_matches, patterns, parts))


def _matches(pattern: str, text: str, flags: int = 0) -> bool:
    return _expression(pattern, flags).fullmatch(text) is not None


@cache
def _expression(pattern: str, flags: int) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(each, re.escape(each)) for each in pattern), flags)


def _one_equals(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    return _only(given) in expected


def _one_equals_or_none_is_given(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    return not given or _one_equals(given, expected)


def _one_is_like(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    value = _only(given)
    return value is not None and any(_matches(pattern, value) for pattern in expected)


# "ForAllValues" is true of no value at all: that is how IAM has it.
def _all_equal(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    return set(given) <= set(expected)


def _all_are_like(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    return all(any(_matches(pattern, value) for pattern in expected) for value in given)


def _only(given: tuple[str, ...]) -> str | None:
    if len(given) > 1:
        raise UnsupportedPolicyError("an operator for one value, and several values")
    return given[0] if given else None


_OPERATORS: Final[Mapping[str, Callable[[tuple[str, ...], tuple[str, ...]], bool]]] = {
    "StringEquals": _one_equals,
    "StringEqualsIfExists": _one_equals_or_none_is_given,
    "StringLike": _one_is_like,
    "ForAllValues:StringEquals": _all_equal,
    "ForAllValues:StringLike": _all_are_like,
}
