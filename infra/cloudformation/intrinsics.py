"""CloudFormation's intrinsic functions, as far as the templates use them.

Source: "Intrinsic function reference" of the AWS CloudFormation template reference.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.cloudformation.identities import Identity

NO_VALUE: Final = object()
"""What ``AWS::NoValue`` stands for: the property, or the item of a list, that is not there."""

_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^}]+)\}")


class Unresolvable(Exception):
    """A value that cannot be worked out; the message says what is missing or not supported."""


class Evaluator:
    """Evaluates values and conditions of one template."""

    def __init__(
        self,
        values: Mapping[str, Any],
        conditions: Mapping[str, Any],
        identity: Callable[[str], Identity],
    ) -> None:
        """Evaluate with these parameters (pseudo parameters among them).

        ``identity`` tells who the resource with a logical id is, or raises
        :class:`Unresolvable`.
        """
        self._values = values
        self._conditions = conditions
        self._identity = identity
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def value(self, node: Any) -> Any:
        """Return ``node`` with every function in it evaluated.

        Raises:
            Unresolvable: a function is not supported, or what it refers to is not there.
        """
        match node:
            case dict() if function := _function_in(node):
                if function not in self._functions:
                    raise Unresolvable(f"{function} is not supported")
                return self._functions[function](node[function])
            case dict():
                items = {name: self.value(child) for name, child in node.items()}
                return {name: item for name, item in items.items() if item is not NO_VALUE}
            case list():
                return [item for child in node if (item := self.value(child)) is not NO_VALUE]
            case _:
                return node

    def text(self, node: Any) -> str:
        """Evaluate ``node`` to a string, as CloudFormation writes numbers and booleans.

        Raises:
            Unresolvable: it is not a scalar, or see :meth:`value`.
        """
        match self.value(node):
            case bool() as value:
                return str(value).lower()
            case str() | int() | float() as value:
                return str(value)
            case value:
                raise Unresolvable(f"a string is needed, not {value!r}")

    def holds(self, name: str) -> bool:
        """Tell whether the condition ``name`` is true.

        Raises:
            Unresolvable: there is no such condition, or see :meth:`value`.
        """
        if name not in self._conditions:
            raise Unresolvable(f"there is no condition {name}")
        return self._is_true(self._conditions[name])

    def _is_true(self, node: Any) -> bool:
        match node:
            case {"Condition": str(name)}:
                return self.holds(name)
            case {"Fn::Equals": [left, right]}:
                return self.text(left) == self.text(right)
            case {"Fn::Not": [child]}:
                return not self._is_true(child)
            case _:
                raise Unresolvable(f"not a condition: {node!r}")

    def _ref(self, name: str) -> Any:
        return self._values[name] if name in self._values else self._identity(name).ref

    def _get_att(self, argument: Any) -> str:
        logical_id, attribute = argument
        attributes = self._identity(logical_id).attributes
        if attribute not in attributes:
            raise Unresolvable(f"{logical_id} has no attribute {attribute}")
        return attributes[attribute]

    def _sub(self, argument: Any) -> str:
        template, variables = argument if isinstance(argument, list) else (argument, {})

        def replacement(placeholder: re.Match[str]) -> str:
            literal, name = placeholder.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return self.text(variables[name])
            return self.text({"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name})

        return _PLACEHOLDER.sub(replacement, template)

    def _split(self, argument: Any) -> list[str]:
        delimiter, text = argument
        return self.text(text).split(delimiter)

    def _if(self, argument: Any) -> Any:
        condition, if_true, if_false = argument
        return self.value(if_true if self.holds(condition) else if_false)


def _function_in(node: dict[str, Any]) -> str | None:
    """Return the function that ``node`` calls; a "Condition" here is a property's name."""
    name = next(iter(node), "")
    is_call = len(node) == 1 and (name == "Ref" or str(name).startswith("Fn::"))
    return name if is_call else None
