"""Everything that is wrong with a shop's folder, all at once, before anything is changed.

Each problem names the file, the place in it, what is there and what is allowed.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from chalicelib.adapters.shop_folder import LOCAL, PICTURES, PRODUCTS, SETTINGS
from chalicelib.domain.addresses import is_mailable, split_display_name
from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.durations import duration
from infra.shop.schemas import Schema, products_schema, settings_schema

Read = Callable[[str], Any]


def problems(folder: Path) -> list[str]:
    """Return a sentence for each thing that cannot work, none if all is well."""
    found: list[str] = []
    settings = _read(folder / SETTINGS, tomllib.loads, settings_schema(), found)
    products = _read(folder / PRODUCTS, json.loads, products_schema(), found)
    if not found:
        languages = settings["languages"]
        for stage in (LOCAL, *settings.get("stages", {})):
            values = {**settings, **settings.get("stages", {}).get(stage, {})}
            found += (problem for problem in _of_values(values) if problem not in found)
        found += _of_products(folder, products, languages)
    return found


def _read(file: Path, parse: Read, schema: Schema, found: list[str]) -> Any:
    """Return what a file holds; add what is wrong with it, as far as its schema tells."""
    try:
        values = parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found.append(f"{file.name}: the file is missing")
        return None
    except ValueError as error:
        found.append(f"{file.name}: {error}")
        return None
    errors = Draft202012Validator(schema).iter_errors(values)
    found += (f"{file.name}: {line}" for error in errors for line in _described(error))
    return values


def _described(error: ValidationError) -> Iterator[str]:
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
            yield from _described(max(error.context, key=lambda each: len(each.path)))
        case _:
            allowed = error.schema.get("description") or f"allowed: {error.message}"
            yield f"{place}{json.dumps(error.instance, ensure_ascii=False)} is not {allowed}"


def _place(error: ValidationError) -> str:
    """Return where a value is: ``stages.dev.colours.accent`` or ``MUG-1.unit_price``."""
    parts = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error.path)
    return f"{parts.removeprefix('.')}: " if parts else ""


def _of_values(values: dict[str, Any]) -> Iterator[str]:
    """Look at what a schema cannot tell; ``values`` are those of one stage."""
    if values["currency"] not in list_currencies():
        yield _wrong("currency", values["currency"], "a currency of ISO 4217, such as EUR")
    if values["time_zone"] not in available_timezones():
        yield _wrong("time_zone", values["time_zone"], "an IANA time zone, such as Europe/Berlin")
    for name in ("sender", "reply_to", "support"):
        address = values.get(name)
        if address is not None and not is_mailable(split_display_name(address)[1]):
            yield _wrong(name, address, "an address that SES can mail, such as shop@example.com")
    delays = [duration(step["after"]) for step in values["reminders"]]
    window = duration(values.get("reminder_window", "1h"))
    for step, delay in zip(values["reminders"], delays, strict=True):
        if window + delay >= LIFETIME:
            yield _wrong(
                "reminders", step["after"], f"before a cart's changes expire ({LIFETIME.days} days)"
            )
    if any(later <= earlier for earlier, later in pairwise(delays)):
        yield f"{SETTINGS}: reminders: each has to come after the one before it"


def _wrong(name: str, value: str, allowed: str) -> str:
    return f"{SETTINGS}: {name}: {json.dumps(value, ensure_ascii=False)} is not {allowed}"


def _of_products(folder: Path, products: list[Any], languages: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for product in products:
        sku = product["sku"]
        if sku in seen:
            yield f"{PRODUCTS}: {sku}: the SKU stands here twice"
        seen.add(sku)
        for text in ("name", "description"):
            missing = [language for language in languages if language not in product[text]]
            if missing:
                yield f"{PRODUCTS}: {sku}: {text} is missing in {', '.join(missing)}"
        image = product.get("image")
        if image and not image.startswith("https://") and not (folder / PICTURES / image).is_file():
            yield f"{PRODUCTS}: {sku}: there is no pictures/{image}"
