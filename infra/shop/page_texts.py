"""What is wrong with the texts of the shop page, ``texts/<language>/page.json``.

Which texts there are follows from the page itself: ``index.html`` names what stands in it, and the
scripts name their messages, some by what they begin with.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import msgspec

from chalicelib.adapters.shop_folder import PAGE_TEXTS, TEXTS, PageTexts
from infra.shop.reading import read
from infra.shop.schemas import ROOT, schema_of

_PAGE: Final = ROOT / "chalicelib" / "storefront"
_FILLED: Final = frozenset({"shop", "support", "language", "locale", "messages"})
"""What the engine puts into the page itself."""
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def problems(folder: Path, languages: Sequence[str]) -> Iterator[str]:
    """Give a sentence for each text that is missing, unknown or cannot be filled."""
    texts: dict[str, PageTexts] = {}
    for language in languages:
        name, found = f"{TEXTS}/{language}/{PAGE_TEXTS}", list[str]()
        values = read(folder, name, json.loads, schema_of(PageTexts), found)
        yield from found
        if not found:
            texts[name] = msgspec.convert(values, PageTexts)
    messages = set(_messages()).union(*(_known(each.messages) for each in texts.values()))
    for name, each in texts.items():
        yield from _of_keys(f"{name}: page", each.page, _stands_in_page())
        yield from _of_keys(f"{name}: messages", each.messages, messages)
        for key, text in each.page.items():
            yield from _of_placeholders(f"{name}: page.{key}", text, {"shop"})
        for key, message in each.messages.items():
            yield from _of_placeholders(f"{name}: messages.{key}", message, _values())
            if isinstance(message, dict) and "other" not in message:
                yield f"{name}: messages.{key}.other is missing"


def _of_keys(place: str, texts: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for key in sorted(known - texts.keys()):
        yield f"{place}.{key} is missing"
    for key in sorted(texts.keys() - known):
        meant = get_close_matches(key, known, 1)
        hint = f"; did you mean {meant[0]}?" if meant else ""
        yield f"{place}.{key} is not a text of the page{hint}"


def _of_placeholders(place: str, text: Any, known: set[str]) -> Iterator[str]:
    for name in sorted(_names(text) - known):
        allowed = ", ".join(f"{{{each}}}" for each in sorted(known))
        yield f"{place}: {{{name}}} is not a placeholder there; known are {allowed}"


def _names(text: str | Mapping[str, str]) -> set[str]:
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for name in _PLACEHOLDER.findall(form)}


def _stands_in_page() -> set[str]:
    html = Template((_PAGE / "index.html").read_text("utf-8"))
    return set(html.get_identifiers()) - _FILLED


@cache
def _scripts() -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted(_PAGE.glob("*.js")))


def _messages() -> list[str]:
    """Return the messages that the scripts name in full where they ask for them."""
    return re.findall(r'(?<![#.\w])text\("(\w+)"', _scripts())


@cache
def _values() -> set[str]:
    """Return the names of all values that the scripts fill in."""
    calls = (line for line in _scripts().splitlines() if "text(" in line)
    given = (each for line in calls for each in re.findall(r"\{ ([^{}]+) \}", line))
    return {name for each in given for name in re.findall(r"(?:^|, )(\w+)", each)}


def _known(messages: Mapping[str, Any]) -> set[str]:
    """Return those messages that the scripts name anywhere, or the beginning of which they name."""
    beginnings = tuple(re.findall(r"\btext\(`(\w+)\$", _scripts()))
    return {key for key in messages if key.startswith(beginnings) or f'"{key}"' in _scripts()}
