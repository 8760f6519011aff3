"""What AWS makes of policies that a resource or a role carries: who may do what with it.

Of the policy language this knows what the templates use, and stops at anything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from tests.support.iam import ARN_PARTS, UnsupportedPolicyError

_STATEMENT: Final = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Asked:
    """A principal's request: a service such as ``events.amazonaws.com``, or an account's ARN."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allows(document: Mapping[str, Any], asked: Asked) -> bool:
    """Tell whether a statement allows a request and none denies it.

    Raises:
        UnsupportedPolicyError: the policy uses something that is not understood here.
    """
    if document["Version"] != "2012-10-17":
        raise UnsupportedPolicyError(f"Version {document['Version']}")
    effects = {each["Effect"] for each in document["Statement"] if _applies(each, asked)}
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    if unknown := set(statement) - _STATEMENT:
        raise UnsupportedPolicyError(f"{', '.join(sorted(unknown))} in a statement")
    return (
        _is_of(statement["Principal"], asked.principal)
        and any(fnmatchcase(asked.action, action) for action in _listed(statement["Action"]))
        and any(
            fnmatchcase(asked.resource, resource)
            for resource in _listed(statement.get("Resource", "*"))
        )
        and all(
            _OPERATORS[operator](asked.context.get(key), _listed(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _is_of(principal: Any, asked: str) -> bool:
    if principal in ("*", {"AWS": "*"}):
        return True
    return asked in _listed(principal.get("Service", [])) + _listed(principal.get("AWS", []))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _equals(given: str | None, expected: list[str]) -> bool:
    return given in expected


def _is_like(given: str | None, expected: list[str]) -> bool:
    """Compare ARNs: a wildcard stays within its part, of which the last may hold colons.

    ``ArnEquals`` and ``ArnLike`` are the same ("IAM JSON policy elements: Condition operators").
    """
    return given is not None and any(
        all(map(fnmatchcase, given.split(":", ARN_PARTS - 1), pattern.split(":", ARN_PARTS - 1)))
        for pattern in expected
    )


_OPERATORS: Final[Mapping[str, Callable[[str | None, list[str]], bool]]] = {
    "StringEquals": _equals,
    "Bool": _equals,
    "ArnEquals": _is_like,
    "ArnLike": _is_like,
}
