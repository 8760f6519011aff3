"""The comparison operators of event patterns, each on one value of an event."""

import json
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, Final, NamedTuple


class UnsupportedPattern(ValueError):
    """A pattern uses an operator that is not realised here."""


class Operator(NamedTuple):
    """``takes(operand)`` tells whether it is well-formed, ``accepts(operand, value)`` compares."""

    takes: Callable[[Any], bool]
    accepts: Callable[[Any, Any], bool]


def equals(wanted: Any, value: Any) -> bool:
    """Compare as JSON texts, as EventBridge does: true is not 1, and 300 is not 300.0."""
    return json.dumps(wanted) == json.dumps(value)


def _is_text(operand: Any) -> bool:
    return isinstance(operand, str)


def _is_number(operand: Any) -> bool:
    return isinstance(operand, int | float) and not isinstance(operand, bool)


def _listed(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _equals_ignore_case(wanted: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == wanted.lower()


def _affix(test: Callable[[str, str], bool]) -> Operator:
    """Make "prefix" or "suffix", with a text or {"equals-ignore-case": a text}."""

    def takes(operand: Any) -> bool:
        match operand:
            case str() | {"equals-ignore-case": str()}:
                return True
            case _:
                return False

    def accepts(wanted: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(wanted, dict):
            return test(value.lower(), wanted["equals-ignore-case"].lower())
        return test(value, wanted)

    return Operator(takes, accepts)


_WILDCARD_TOKEN: Final = re.compile(
    r"\\(?P<escaped>[*\\])|(?P<any>\*)(?!\*)|(?P<plain>[^*\\])", re.DOTALL
)


def _wildcard_tokens(wanted: str) -> list[re.Match[str]] | None:
    """Split at the stars; None if one follows another or a backslash escapes something else."""
    tokens = list(_WILDCARD_TOKEN.finditer(wanted))
    return tokens if "".join(token[0] for token in tokens) == wanted else None


def _takes_wildcard(operand: Any) -> bool:
    return isinstance(operand, str) and _wildcard_tokens(operand) is not None


def _wildcard(wanted: str, value: Any) -> bool:
    expression = "".join(
        ".*" if token["any"] else re.escape(token["escaped"] or token["plain"])
        for token in _wildcard_tokens(wanted) or []
    )
    return isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lt,
    "<=": le,
    "=": eq,
    ">=": ge,
    ">": gt,
}


def _takes_numeric(operand: Any) -> bool:
    return (
        isinstance(operand, list)
        and len(operand) in {2, 4}
        and all(comparison in _COMPARISONS for comparison in operand[::2])
        and all(_is_number(limit) for limit in operand[1::2])
    )


def _numeric(wanted: list[Any], value: Any) -> bool:
    limits = zip(wanted[::2], wanted[1::2], strict=True)
    return _is_number(value) and all(
        _COMPARISONS[comparison](value, limit) for comparison, limit in limits
    )


def _takes_cidr(operand: Any) -> bool:
    try:
        return isinstance(operand, str) and bool(ip_network(operand))
    except ValueError:
        return False


def _cidr(wanted: str, value: Any) -> bool:
    try:
        return isinstance(value, str) and ip_address(value) in ip_network(wanted)
    except ValueError:
        return False


def _takes_anything_but(operand: Any) -> bool:
    if isinstance(operand, dict):
        operator, operands = next(iter(operand.items()), ("", None))
        return (
            len(operand) == 1
            and operator in {"prefix", "suffix", "equals-ignore-case", "wildcard"}
            and all(OPERATORS[operator].takes(item) for item in _listed(operands))
        )
    items = _listed(operand)
    return bool(items) and (all(map(_is_text, items)) or all(map(_is_number, items)))


def _anything_but(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        operator, operands = next(iter(wanted.items()))
        return not any(OPERATORS[operator].accepts(item, value) for item in _listed(operands))
    return not any(equals(item, value) for item in _listed(wanted))


OPERATORS: Final[Mapping[str, Operator]] = {
    "anything-but": Operator(_takes_anything_but, _anything_but),
    "cidr": Operator(_takes_cidr, _cidr),
    "equals-ignore-case": Operator(_is_text, _equals_ignore_case),
    "numeric": Operator(_takes_numeric, _numeric),
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "wildcard": Operator(_takes_wildcard, _wildcard),
}
"""Every operator but "exists", which asks about the field and not about a value of it."""
