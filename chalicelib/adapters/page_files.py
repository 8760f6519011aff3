"""The files of the shop page, with the shop's name, texts, colours and pictures filled in."""

import re
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Final

import msgspec

from chalicelib.adapters.shop_folder import PICTURES, read_locales, read_page_texts
from chalicelib.domain.colours import palette
from chalicelib.domain.shop import Colours, Shop

PAGE: Final = "index.html"
STYLE: Final = "shop.css"
ICON: Final = "icon.svg"

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

_FOLDER: Final = Path(__file__).parents[1] / "storefront"
_PICTURE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}\.svg")

_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)$", re.MULTILINE | re.DOTALL)
"""A comment of a script or a style sheet that is all that its lines hold."""

_VARIABLES: Final = {
    "paper": "background",
    "card": "card",
    "ink": "ink",
    "muted": "soft",
    "rule": "rule",
    "tea": "accent",
    "on-tea": "on_accent",
}
"""The style sheet's variables, and the colour of the shop that each has."""


class Asset(msgspec.Struct, frozen=True):
    """A file of the page as it is sent."""

    text: str
    content_type: str
    etag: str


def asset(text: str, suffix: str) -> Asset:
    """Return a text as a file whose name ends with ``suffix``, such as ".js"."""
    etag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
    return Asset(text, TYPES[suffix], etag)


class PageFiles:
    """The files of one shop's page, each read when it is first asked for."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        """Fill in what ``shop`` and its ``folder`` say."""
        self._shop = shop
        self._folder = folder
        self._made: dict[tuple[str, str], Asset] = {}

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The names of the page's JavaScript modules."""
        return tuple(sorted(name for name in self._names if name.endswith(".js")))

    def page(self, language: str) -> Asset:
        """Return the page in one of the shop's languages.

        Raises:
            ShopError: a text is missing or malformed.
        """
        return self._once("page", language, lambda: asset(self._filled(language), ".html"))

    def file(self, name: str) -> Asset | None:
        """Return a style sheet, a script or an image of the page, None if there is no such file."""
        if name == ICON and (self._folder / PICTURES / ICON).is_file():
            return self.picture(ICON)
        path = _FOLDER / name
        if path.suffix not in {".css", ".js", ".svg"} or name not in self._names:
            return None
        return self._once("file", name, lambda: asset(self._sent(path), path.suffix))

    def picture(self, name: str) -> Asset | None:
        """Return one of the shop's own pictures, None if there is no such file."""
        path = self._folder / PICTURES / name
        if not _PICTURE.fullmatch(name) or not path.is_file():
            return None
        return self._once("picture", name, lambda: asset(path.read_text("utf-8"), path.suffix))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(path.name for path in _FOLDER.iterdir())

    def _once(self, kind: str, name: str, make: Callable[[], Asset]) -> Asset:
        if (kind, name) not in self._made:
            self._made[kind, name] = make()
        return self._made[kind, name]

    def _filled(self, language: str) -> str:
        texts = read_page_texts(self._folder, language)
        shop, support = self._shop.name, self._shop.support
        words = {name: text.replace("{shop}", shop) for name, text in texts.page.items()}
        words |= {"shop": shop, "support": support, "language": language}
        # What stands between tags and in no attribute can keep its quotes: JSON is full of them.
        data = {
            "messages": escape(msgspec.json.encode(texts.messages).decode(), quote=False),
            "locale": escape(self._locale(language), quote=False),
        }
        html = Template((_FOLDER / PAGE).read_text("utf-8"))
        return html.substitute({name: escape(value) for name, value in words.items()} | data)

    def _locale(self, language: str) -> str:
        """Return as JSON how the language writes amounts; browsers know the plural forms."""
        [locale] = [each for each in read_locales(self._folder) if each.language == language]
        facts = msgspec.structs.asdict(locale)
        del facts["plurals"]
        return msgspec.json.encode(facts).decode()

    def _sent(self, path: Path) -> str:
        text = path.read_text("utf-8")
        if path.suffix not in {".css", ".js"}:
            return text
        # A quarter of it are comments; every line keeps its number.
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
        return _colours(self._shop.colours) + text if path.name == STYLE else text


def _colours(colours: Colours) -> str:
    """Return the shop's colours as variables of the style sheet, for light and dark pages."""
    light = palette(colours.background, colours.accent)._asdict()
    dark = palette(colours.background_dark, colours.accent_dark)._asdict()
    pairs = (
        f"--{variable}:light-dark({light[name]},{dark[name]})"
        for variable, name in _VARIABLES.items()
    )
    return f":root{{{';'.join(pairs)}}}\n"
