"""Everything that is wrong with a shop's folder, all at once, before anything is changed.

Each problem names the file, the place in it, what is there and what is allowed.
"""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

import click
import msgspec
from babel.numbers import list_currencies

from chalicelib import extensions, wiring
from chalicelib.adapters.shop_folder import LOCAL, PICTURES, PRODUCTS, SETTINGS
from chalicelib.domain.addresses import is_mailable, split_display_name
from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.catalog import Product
from chalicelib.domain.durations import duration
from chalicelib.domain.reminder_policy import MAX_QUIET_MINUTES, QuietHours
from chalicelib.domain.shop import Shop
from chalicelib.settings import HTTP, REST, TABLE
from infra.shop import needs, texts
from infra.shop.reading import read, shown, untranslated
from infra.shop.schemas import schema_of, settings_schema

PRODUCT_TABLE: Final = extensions.FOLDER / "catalog_table"
"""The extension that keeps products in a table."""
_time_zones: Final = cache(available_timezones)

_DEFAULTS: Final = {setting.name: setting.default for setting in msgspec.structs.fields(Shop)}


def problems(folder: Path) -> list[str]:
    """Return a sentence for each thing that cannot work, none if all is well."""
    found: list[str] = []
    settings = read(folder, SETTINGS, tomllib.loads, settings_schema(), found)
    products = read(folder, PRODUCTS, json.loads, schema_of(list[Product]), found)
    if not found:
        stages = settings.get("stages", {})
        of_stages = [{**settings, **stages.get(stage, {})} for stage in (LOCAL, *stages)]
        for values in of_stages:
            found += (problem for problem in _of_values(values) if problem not in found)
        found += _of_languages(stages, settings["languages"])
        found += _of_products(folder, products, settings["languages"])
        found += _of_product_stages(products, tuple(dict.fromkeys((LOCAL, *stages))))
        found += texts.problems(folder, settings["languages"], settings["currency"], of_stages)
    found += needs.unmet(extensions.FOLDER)
    return found


def require_sound_shop() -> None:
    """Refuse a shop that cannot work.

    Raises:
        click.ClickException: everything that is wrong.
    """
    if found := problems(wiring.shop_folder()):
        raise click.ClickException("\n  ".join(["The shop cannot work like this:", *found]))


def _of_values(values: dict[str, Any]) -> Iterator[str]:
    """Look at what a schema cannot tell; ``values`` are those of one stage."""
    if values["currency"] not in list_currencies():
        yield _wrong("currency", values["currency"], "a currency of ISO 4217")
    if "identity" in values and values.get("api", REST) != HTTP:
        yield f'{SETTINGS}: identity: it needs `api = "http"`; a REST API takes no other tokens'
    if values["time_zone"] not in _time_zones():
        yield _wrong("time_zone", values["time_zone"], "an IANA time zone, such as Europe/Berlin")
    for name in ("sender", "reply_to", "support"):
        address = values.get(name)
        if address is not None and not is_mailable(split_display_name(address)[1]):
            yield _wrong(name, address, "an address that SES can mail, such as shop@example.com")
    if values.get("products") == TABLE and not PRODUCT_TABLE.is_dir():
        yield f'{SETTINGS}: products: "table" needs the folder chalicelib/extensions/catalog_table'
    yield from _of_reminders(values)


def _of_reminders(values: dict[str, Any]) -> Iterator[str]:
    window, lateness = (
        duration(values.get(name, _DEFAULTS[name])) for name in ("reminder_window", "max_lateness")
    )
    before = None
    for after in (step["after"] for step in values["reminders"]):
        if window + duration(after) + lateness >= LIFETIME:
            allowed = f"before a cart's changes expire ({LIFETIME.days} days)"
            yield _wrong("reminders", after, allowed)
        if before and duration(after) <= duration(before):
            yield _wrong("reminders", after, f"later than the step before it ({before})")
        before = after
    hours = values.get("quiet_hours")
    if hours and not 0 < QuietHours(hours["from"], hours["until"]).minutes <= MAX_QUIET_MINUTES:
        yield _wrong("quiet_hours", hours, f"from a minute to {MAX_QUIET_MINUTES // 60} hours")


def _of_languages(stages: dict[str, Any], languages: list[str]) -> Iterator[str]:
    for language in dict.fromkeys(languages):
        if languages.count(language) > 1:
            yield f"{SETTINGS}: languages: {language} stands there twice"
        if not texts.is_known(language):
            yield _wrong("languages", language, "a language that Unicode's CLDR knows")
    for stage, values in stages.items():
        for name in ("prefix", "languages", "currency"):
            if name in values:
                yield f"{SETTINGS}: stages.{stage}.{name}: it has to be the same on all stages"


def _wrong(name: str, value: object, allowed: str) -> str:
    return f"{SETTINGS}: {name}: {shown(value)} is not {allowed}"


def _of_products(folder: Path, products: list[Any], languages: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for product in products:
        sku = product["sku"]
        if sku in seen:
            yield f"{PRODUCTS}: {sku}: the SKU stands here twice"
        seen.add(sku)
        yield from (f"{PRODUCTS}: {line}" for line in untranslated(product, languages))
        image = product.get("image")
        if image and not image.startswith("https://") and not (folder / PICTURES / image).is_file():
            yield f"{PRODUCTS}: {sku}: there is no pictures/{image}"


def _of_product_stages(products: list[Any], stages: tuple[str, ...]) -> Iterator[str]:
    for product in products:
        for stage in product.get("stages") or ():
            if stage not in stages:
                known = ", ".join(stages)
                yield f"{PRODUCTS}: {product['sku']}: there is no stage {stage}, only {known}"
