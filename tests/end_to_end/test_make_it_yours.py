"""docs/make-it-yours.md does what it says, word for word, in a copy of this project.

The copy begins with the shop of the tests, for somebody may have replaced the demo shop already.
"""

import sys
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from infra.shop.check import problems
from tests.end_to_end.test_add_a_consumer import START, files_of
from tests.support.catalog import FOLDER
from tests.support.clones import NOT_IN_A_CLONE
from tests.support.page import blocks, commands, local_cloud, run
from tests.support.shops import changed_shop

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "make-it-yours.md").read_text(encoding="utf-8")
SHOP = "chalicelib/shop"
DERIVED = {".chalice/config.json", f"{SHOP}/locales.json"}


def files_of_the_page() -> dict[str, str]:
    """Return the files that the page has its reader write."""
    settings, reminder, *_ = blocks(PAGE, "toml")
    [products] = blocks(PAGE, "json")
    return {
        f"{SHOP}/shop.toml": settings,
        f"{SHOP}/products.json": products,
        f"{SHOP}/texts/fr/reminder.toml": reminder,
    }


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = copytree(ROOT, tmp_path / "cart", ignore=NOT_IN_A_CLONE)
    (folder / ".venv").symlink_to(sys.prefix)
    rmtree(folder / SHOP)
    copytree(FOLDER, folder / SHOP)
    return folder


def test_the_page_can_be_followed_word_for_word(clone: Path) -> None:
    before = dict(files_of(clone))
    found = commands(PAGE)
    start = [command for command, _ in found].index(START)
    copying, configuring = found[:2], found[2:start]
    run(clone, copying)
    for name, text in files_of_the_page().items():
        assert f"/{Path(name).name}`" in PAGE
        (clone / name).write_text(text, encoding="utf-8")
    run(clone, configuring)
    after = dict(files_of(clone))
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    elsewhere = {name for name in changed - DERIVED if not name.startswith(f"{SHOP}/")}
    assert {name for name in elsewhere if not name.startswith(".chalice/policy-")} == set()
    with local_cloud(clone) as port:
        run(clone, found[start + 1 :], port=(":8000", f":{port}"))


def test_the_identity_provider_of_the_page_is_one_that_can_work(tmp_path: Path) -> None:
    [identity] = [block for block in blocks(PAGE, "toml") if "[identity]" in block]
    assert problems(changed_shop(tmp_path, ("[[reminders]]", f"{identity}\n[[reminders]]"))) == []
