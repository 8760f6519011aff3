"""What is wrong with the texts of a shop: every language has to have all of them."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib import extensions
from chalicelib.adapters.shop_folder import LOCALES, TEXTS, UNSUBSCRIBE, ShopError
from chalicelib.domain.texts import LinkTexts, ReminderTexts
from infra.generate.locales import locales_json, plural_forms
from infra.shop import page_texts
from infra.shop.reading import read
from infra.shop.schemas import schema_of


def problems(
    folder: Path, languages: Sequence[str], currency: str, stages: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Give a sentence for each text that is missing or wrong.

    ``stages`` are the values of ``shop.toml`` on each stage, which name the reminders' files.
    """
    steps = (step for values in stages for step in values["reminders"])
    schemas = {step.get("texts", "reminder"): schema_of(ReminderTexts) for step in steps}
    schemas[UNSUBSCRIBE] = schema_of(LinkTexts)
    known = [language for language in languages if is_known(language)]
    added = list(extensions.members("texts", "SHOP_TEXTS"))
    for language in known:
        if not (folder / TEXTS / language).is_dir():
            yield f"{TEXTS}/{language}: the folder is missing; it holds the texts in {language}"
            continue
        for name, schema in schemas.items():
            file, found = f"{TEXTS}/{language}/{name}.toml", list[str]()
            texts = read(folder, file, tomllib.loads, schema, found)
            yield from found or _of_forms(file, texts, language)
        for name, kind in added:
            found = []
            read(folder, f"{TEXTS}/{language}/{name}.toml", tomllib.loads, schema_of(kind), found)
            yield from found
    yield from page_texts.problems(
        folder, [each for each in known if (folder / TEXTS / each).is_dir()]
    )
    if _is_outdated(folder / LOCALES, known, currency):
        yield f"{LOCALES}: it is for other languages or money; run `python -m infra configure`"


def is_known(language: str) -> bool:
    """Tell whether there is such a language in CLDR."""
    try:
        plural_forms(language)
    except ShopError:
        return False
    return True


def _of_forms(file: str, texts: dict[str, Any], language: str) -> Iterator[str]:
    """Look for plural forms that the language does not have, and for those that are missing."""
    forms = {*plural_forms(language), "other"}
    for name, text in texts.items():
        if not isinstance(text, dict) or "title" in text:
            continue
        for form in sorted(forms - text.keys()):
            yield f"{file}: {name}.{form} is missing"
        for form in sorted(text.keys() - forms):
            known = ", ".join(sorted(forms))
            yield f"{file}: {name}.{form} is not a plural form of {language}, which has {known}"


def _is_outdated(file: Path, languages: Sequence[str], currency: str) -> bool:
    try:
        return bool(
            json.loads(file.read_text(encoding="utf-8"))
            != json.loads(locales_json(languages, currency))
        )
    except (OSError, ValueError):
        return True
