"""The shop's folder: ``shop.toml``, ``products.json`` and what belongs to them, read and checked.

Every error names the file, the place in it and what is allowed. Functions read what they need;
``python -m infra check`` looks at everything and lists all problems at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from chalicelib.domain.catalog import Product, ProductList
from chalicelib.domain.locales import Locale
from chalicelib.domain.shop import Shop

if TYPE_CHECKING:
    from chalicelib.domain.texts import LinkTexts, ReminderTexts

# ruff: noqa: PLC0415  a function that sends no mail must not load what reads and checks texts

SETTINGS: Final = "shop.toml"
PRODUCTS: Final = "products.json"
LOCALES: Final = "locales.json"
PICTURES: Final = "pictures"
TEXTS: Final = "texts"
UNSUBSCRIBE: Final = "unsubscribe"
"""The file of ``texts/<language>/`` with the words of the opt-out page, without ".toml"."""
PAGE_TEXTS: Final = "page.json"
LOCAL: Final = "local"
"""The stage of the local cloud, which every shop has."""


T = TypeVar("T")


class ShopError(Exception):
    """The shop's folder holds something that cannot work."""


class Texts:
    """What mails and pages say, read when it is first asked for, in the shop's languages.

    Each method raises a :class:`ShopError` if a text is missing or malformed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Any] = {}

    def reminder(self, language: str, name: str) -> "ReminderTexts":
        """Return what a reminder says; ``name`` is that of its file, without ".toml"."""
        from chalicelib.domain.texts import ReminderTexts

        return self.of(language, name, ReminderTexts)

    def consent(self, language: str) -> str:
        """Return what the page says beside the box by which somebody asks for reminders."""
        return read_page_texts(self._folder, language).page["remind_me"]

    def unsubscribe(self, language: str) -> "LinkTexts":
        """Return what the opt-out page says."""
        from chalicelib.domain.texts import LinkTexts

        return self.of(language, UNSUBSCRIBE, LinkTexts)

    def of(self, language: str, name: str, kind: type[T]) -> T:
        """Return what ``<name>.toml`` says."""
        file = f"{TEXTS}/{language}/{name}.toml"
        if file not in self._read:
            with _naming(file):
                self._read[file] = msgspec.convert(_parsed(self._folder, file), kind)
        texts: T = self._read[file]
        return texts


class PageTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the shop page says in one language.

    Attributes:
        page: what stands in the page; ``{shop}`` is the shop's name.
        messages: what its scripts say, with placeholders in braces: a text, or one for each
            plural category of CLDR, which ``{count}`` chooses.
    """

    page: dict[str, str]
    messages: dict[str, str | dict[str, str]]


def stages_of(folder: Path) -> tuple[str, ...]:
    """Return the stages that ``shop.toml`` names and can be deployed.

    Raises:
        ShopError: the file cannot be read.
    """
    return tuple(stage for stage in _parsed(folder, SETTINGS).get("stages", {}) if stage != LOCAL)


def read_shop(folder: Path, stage: str) -> Shop:
    """Return the shop as it is on one stage.

    Raises:
        ShopError: ``shop.toml`` does not know the stage, or a value is missing or malformed.
    """
    table = dict(_parsed(folder, SETTINGS))
    stages = table.pop("stages", {})
    if stage != LOCAL and stage not in stages:
        raise ShopError(f"{SETTINGS}: stages: there is no {stage!r}, only {', '.join(stages)}")
    with _naming(SETTINGS):
        return msgspec.convert({**table, **stages.get(stage, {})}, Shop)


def read_products(folder: Path) -> list[Product]:
    """Return the products, in the order of ``products.json``.

    Raises:
        ShopError: a product is malformed.
    """
    with _naming(PRODUCTS):
        return msgspec.json.decode((folder / PRODUCTS).read_bytes(), type=list[Product])


class _Entry(msgspec.Struct):
    """What tells products of the file apart; the rest is skipped, which takes a tenth."""

    sku: str
    stages: tuple[str, ...] | None = None


class FileCatalog(ProductList):
    """The products of ``products.json``, each read when it is first asked for."""

    def __init__(self, folder: Path, currency: str, stage: str) -> None:
        """Look which products there are.

        Raises:
            ShopError: the file cannot be read.
        """
        super().__init__((), currency, stage)
        with _naming(PRODUCTS):
            text = (folder / PRODUCTS).read_bytes()
            entries = msgspec.json.decode(text, type=list[_Entry])
            raw = msgspec.json.decode(text, type=list[msgspec.Raw])
        self._raw = {
            entry.sku: product
            for entry, product in zip(entries, raw, strict=True)
            if entry.stages is None or stage in entry.stages
        }

    def __iter__(self) -> Iterator[Product]:
        """Yield the products that are on sale."""
        return (product for product in self.find_all(self._raw).values() if not product.withdrawn)

    def _read(self, sku: str) -> Product | None:
        if sku not in self._raw:
            return None
        with _naming(f"{PRODUCTS}: {sku}"):
            self.put(msgspec.json.decode(self._raw[sku], type=Product))
        return self._products[sku]


def read_page_texts(folder: Path, language: str) -> PageTexts:
    """Return what the page says in a language.

    Raises:
        ShopError: the file is missing or malformed.
    """
    file = f"{TEXTS}/{language}/{PAGE_TEXTS}"
    with _naming(file):
        return msgspec.json.decode((folder / file).read_bytes(), type=PageTexts)


def read_locales(folder: Path) -> tuple[Locale, ...]:
    """Return how each of the shop's languages writes money and counts."""
    return msgspec.json.decode((folder / LOCALES).read_bytes(), type=tuple[Locale, ...])


def _parsed(folder: Path, file: str) -> Mapping[str, Any]:
    import tomllib

    with _naming(file):
        return tomllib.loads((folder / file).read_text(encoding="utf-8"))


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Say which place an error is about.

    Raises:
        ShopError: something there cannot be read, or is not what is allowed.
    """
    try:
        yield
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise ShopError(f"{place}: {error}") from error
