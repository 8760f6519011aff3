"""Reads a file of the shop's folder and says what is wrong with it, as far as its schema tells."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from infra.shop.schemas import Schema

Parse = Callable[[str], Any]

_KINDS: Final = {
    "array": "a list of what is allowed there",
    "boolean": "true or false",
    "integer": "a whole number",
    "string": "a text",
}


def _is_text(_: object, value: object) -> bool:
    """Tell whether a value is a text that can be sent: JSON can escape half a character."""
    return isinstance(value, str) and not any("\ud800" <= one <= "\udfff" for one in value)


def _is_whole(_: object, value: object) -> bool:
    """Tell whether a value is a whole number that was written as one: a price of 59.0 is a slip."""
    return type(value) is int


Validator: Final = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"string": _is_text, "integer": _is_whole}
    ),
)
"""Takes what the functions take that read these files."""


def read(folder: Path, name: str, parse: Parse, schema: Schema, found: list[str]) -> Any:
    """Return what a file of the folder holds, None if it cannot be read; add what is wrong."""
    try:
        values = parse((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        found.append(f"{name}: the file is missing")
        return None
    except UnicodeError:
        found.append(f"{name}: the file is not in UTF-8")
        return None
    except RecursionError:
        found.append(f"{name}: it is nested too deeply")
        return None
    except ValueError as error:
        found.append(f"{name}: {error}")
        return None
    errors = Validator(schema).iter_errors(values)
    found += (f"{name}: {line}" for error in errors for line in described(error))
    return values


def described(error: ValidationError) -> Iterator[str]:
    """Say where a value is and what is allowed there."""
    place = _place(error)
    match error.validator:
        case "additionalProperties":
            known = list(error.schema["properties"])
            for name in sorted(set(error.instance) - set(known)):
                meant = get_close_matches(name, known, 1)
                hint = f"did you mean {meant[0]}?" if meant else f"known are {', '.join(known)}"
                yield f"{place}{name} is not a setting; {hint}"
        case "required":
            for name in error.validator_value:
                if name not in error.instance:
                    yield f"{place}{name} is missing"
        case "anyOf" if error.context:
            yield from described(max(error.context, key=lambda each: len(each.path)))
        case _:
            yield f"{place}{shown(error.instance)} is not {_allowed(error)}"


def shown(value: object) -> str:
    """Return a value as the file has it; TOML has dates and times of its own."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()


def _allowed(error: ValidationError) -> str:
    schema = error.schema
    if error.validator == "type" and error.validator_value == "object":
        return "a group of settings"
    return schema.get("description") or _KINDS.get(schema.get("type"), "what is allowed here")


def untranslated(product: Mapping[str, Any], languages: Iterable[str]) -> Iterator[str]:
    """Give each text of a product, as ``products.json`` has it, that lacks a language."""
    for text in ("name", "description"):
        missing = [language for language in languages if language not in product[text]]
        if missing:
            yield f"{product['sku']}: {text} is missing in {', '.join(missing)}"


def _place(error: ValidationError) -> str:
    """Return where a value is: ``stages.dev.colours.accent`` or ``[1].unit_price``."""
    path = error.absolute_path
    parts = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{parts.removeprefix('.')}: " if parts else ""
