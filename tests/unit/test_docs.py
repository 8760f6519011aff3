"""What the documentation says is there is there: files, links, tests, commands, decisions."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from infra.operations.deploy import deployment

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "bench").glob("*.md"),
        *(ROOT / "tests").rglob("README.md"),
    ]
)
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

PACKAGED = {"chalicelib/aws_models/", "chalicelib/amazon_roots.pem"}
"""What the packaging step adds, and no clone has."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links_of(page: Path) -> Iterator[tuple[str, str]]:
    """Give the path and the anchor of each link that leads to somewhere in this repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if "://" not in target:
            path, _, anchor = unquote(target).partition("#")
            yield path, anchor


@pages
def test_every_link_leads_somewhere(page):
    for path, anchor in links_of(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors_of(target), f"{path}#{anchor}"


@pages
def test_every_file_that_is_named_exists(page):
    folders = "chalicelib|infra|tests|docs|bench|examples|requirements"
    for name in re.findall(rf"`((?:{folders})/[\w./-]+)`", prose_of(page)):
        assert name in PACKAGED or (ROOT / name).exists(), name


@pages
def test_every_test_that_is_named_exists(page):
    sources = "\n".join(text_of(test) for test in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(?:[\w/]+\.py::)?(test_\w+|Test[A-Z]\w+)`", prose_of(page))
    for name in named:
        assert re.search(rf"(?:def|class) {name}\b", sources), name


@pages
def test_every_command_of_make_that_is_named_exists(page):
    for line in re.findall(r"(?:`|\$ (?:PORT=\d+ )?)make ((?:[a-z-]+ ?)+)", text_of(page)):
        assert set(line.split()) <= TARGETS | {"test"}, line


def test_each_of_a_newcomers_ten_questions_has_one_file_as_its_answer():
    section = CONTRIBUTING.partition("## Ten questions, ten files")[2].partition("\n## ")[0]
    answers = re.findall(r"^\| [^|]+\? \| `([^`|]+)` \|$", section, re.MULTILINE)
    assert len(answers) == len(set(answers)) == 10
    assert [answer for answer in answers if not (ROOT / answer).is_file()] == []


def test_contributing_names_every_command_of_make():
    named = set(re.findall(r"^\| `make ([a-z-]+)` \|", CONTRIBUTING, re.MULTILINE))
    assert named == TARGETS - {"help"}


def test_decisions_have_distinct_numbers_and_are_titled_with_them():
    numbers = Counter(decision.name[:4] for decision in DECISIONS)
    assert [number for number, count in numbers.items() if count > 1] == []
    for decision in DECISIONS:
        assert text_of(decision).startswith(f"# {int(decision.name[:4])}. "), decision.name


def test_the_index_lists_every_decision_and_explains_every_missing_number():
    index = text_of(ROOT / "docs" / "decisions" / "README.md")
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", index, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    linked = {name for _, row in rows for name in re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", row)}
    assert linked == {decision.name for decision in DECISIONS}


def test_every_page_of_docs_is_in_the_navigation_of_the_site():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    for page in (ROOT / "docs").glob("*.md"):
        assert f": {page.name}\n" in navigation, page.name


@pages
def test_python_that_is_shown_is_python_of_the_code(page):
    code = "\n".join(
        text_of(module)
        for folder in ("chalicelib", "infra", "examples")
        for module in (ROOT / folder).rglob("*.py")
    )
    for block in re.findall(r"^```python\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL):
        assert block in code, block


def test_the_steps_of_a_deployment_are_shown_as_they_are_printed():
    shown = re.findall(r"Step (\d) of (\d): (.+)", text_of(ROOT / "docs" / "operations.md"))
    titles = [title for title, _ in deployment.STEPS]
    assert shown == [(str(i), str(len(titles)), title) for i, title in enumerate(titles, 1)]


def test_every_page_that_the_code_refers_to_exists():
    for module in (*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("infra/**/*.py")):
        for name in re.findall(r"\bdocs/[\w./-]+\.md\b", text_of(module)):
            assert (ROOT / name).exists(), f"{module.relative_to(ROOT)}: {name}"


def test_the_changelog_tells_of_the_version_that_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    released = re.findall(
        r"^## \[(\d[\d.]*)\] - \d{4}-\d\d-\d\d$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE
    )
    assert released[0] == project["version"]
