"""Each example is an extension: copied into its place it runs, and keeps the rules for all.

What changes in the copy is its folder and what commands generate.
"""

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from tests.support import catalog
from tests.support.clones import NOT_IN_A_CLONE, ROOT

NAMES = sorted(file.parent.name for file in (ROOT / "examples").glob("*/template.yaml"))
RULES = ("tests/policies/test_templates.py", "tests/policies/test_policies.py")


def test_there_are_examples() -> None:
    assert {"crm", "journey", "most_wanted"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_where_extensions_are(tmp_path: Path, name: str) -> None:
    clone = copytree(ROOT, tmp_path / "cart", ignore=NOT_IN_A_CLONE)
    copytree(catalog.FOLDER, clone / "chalicelib" / "shop", dirs_exist_ok=True)
    copytree(ROOT / "examples" / name, clone / "chalicelib" / "extensions" / name)
    for command in (["infra", "configure"], ["infra", "docs"]):
        run(clone, *command)
    run(clone, "pytest", "-q", "-p", "no:cacheprovider", f"chalicelib/extensions/{name}", *RULES)


def run(clone: Path, *command: str) -> None:
    done = subprocess.run(  # noqa: S603 - a program of ours
        [sys.executable, "-m", *command], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
