"""docs/add-a-consumer.md does what it says, word for word, in a copy of this project.

Its commands are taken from the page and run in one shell, and answer what the page says.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-consumer.md").read_text(encoding="utf-8")
START = "make run"
MARK = "--- command"

WRITTEN = {
    "chalicelib/most_wanted.py",
    ".chalice/policy-dev-count_wanted.json",
    ".chalice/policy-prod-count_wanted.json",
    "tests/end_to_end/test_most_wanted.py",
}
CHANGED = {
    "app.py",
    "infra/templates/subscriptions.yaml",
    ".chalice/config.json",
    "docs/events.md",
}
"""Where consumers are listed; nothing else that was there is touched."""

NOT_IN_A_CLONE = ignore_patterns(
    ".git", ".venv", "build", "deployed", "deployments", ".*_cache", "__pycache__", ".hypothesis"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Give the page's commands with what they answer; "" for what it does not tell."""
    parts = re.split(r"^\$ ", "".join(blocks("console")), flags=re.MULTILINE)[1:]
    return [(command, answer) for command, _, answer in (part.partition("\n") for part in parts)]


def before_and_after_the_start() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    found = commands()
    start = [command for command, _ in found].index(START)
    return found[:start], found[start + 1 :]


def run(folder: Path, wanted: list[tuple[str, str]], **replaced: tuple[str, str]) -> None:
    """Run commands one after the other in one shell, and compare their answers."""
    script = "\n".join(f"{command}\necho '{MARK}'" for command, _ in wanted)
    for old, new in replaced.values():
        assert old in script
        script = script.replace(old, new)
    done = subprocess.run(  # noqa: S603 - what the page tells everybody to run
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.split(f"{MARK}\n")
    for (command, answer), got in zip(wanted, answers, strict=False):
        if answer.strip():
            assert got.strip() == answer.strip(), command


def edit(file: Path, difference: str) -> None:
    """Do to a file what a block of the page shows: lines with + are new, the others are there."""
    lines = difference.splitlines()
    there = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines)
    text = file.read_text(encoding="utf-8")
    assert text.count(there) == 1, there
    file.write_text(text.replace(there, after), encoding="utf-8")


@contextmanager
def local_cloud(folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "infra", "local"],
        cwd=folder,
        env={**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = []
        for line in process.stdout or ():
            told.append(line)
            if line.startswith("Stop with"):
                break
        assert told[-1].startswith("Stop with"), "".join(told)
        yield int(port)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = copytree(ROOT, tmp_path / "cart", ignore=NOT_IN_A_CLONE)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def test_the_page_can_be_followed_word_for_word(clone: Path) -> None:
    before = dict(files_of(clone))
    files, live = before_and_after_the_start()
    for difference in blocks("diff"):
        edit(clone / "app.py", difference)
    run(clone, files)
    after = dict(files_of(clone))
    assert after.keys() - before.keys() == WRITTEN
    assert {name for name in before if after[name] != before[name]} == CHANGED
    with local_cloud(clone) as port:
        run(clone, live, port=(":8000", f":{port}"))


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files of a project that a consumer could have to do with, and what they hold."""
    for part in ("app.py", "chalicelib", "infra", ".chalice", "docs", "tests/end_to_end"):
        for file in [folder / part, *(folder / part).rglob("*")]:
            hidden = {"__pycache__", "deployed", "deployments"} & set(file.parts)
            if file.is_file() and not hidden:
                yield str(file.relative_to(folder)), file.read_bytes()
