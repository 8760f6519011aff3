"""CloudFormation's intrinsic functions, as far as the templates use them.

Source: "Intrinsic function reference" of the AWS CloudFormation template reference.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.resource_ids import Identity

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
        mappings: Mapping[str, Any],
        conditions: Mapping[str, Any],
        imports: Mapping[str, str],
        identity: Callable[[str], Identity],
    ) -> None:
        """Evaluate with these parameters (pseudo parameters among them).

        ``identity`` tells who the resource with a logical id is, or raises
        :class:`Unresolvable`.
        """
        self._values = values
        self._mappings = mappings
        self._conditions = conditions
        self._imports = imports
        self._identity = identity
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
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
            case {"Fn::And": [*nodes]}:
                return all(self._is_true(child) for child in nodes)
            case {"Fn::Or": [*nodes]}:
                return any(self._is_true(child) for child in nodes)
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

    def _join(self, argument: Any) -> str:
        delimiter, parts = argument
        return str(delimiter).join(self.text(part) for part in self._list(parts))

    def _split(self, argument: Any) -> list[str]:
        delimiter, source = argument
        return self.text(source).split(delimiter)

    def _select(self, argument: Any) -> Any:
        index, candidates = int(self.text(argument[0])), self._list(argument[1])
        if index not in range(len(candidates)):
            raise Unresolvable(f"Fn::Select: there is no item {index} in {candidates!r}")
        return candidates[index]

    def _if(self, argument: Any) -> Any:
        condition, if_true, if_false = argument
        return self.value(if_true if self.holds(condition) else if_false)

    def _find_in_map(self, argument: Any) -> Any:
        path = [self.text(key) for key in argument]
        node: Any = self._mappings
        for key in path:
            if not isinstance(node, dict) or key not in node:
                raise Unresolvable(f"Fn::FindInMap: there is no {'.'.join(path)}")
            node = node[key]
        return node

    def _import_value(self, argument: Any) -> str:
        name = self.text(argument)
        if name not in self._imports:
            raise Unresolvable(f"no stack exports {name}")
        return self._imports[name]

    def _list(self, node: Any) -> list[Any]:
        value = self.value(node)
        if not isinstance(value, list):
            raise Unresolvable(f"a list is needed, not {value!r}")
        return value


def _function_in(node: dict[str, Any]) -> str | None:
    """Return the function that ``node`` calls; a "Condition" here is a property's name."""
    name = next(iter(node), "")
    is_call = len(node) == 1 and (name == "Ref" or str(name).startswith("Fn::"))
    return name if is_call else None
