"""Counts the lines that each addition changes outside of its folder and of generated files.

``make additions``: an extension is taken out of a copy of the project, with those that build on it,
and put back; an example is put in and taken out. Without it the rules for templates and policies
hold as well. Words that a shop says in its own ``texts/`` are the shop's.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[1]
EXTENSIONS: Final = Path("chalicelib", "extensions")
EXAMPLES: Final = Path("examples")
GENERATED: Final = (
    *(".chalice/", "docs/events.md", "docs/asyncapi.json", "docs/schemas/"),
    "docs/images/architecture.svg",
)
TESTS: Final = (
    *("tests/unit/test_app.py", "tests/policies/test_templates.py"),
    *("tests/policies/test_policies.py", "tests/end_to_end/test_buy_and_forget.py"),
)


def main(wanted: list[str]) -> int:
    """Print the table, of the ``wanted`` stories or of all; return 1 if one is not 0."""
    stories = {one.name: one for one in _folders() if not wanted or one.name in wanted}
    print(f"{'story':<16}{'lines of its own':>18}{'lines changed elsewhere':>26}")  # noqa: T201
    worst = 0
    for name, folder in sorted(stories.items()):
        changed = _changed_by(folder)
        print(f"{name:<16}{_size_of(folder):>18}{changed:>26}", flush=True)  # noqa: T201
        worst = max(worst, changed)
    return int(worst > 0)


def _folders() -> Iterator[Path]:
    yield from (file.parent for file in (ROOT / EXTENSIONS).glob("*/README.md"))
    yield from (file.parent for file in (ROOT / EXAMPLES).glob("*/template.yaml"))


def _changed_by(folder: Path) -> int:
    """Return how many lines differ with an addition, and without it again."""
    with TemporaryDirectory() as place:
        copy, target = Path(place, "project"), EXTENSIONS / folder.name
        for file in _run(ROOT, "git", "ls-files").splitlines():
            if (ROOT / file).exists():
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                (copy / file).write_bytes((ROOT / file).read_bytes())
        if folder.parent.name == EXTENSIONS.name:
            for each in _with_all_built_on({folder}):
                rmtree(copy / EXTENSIONS / each.name)
            _generate(copy)
        _run(copy, "git", "init", "-q")
        _run(copy, "git", "add", "-A", "-f")
        _run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
        copytree(folder, copy / target)
        _generate(copy)
        changed = _changed_lines(copy, target)
        rmtree(copy / target)
        _generate(copy)
        return changed + _changed_lines(copy, target)


def _with_all_built_on(folders: set[Path]) -> set[Path]:
    """Return extensions with those that need them, directly or not."""
    more = folders.union(*map(_built_on, folders))
    return more if more == folders else _with_all_built_on(more)


def _built_on(folder: Path) -> set[Path]:
    """Return the extensions that import another one, or whose rules name its events."""
    events = folder / "events.py"
    declared = re.findall(r"(?m)^class (\w+)\(", events.read_text()) if events.exists() else []
    names = "|".join([rf"extensions\.{folder.name}\b", *(rf"\b{name}\b" for name in declared)])
    return {
        file.parent
        for pattern in ("*/*.py", "*/template.yaml")
        for file in (ROOT / EXTENSIONS).glob(pattern)
        if file.parent != folder and re.search(names, file.read_text("utf-8"))
    }


def _size_of(folder: Path) -> int:
    files = [*folder.glob("*.py"), *folder.glob("template.yaml")]
    return sum(len(file.read_text("utf-8").splitlines()) for file in files)


def _generate(project: Path) -> None:
    for command in ("configure", "docs"):
        _run(project, sys.executable, "-m", "infra", command)


def _changed_lines(project: Path, target: Path) -> int:
    own = (*GENERATED, f"{target}/")
    rows = [row.split("\t") for row in _run(project, "git", "diff", "--numstat").splitlines()]
    return sum(
        int(added) + int(removed) for added, removed, file in rows if not file.startswith(own)
    )


def _run(project: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
