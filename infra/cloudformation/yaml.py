"""CloudFormation's dialect of YAML: short forms such as ``!Ref`` come out spelled out."""

from functools import cache
from typing import Any

import yaml
from yaml import YAMLError

__all__ = ["YAMLError", "parse"]


@cache  # a deployment, and each local cloud, reads the same templates again and again
def parse(text: str) -> Any:
    """Read a document; what it holds is plain JSON, and is not to be changed.

    Raises:
        YAMLError: it is not YAML.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with CloudFormation's tags, and without dates: 2012-10-17 is a string.

    libyaml reads it ten times as fast, where PyYAML was built with it.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _long_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any
    if isinstance(node, yaml.ScalarNode):
        argument = loader.construct_scalar(node)
        if name == "GetAtt":
            argument = argument.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        argument = loader.construct_mapping(node, deep=True)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": argument}


_Loader.add_multi_constructor("!", _long_form)
