"""Takes each extension out of a copy of the project and puts it back, and counts what it changes.

``make additions``: an addition is its folder, and changes no other file but those that commands
generate. Without it the rules for templates and policies hold as well.
"""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[1]
EXTENSIONS: Final = Path("chalicelib", "extensions")
GENERATED: Final = (".chalice/", "docs/events.md", "docs/schemas/", "docs/images/architecture.svg")
TESTS: Final = (
    *("tests/unit/test_app.py", "tests/policies/test_templates.py"),
    *("tests/policies/test_policies.py", "tests/end_to_end/test_buy_and_forget.py"),
)


def main() -> int:
    """Check every extension; return 1 if one of them changes more than its folder."""
    names = sorted(file.parent.name for file in (ROOT / EXTENSIONS).glob("*/__init__.py"))
    lines = {name: _changed_by(name) for name in names}
    for name, count in lines.items():
        print(f"{name}: {count} lines differ outside of its folder and of generated files")  # noqa: T201
    return int(any(lines.values()))


def _changed_by(name: str) -> int:
    """Return how many lines differ without an extension, and with it again."""
    with TemporaryDirectory() as place:
        copy = Path(place, "project")
        files = _run(ROOT, "git", "ls-files").splitlines()
        for file in files:
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            (copy / file).write_bytes((ROOT / file).read_bytes())
        _run(copy, "git", "init", "-q")
        _run(copy, "git", "add", "-A", "-f")
        rmtree(copy / EXTENSIONS / name)
        _generate(copy)
        _run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
        changed = _changed_lines(copy, name)
        copytree(ROOT / EXTENSIONS / name, copy / EXTENSIONS / name)
        _generate(copy)
        return changed + _changed_lines(copy, name)


def _generate(project: Path) -> None:
    for command in ("configure", "docs"):
        _run(project, sys.executable, "-m", "infra", command)


def _changed_lines(project: Path, name: str) -> int:
    own = (*GENERATED, f"{EXTENSIONS}/{name}/")
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
    sys.exit(main())
