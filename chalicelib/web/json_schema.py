"""JSON Schemas (draft 2020-12) of typed classes, in the dialect that every language reads."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

Schema = dict[str, Any]

_ROLE: Final = re.compile(r":[a-z]+:`")
"""What Sphinx has before a name: ``:data:`CURRENCY```."""


def schemas_of(
    kinds: Iterable[Any], ref_template: str = "#/components/schemas/{name}"
) -> tuple[list[Schema], dict[str, Schema]]:
    """Return the schema of each of these types, and the named ones that they refer to."""
    schemas, components = msgspec.json.schema_components(kinds, ref_template=ref_template)
    return [_portable(schema) for schema in schemas], _portable(components)


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type that refers to no class."""
    [schema], _ = schemas_of([kind])
    return schema


def _portable(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: _portable_keyword(name, each) if isinstance(each, str) else _portable(each)
                for name, each in value.items()
            }
        case list() | tuple():
            return [_portable(each) for each in value]
        case _:
            return value


def _portable_keyword(name: str, text: str) -> str:
    """Return a pattern as ECMA-262 has it, and of a docstring its first paragraph as Markdown."""
    if name == "pattern":
        return text.replace(r"\Z", "$")
    if name == "description":
        paragraph = " ".join(text.partition("\n\n")[0].split())
        return _ROLE.sub("`", paragraph.replace("``", "`"))
    return text
