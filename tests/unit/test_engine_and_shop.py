"""The engine names no product, price, currency or shop, and says nothing to shoppers itself."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.catalog import PRODUCTS, SHOP

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[2]
SUFFIXES = {".py", ".js", ".ts", ".html", ".txt", ".css", ".yaml", ".json", ".svg"}
NOT_THE_ENGINES = (
    ROOT / "chalicelib" / "shop",
    *(ROOT / "chalicelib" / "extensions").glob("*/tests"),
)


def engine() -> Iterator[Path]:
    """Yield each file that runs whatever the shop is."""
    yield ROOT / "app.py"
    for folder in ("chalicelib", "infra"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in SUFFIXES and not any(map(file.is_relative_to, NOT_THE_ENGINES)):
                yield file


FILES = list(engine())
PAGES = [file for file in FILES if file.suffix == ".html" and "local" not in file.parts]
MODULES = [file for file in FILES if file.suffix == ".py" and "chalicelib" in file.parts]
SCRIPTS = [file for file in FILES if file.suffix == ".js" and file.parent.name == "storefront"]


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


def words_of_a_shop() -> set[str]:
    """Return what only the shop of the tests, and the demo shop that it is made after, may name."""
    names = {name for product in PRODUCTS for name in product.name.values()}
    skus = {product.sku for product in PRODUCTS}
    prices = {f"{product.unit_price / 100:.2f}" for product in PRODUCTS}
    return {
        SHOP.name,
        SHOP.support,
        SHOP.sender,
        "€",
        *SHOP.postal_address[1:],
        *names,
        *skus,
        *prices,
    }


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_the_engine_names_nothing_of_a_shop(file: Path) -> None:
    text = file.read_text("utf-8").lower()
    assert {word for word in words_of_a_shop() if word.lower() in text} == set()
    assert not re.search(rf"\b{SHOP.currency.lower()}\b", text)


class Texts(HTMLParser):
    """Collects what a reader of a page gets to read, or to hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"style", "script"}
        self.found += [
            value or "" for name, value in attrs if name in {"aria-label", "alt", "title"}
        ]

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


@pytest.mark.parametrize("file", PAGES, ids=relative)
def test_a_page_says_only_what_is_put_into_it(file: Path) -> None:
    texts = Texts()
    texts.feed(file.read_text("utf-8"))
    said = [re.sub(r"\$\{?\w+\}?", "", text) for text in texts.found]
    assert [text for text in said if re.search(r"[^\W\d_]{2}", text)] == []


def literals(file: Path) -> Iterator[str]:
    """Yield the texts in a module's code, also parts of f-strings, but no docstrings."""
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


@pytest.mark.parametrize("file", MODULES, ids=relative)
def test_what_a_module_says_in_html_is_put_into_it(file: Path) -> None:
    """Whatever is between tags, or can be heard, is a placeholder."""
    for literal in literals(file):
        if re.search(r"</?[a-z]+[ >]", literal):
            texts = Texts()
            texts.feed(literal)
            said = [re.sub(r"\$\{?\w+\}?", "", text) for text in texts.found]
            assert [text for text in said if re.search(r"[^\W\d_]{2}", text)] == []


@pytest.mark.parametrize("file", SCRIPTS, ids=relative)
def test_a_script_of_the_page_holds_no_sentence(file: Path) -> None:
    code = re.sub(
        r"/\*.*?\*/|^\s*//[^\n]*$", "", file.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    literals = re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', code)
    sentences = re.compile(r"[A-Z][a-z]+ [a-z]+ [a-z]+|[a-z]+ [a-z]+ [a-z]+[.?!]")
    assert [text for pair in literals for text in pair if sentences.search(text)] == []


@pytest.mark.parametrize("html", ["<p>Pay</p>", '<form method="post"><b>Pay</b>', "Pay</p>"])
def test_a_word_in_html_is_found(html: str, tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(f"def page(due):\n    return f'{html}{{due}}'\n", "utf-8")
    with pytest.raises(AssertionError):
        test_what_a_module_says_in_html_is_put_into_it(file)


def test_there_are_such_pages_and_scripts() -> None:
    assert {file.name for file in PAGES} >= {"index.html", "notice_page.html"}
    assert len(SCRIPTS) > 5
