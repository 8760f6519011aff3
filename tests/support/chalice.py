"""``.chalice/`` as it is with the shop of the tests, whatever the project's own shop is."""

import atexit
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from tempfile import mkdtemp
from typing import Final

from app import app
from infra.generate import chalice_files
from tests.support.catalog import FOLDER

ROOT: Final = Path(__file__).parents[2]
CONSUMERS: Final = [function.name for function in app.pure_lambda_functions]


def _project() -> Path:
    """Make a project of links to this one, with a folder ``.chalice/`` of its own."""
    project = Path(mkdtemp(prefix="cart-tests-"))
    atexit.register(rmtree, project, ignore_errors=True)
    for name in ("app.py", "chalicelib", "infra", "pyproject.toml", "requirements.txt"):
        (project / name).symlink_to(ROOT / name)
    others = ignore_patterns("policy-*", "deployed", "deployments")
    folder = copytree(ROOT / ".chalice", project / ".chalice", ignore=others)
    chalice_files.write(folder, FOLDER, CONSUMERS)
    return project


def written() -> dict[Path, str]:
    """Return what the files would hold if they were written now."""
    return chalice_files.written(CHALICE, FOLDER, CONSUMERS)


PROJECT: Final = _project()
CHALICE: Final = PROJECT / ".chalice"
