"""What the shop page says: complete in every language, and nowhere but in the shop's texts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import extensions
from chalicelib.adapters.shop_folder import TEXTS, PageTexts, read_page_texts
from chalicelib.domain.errors import CartError, PermanentError
from tests.support.catalog import FOLDER

pytestmark = pytest.mark.own_shop

CHALICELIB = Path(__file__).parents[3] / "chalicelib"
STOREFRONT = CHALICELIB / "storefront"
SHOPS = (FOLDER, CHALICELIB / "shop")
TRANSLATIONS = [(shop, path.name) for shop in SHOPS for path in sorted((shop / TEXTS).iterdir())]
SCRIPTS = "".join(path.read_text("utf-8") for path in STOREFRONT.glob("*.js"))
HTML = (STOREFRONT / "index.html").read_text("utf-8")
FILLED_IN = {"language", "locale", "messages", "shop", "support"}


def placeholders(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


def outline(texts: PageTexts) -> dict[str, set[str]]:
    """Return every key of a translation, with its placeholders."""
    return {key: placeholders(text) for key, text in (texts.page | texts.messages).items()}


@pytest.mark.parametrize(("shop", "language"), TRANSLATIONS)
def test_every_translation_has_the_same_texts_and_placeholders(shop, language):
    texts, others = read_page_texts(shop, language), read_page_texts(FOLDER, "en")
    assert (texts.page.keys(), texts.messages.keys()) == (
        others.page.keys(),
        others.messages.keys(),
    )
    assert outline(texts) == outline(others)


@pytest.mark.parametrize(("shop", "language"), TRANSLATIONS)
def test_every_plural_has_a_form_for_all_counts(shop, language):
    messages = read_page_texts(shop, language).messages.values()
    plurals = [text for text in messages if isinstance(text, dict)]
    assert plurals
    assert [text for text in plurals if "other" not in text] == []


def test_the_page_asks_for_each_of_its_texts_and_for_no_other():
    asked = set(re.findall(r"\$(\w+)", HTML))
    assert asked - FILLED_IN == read_page_texts(FOLDER, "en").page.keys()


def test_the_scripts_ask_for_each_message_and_for_no_other():
    messages = read_page_texts(FOLDER, "en").messages.keys()
    prefixes = tuple(re.findall(r"text\(`(\w+_)\$\{", SCRIPTS))
    assert len(prefixes) == 8
    quoted = set(re.findall(r'"(\w+)"', SCRIPTS))
    assert {key for key in messages if key not in quoted and not key.startswith(prefixes)} == set()
    asked = set(re.findall(r'[^#]text\("(\w+)"', SCRIPTS))
    assert len(asked) > 20
    assert asked <= messages


def kinds_of(error: type[CartError]) -> Iterator[type[CartError]]:
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


def test_there_are_words_for_refusals_that_the_api_knows():
    messages = read_page_texts(FOLDER, "en").messages
    assert list(extensions.modules("events"))  # which have errors of their own
    known = {kind.code for kind in kinds_of(PermanentError)} | {"retries_exhausted"}
    told = {key.removeprefix("error_") for key in messages if key.startswith("error_")}
    assert told
    assert told <= known


@pytest.mark.parametrize(
    "pattern",
    [
        r'"[A-Z][a-z]+ [a-z]+[^"]*"',  # a sentence in a script
        r">\s*[A-Za-z][a-z]+ [a-z]+",  # or in the page
        r"Leaf|Bean|EUR|€",
    ],
)
def test_the_engine_says_nothing_by_itself(pattern):
    code = re.sub(r"(?m)^\s*(/?\*|//).*$", "", SCRIPTS + HTML)
    assert re.findall(pattern, code) == []
