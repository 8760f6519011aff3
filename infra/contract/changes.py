"""What breaks those who rely on the contract: the API's clients and the events' consumers.

A client sends what the old description allows, so the new one must allow it too; it reads what
the new one may answer, so the old one must have allowed that. Events must pass both ways: old
consumers get new ones, and a replay brings old ones back.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.contract.compatibility import Comparison, fields_of

Document = Mapping[str, Any]

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def breaking_in_event(old: Document, new: Document) -> Iterator[str]:
    """Yield what of an event's new schema breaks its old consumers, or a replay to new ones."""
    yield from Comparison(new, old).gaps(dict(new), dict(old), "new event")
    yield from Comparison(old, new).gaps(dict(old), dict(new), "replayed event")
    for field in sorted(set(fields_of(dict(old), old)) - set(fields_of(dict(new), new))):
        yield f"event{field} is gone"


def breaking_in_api(old: Document, new: Document) -> Iterator[str]:
    """Yield what of the API's new description breaks its clients."""
    for path, operations in old["paths"].items():
        for method in operations.keys() & set(_METHODS):
            at = f"{method.upper()} {path}"
            operation = new["paths"].get(path, {}).get(method)
            if operation is None:
                yield f"{at} is gone"
                continue
            changes = _Changes(old, new, at)
            yield from changes.of_security(operations[method], operation)
            yield from changes.of_parameters(operations[method], operation)
            yield from changes.of_body(operations[method], operation)
            yield from changes.of_responses(operations[method], operation)


class _Changes:
    """What breaks the clients of one operation."""

    def __init__(self, old: Document, new: Document, at: str) -> None:
        self._old = old
        self._new = new
        self._at = at
        self._sent = Comparison(offered=old, taken=new)
        self._read = Comparison(offered=new, taken=old)

    def of_security(self, old: Document, new: Document) -> Iterator[str]:
        if new.get("security", []) != old.get("security", []):
            yield f"{self._at} asks for another kind of token, or for one at all"

    def of_parameters(self, old: Document, new: Document) -> Iterator[str]:
        before, after = _parameters(old), _parameters(new)
        for key, parameter in before.items():
            at = f"{self._at}, {' '.join(key)}"
            if key not in after:
                yield f"{at} is gone"
            else:
                yield from self._sent.gaps(parameter["schema"], after[key]["schema"], at)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{self._at}, {' '.join(key)} is required now"

    def of_body(self, old: Document, new: Document) -> Iterator[str]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        at = f"{self._at}, body"
        if after.get("required") and not before.get("required"):
            yield f"{at} is required now"
        for media_type, content in before.get("content", {}).items():
            if media_type not in after.get("content", {}):
                yield f"{at} may not be {media_type} any more"
                continue
            schemas = content["schema"], after["content"][media_type]["schema"]
            yield from self._sent.gaps(*schemas, at)
            yield from self._gone(*schemas, at)

    def of_responses(self, old: Document, new: Document) -> Iterator[str]:
        for status, before in old["responses"].items():
            after = new["responses"].get(status)
            at = f"{self._at}, answer {status}"
            if after is None:
                yield f"{at} is gone"
                continue
            for name in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{at}, header {name} is gone"
            for name in before.get("links", {}).keys() - after.get("links", {}).keys():
                yield f"{at}, link {name} is gone"
            yield from self._of_content(before, after, at, is_error=int(status) >= 400)

    def _of_content(
        self, before: Document, after: Document, at: str, *, is_error: bool
    ) -> Iterator[str]:
        contents = before.get("content", {}), after.get("content", {})
        for media_type in sorted(contents[0].keys() ^ contents[1].keys()):
            yield f"{at} is {media_type} on one side only"
        for media_type in sorted(contents[0].keys() & contents[1].keys()):
            old, new = (content[media_type]["schema"] for content in contents)
            if is_error and "$ref" in old and "$ref" in new:
                # A status may get new codes: a client that does not know one relies on the
                # status.
                old, new = ({"$ref": schema["$ref"]} for schema in (old, new))
            yield from self._read.gaps(new, old, at)
            yield from self._gone(old, new, at)

    def _gone(self, old: Any, new: Any, at: str) -> Iterator[str]:
        for field in sorted(set(fields_of(old, self._old)) - set(fields_of(new, self._new))):
            yield f"{at}{field} is gone"


def _parameters(operation: Document) -> dict[tuple[str, str], Document]:
    return {(each["in"], each["name"]): each for each in operation.get("parameters", ())}
