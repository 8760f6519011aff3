"""The expressions of Amazon DynamoDB: conditions on an item, and updates of one.

Top-level attributes, comparisons, ``AND``, ``OR``, parentheses, ``attribute_exists``,
``attribute_not_exists``, ``begins_with``; ``SET`` (with ``if_not_exists``), ``REMOVE``, and ``ADD``
of numbers. Anything else is refused, so that nothing is misunderstood in silence.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

Value = Mapping[str, Any]
"""An attribute's value as the API has it, such as ``{"S": "text"}``."""

Item = Mapping[str, Value]

_TOKEN: Final = re.compile(r"\s*(<=|>=|<>|[()<>=,]|[#:]?\w+)\s*")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class UnsupportedExpression(ValueError):
    """An expression is malformed, or uses what is not supported here."""


class Scope:
    """What an expression is evaluated on: an item, and the names and values of the call."""

    def __init__(self, item: Item, parameters: Mapping[str, Any]) -> None:
        self.item = item
        self._names: Mapping[str, str] = parameters.get("ExpressionAttributeNames") or {}
        self.values: Item = parameters.get("ExpressionAttributeValues") or {}

    def name(self, token: str) -> str:
        """Return the attribute that a token names."""
        return self._names[token] if token.startswith("#") else token

    def value(self, token: str) -> Value | None:
        """Return the value of a token, None if the item has no such attribute."""
        return self.values[token] if token.startswith(":") else self.item.get(self.name(token))


Condition = Callable[[Scope], bool]
Update = Callable[[Scope], dict[str, Value]]
_Change = Callable[[Scope, dict[str, Value]], None]


@cache
def condition(text: str) -> Condition:
    """Read a condition, the condition of a query or a filter.

    Raises:
        UnsupportedExpression: it is malformed, or uses what is not supported here.
    """
    tokens = _Tokens(text)
    parsed = _alternatives(tokens)
    if tokens:
        raise UnsupportedExpression(f"{tokens[0]} is not expected: {text}")
    return parsed


@cache
def update(text: str) -> Update:
    """Read an update, which returns the item as it is afterwards.

    Raises:
        UnsupportedExpression: it is malformed, or uses what is not supported here.
    """
    tokens, changes = _Tokens(text), list[_Change]()
    while tokens:
        clause = tokens.take().upper()
        if clause not in _CLAUSES:
            raise UnsupportedExpression(f"{clause} is not supported: {text}")
        changes.append(_CLAUSES[clause](tokens))
        while tokens.skip(","):
            changes.append(_CLAUSES[clause](tokens))

    def updated(scope: Scope) -> dict[str, Value]:
        item = dict(scope.item)
        for change in changes:
            change(scope, item)
        return item

    return updated


class _Tokens(list[str]):
    """What is left of an expression."""

    def __init__(self, text: str) -> None:
        if _TOKEN.sub("", text):
            raise UnsupportedExpression(f"it has characters that are not supported: {text}")
        super().__init__(_TOKEN.findall(text))

    def take(self, expected: str = "") -> str:
        """Take the next token."""
        if not self or expected not in ("", self[0].upper()):
            raise UnsupportedExpression(f"{expected or 'more'} is expected before {self}")
        return self.pop(0)

    def skip(self, expected: str) -> bool:
        """Take the next token if it is this one; tell whether it was."""
        return bool(self and self[0].upper() == expected and self.pop(0))


def _setting(tokens: _Tokens) -> _Change:
    name, _, token, kept = tokens.take(), tokens.take("="), tokens.take(), ""
    if token == "if_not_exists":  # noqa: S105 - a function of expressions
        _, kept, _, token, _ = (tokens.take(each) for each in ("(", "", ",", "", ")"))

    if not token.startswith(":"):
        raise UnsupportedExpression(f"{token} is no value")

    def change(scope: Scope, item: dict[str, Value]) -> None:
        old = scope.value(kept) if kept else None
        item[scope.name(name)] = old or scope.values[token]

    return change


def _removal(tokens: _Tokens) -> _Change:
    name = tokens.take()

    def change(scope: Scope, item: dict[str, Value]) -> None:
        item.pop(scope.name(name), None)

    return change


def _addition(tokens: _Tokens) -> _Change:
    name, token = tokens.take(), tokens.take()

    def change(scope: Scope, item: dict[str, Value]) -> None:
        old = scope.value(name) or {"N": "0"}
        item[scope.name(name)] = {"N": str(Decimal(old["N"]) + Decimal(scope.values[token]["N"]))}

    return change


_CLAUSES: Final[Mapping[str, Callable[[_Tokens], _Change]]] = {
    "SET": _setting,
    "REMOVE": _removal,
    "ADD": _addition,
}


def _alternatives(tokens: _Tokens) -> Condition:
    parts = [_conjunction(tokens)]
    while tokens.skip("OR"):
        parts.append(_conjunction(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)


def _conjunction(tokens: _Tokens) -> Condition:
    parts = [_one(tokens)]
    while tokens.skip("AND"):
        parts.append(_one(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)


def _one(tokens: _Tokens) -> Condition:
    if tokens.skip("("):
        inner = _alternatives(tokens)
        tokens.take(")")
        return inner
    left = tokens.take()
    if tokens.skip("("):
        return _function(left, tokens)
    compare, right = _COMPARISONS.get(tokens.take()), tokens.take()
    if compare is None:
        raise UnsupportedExpression(f"a comparison is expected after {left}")

    def holds(scope: Scope) -> bool:
        one, other = scope.value(left), scope.value(right)
        if one is None or other is None or one.keys() != other.keys():
            return compare is operator.ne
        return compare(_comparable(one), _comparable(other))

    return holds


def _function(name: str, tokens: _Tokens) -> Condition:
    of = tokens.take()
    if name == "begins_with":
        _, beginning, _ = (tokens.take(each) for each in (",", "", ")"))
        return lambda scope: _text(scope.value(of)).startswith(_text(scope.value(beginning)))
    tokens.take(")")
    if name not in {"attribute_exists", "attribute_not_exists"}:
        raise UnsupportedExpression(f"{name} is not supported")
    wanted = name == "attribute_exists"
    return lambda scope: (scope.value(of) is not None) is wanted


def _text(value: Value | None) -> str:
    """Return a value's text; without one, a text that no other begins with."""
    return str((value or {}).get("S", "\0"))


def _comparable(value: Value) -> Any:
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content
