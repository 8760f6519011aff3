"""docs/add-a-consumer.md does what it says, word for word, in a copy of this project.

Its commands are taken from the page and run in one shell, and answer what the page says.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.support import catalog
from tests.support.clones import NOT_IN_A_CLONE
from tests.support.page import Command, commands, local_cloud, run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-consumer.md").read_text(encoding="utf-8")
START = "make run"

EXAMPLE = ROOT / "examples" / "most_wanted"
FILES = {str(file.relative_to(EXAMPLE)) for file in EXAMPLE.rglob("*.*") if file.suffix != ".pyc"}

WRITTEN = {
    *(f"chalicelib/extensions/most_wanted/{name}" for name in FILES),
    ".chalice/policy-dev-count_wanted.json",
    ".chalice/policy-prod-count_wanted.json",
}
GENERATED = {
    *(".chalice/config.json", "docs/asyncapi.json", "docs/events.md"),
    "docs/images/architecture.svg",
}
"""What commands write; nothing else that was there changes."""


def before_and_after_the_start() -> tuple[list[Command], list[Command]]:
    found = commands(PAGE)
    start = [command for command, _ in found].index(START)
    return found[:start], found[start + 1 :]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = copytree(ROOT, tmp_path / "cart", ignore=NOT_IN_A_CLONE)
    (folder / ".venv").symlink_to(sys.prefix)
    copytree(catalog.FOLDER, folder / "chalicelib" / "shop", dirs_exist_ok=True)
    run(folder, [(".venv/bin/python -m infra configure", "")])
    return folder


def test_the_page_can_be_followed_word_for_word(clone: Path) -> None:
    before = dict(files_of(clone))
    files, live = before_and_after_the_start()
    run(clone, files)
    after = dict(files_of(clone))
    assert after.keys() - before.keys() == WRITTEN
    assert {name for name in before if after[name] != before[name]} == GENERATED
    with local_cloud(clone) as port:
        run(clone, live, port=(":8000", f":{port}"))


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of a project that a consumer could have to do with, and what they hold."""
    for part in ("app.py", "chalicelib", "infra", ".chalice", "docs", "tests/end_to_end"):
        for file in [folder / part, *(folder / part).rglob("*")]:
            hidden = {"__pycache__", "deployed", "deployments"} & set(file.parts)
            if file.is_file() and not hidden:
                yield str(file.relative_to(folder)), file.read_bytes()
