"""Whether everything that one JSON Schema allows is allowed by another, and why not.

It knows the keywords that this project's schemas use and stops at any other, so that no change
goes unnoticed. Where it cannot tell, as between two patterns, it says no.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from chalicelib.web.json_schema import Schema

ANNOTATIONS: Final = frozenset(
    {"$schema", "$defs", "title", "description", "examples", "default", "discriminator"}
)
_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EQUAL: Final = ("pattern", "format", "multipleOf", "uniqueItems")
_UNDERSTOOD: Final = ANNOTATIONS | {
    *(*_LEAST, *_MOST, *_EQUAL, "$ref", "type", "enum", "const", "anyOf"),
    *("properties", "required", "additionalProperties", "propertyNames", "items"),
}
_UNBOUND: Final = object()


class Comparison:
    """Compares schemas of two documents; a reference is looked up in the schema's own."""

    def __init__(self, offered: Mapping[str, Any], taken: Mapping[str, Any]) -> None:
        self._offered = offered
        self._taken = taken
        self._comparing: set[tuple[str, str]] = set()

    def gaps(self, offered: Schema, taken: Schema, at: str = "") -> Iterator[str]:
        """Yield why a value that ``offered`` allows may not be one that ``taken`` allows."""
        pair = str(offered.get("$ref")), str(taken.get("$ref"))
        if "None" in pair:
            yield from self._gaps(offered, taken, at)
        elif pair not in self._comparing:  # a class that holds others of its kind
            self._comparing.add(pair)
            yield from self._gaps(offered, taken, at)
            self._comparing.remove(pair)

    def _gaps(self, offered: Schema, taken: Schema, at: str) -> Iterator[str]:
        offered, taken = resolved(offered, self._offered), resolved(taken, self._taken)
        if "anyOf" in offered or "anyOf" in taken:
            yield from self._gaps_of_choices(offered, taken, at)
            return
        yield from _gaps_of_types(offered, taken, at)
        yield from _gaps_of_values(offered, taken, at)
        yield from _gaps_of_limits(offered, taken, at)
        yield from self._gaps_of_properties(offered, taken, at)
        if "items" in taken:
            yield from self.gaps(offered.get("items", {}), taken["items"], f"{at}[]")

    def _gaps_of_choices(self, offered: Schema, taken: Schema, at: str) -> Iterator[str]:
        for choice in _choices(offered):
            reasons = [list(self.gaps(choice, other, at)) for other in _choices(taken)]
            if all(reasons):
                yield min(reasons, key=len)[0]

    def _gaps_of_properties(self, offered: Schema, taken: Schema, at: str) -> Iterator[str]:
        known, wanted = offered.get("properties", {}), taken.get("properties", {})
        for name in taken.get("required", ()):
            if name not in offered.get("required", ()):
                yield f"{at}.{name} is required on one side only"
        for name in known.keys() & wanted.keys():
            yield from self.gaps(known[name], wanted[name], f"{at}.{name}")
        if "propertyNames" in taken:
            yield from self.gaps(
                offered.get("propertyNames", {}), taken["propertyNames"], f"names of {at}"
            )
        others = taken.get("additionalProperties", True)
        if others is True:
            return
        for name in sorted(known.keys() - wanted.keys()):
            if others is False:
                yield f"{at}.{name} is allowed on one side only"
            else:
                yield from self.gaps(known[name], others, f"{at}.{name}")
        further = offered.get("additionalProperties", True)
        if isinstance(further, dict) and isinstance(others, dict):
            yield from self.gaps(further, others, f"{at}.*")
        elif further is not False and "object" in _types(offered):
            yield f"{at} may have further fields on one side only"


def fields_of(schema: Schema, document: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Yield the path of every field that a schema describes."""
    schema = resolved(schema, document)
    for choice in schema.get("anyOf", ()):
        yield from fields_of(choice, document, at)
    if "items" in schema:
        yield from fields_of(schema["items"], document, f"{at}[]")
    for name, field in schema.get("properties", {}).items():
        yield f"{at}.{name}"
        yield from fields_of(field, document, f"{at}.{name}")


def resolved(schema: Schema, document: Mapping[str, Any]) -> Schema:
    """Return a schema with its reference followed, and what stands beside it merged in."""
    unknown = schema.keys() - _UNDERSTOOD
    if unknown:
        raise ValueError(f"The comparison does not understand {', '.join(unknown)}.")
    if "$ref" not in schema:
        return schema
    found: Any = document
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    beside = {name: value for name, value in schema.items() if name != "$ref"}
    return _merged(resolved(found, document), beside, document)


def _merged(schema: Schema, beside: Schema, document: Mapping[str, Any]) -> Schema:
    properties = dict(schema.get("properties", {}))
    for name, field in beside.get("properties", {}).items():
        properties[name] = _merged(resolved(properties.get(name, {}), document), field, document)
    return {**schema, **beside, **({"properties": properties} if properties else {})}


def _choices(schema: Schema) -> list[Schema]:
    beside = {name: value for name, value in schema.items() if name != "anyOf"}
    return [{**beside, **choice} for choice in schema.get("anyOf", [{}])]


def _types(schema: Schema) -> set[str]:
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else set(named)


def _gaps_of_types(offered: Schema, taken: Schema, at: str) -> Iterator[str]:
    wanted, given = _types(taken), _types(offered)
    if "number" in wanted:
        wanted |= {"integer"}
    if not wanted or _values(offered) is not None:
        return
    if not given or not given <= wanted:
        yield f"{at} is {_named(given)} on one side and {_named(wanted)} on the other"


def _named(types: set[str]) -> str:
    return " or ".join(sorted(types)) or "anything"


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _gaps_of_values(offered: Schema, taken: Schema, at: str) -> Iterator[str]:
    wanted, given = _values(taken), _values(offered)
    if wanted is None:
        return
    if given is None:
        yield f"{at} may have other values than {wanted}"
        return
    for value in given:
        if value not in wanted:
            yield f"{at} may be {value!r} on one side only"


def _gaps_of_limits(offered: Schema, taken: Schema, at: str) -> Iterator[str]:
    tighter: list[tuple[tuple[str, ...], Callable[[Any, Any], bool]]] = [
        (_LEAST, lambda given, wanted: given >= wanted),
        (_MOST, lambda given, wanted: given <= wanted),
        (_EQUAL, lambda given, wanted: given == wanted),
    ]
    for keywords, holds in tighter:
        for keyword in keywords:
            wanted, given = taken.get(keyword, _UNBOUND), offered.get(keyword, _UNBOUND)
            if wanted is _UNBOUND or (given is not _UNBOUND and holds(given, wanted)):
                continue
            if _values(offered) is None:
                yield f"{at} has the {keyword} {wanted!r} on one side only"
