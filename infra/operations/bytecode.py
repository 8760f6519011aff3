"""Bytecode for the package, so that no cold start has to compile the code.

Chalice packs none, and Lambda's file system is read-only, so every new execution environment
would compile everything that it imports. The bytecode is of the kind that Python takes without
looking at the source: what it looks at, the source's time, is 1980 for each file of the package.
It is made from the very files that are packed, while they are packed, so that it cannot be of
older ones. A runtime of another minor version does not look for it.
"""

import importlib.util
import os
import py_compile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import BaseLambdaDeploymentPackager as Packager

SWITCH: Final = "PACKAGE_BYTECODE"
"""The environment variable that, set to ``no``, leaves bytecode out."""

_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o644 << 16

_add_app_files: Final = Packager._add_app_files  # noqa: SLF001 - Chalice has no hook for it
_add_py_deps: Final = Packager._add_py_deps  # noqa: SLF001


def pack_too() -> None:
    """Have Chalice pack bytecode beside the sources, unless it is switched off."""
    if os.environ.get(SWITCH, "yes") != "no":
        Packager._add_app_files = add_app_files  # type: ignore[assignment, method-assign] # noqa: SLF001
        Packager._add_py_deps = add_py_deps  # type: ignore[assignment, method-assign] # noqa: SLF001


def add_app_files(packager: Packager, zipped: ZipFile, project_dir: str) -> None:
    """Pack the app, and Chalice, with their bytecode."""
    _add_app_files(packager, zipped, project_dir)
    for source, name in packager._iter_app_filenames(project_dir):  # noqa: SLF001
        # app.py is a few lines only, and Chalice replaces it by itself where it reuses a package.
        if "/" in name:
            _add(zipped, source, name)


def add_py_deps(packager: Packager, zipped: ZipFile, deps_dir: str, prefix: str = "") -> None:
    """Pack the libraries with their bytecode."""
    _add_py_deps(packager, zipped, deps_dir, prefix)
    for source in _sources(Path(deps_dir)):
        name = source.relative_to(deps_dir)
        if name.parts[0] != "chalice":
            _add(zipped, str(source), str(Path(prefix) / name))


def _sources(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.py"))


def _add(zipped: ZipFile, source: str, name: str) -> None:
    """Pack the bytecode of a source file that is in the package under this name."""
    if not name.endswith(".py"):
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bytecode"
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(source, str(file), dfile=name, doraise=True, invalidation_mode=mode)
        content = file.read_bytes()
    info = ZipInfo(importlib.util.cache_from_source(name), _TIME)
    info.external_attr = _READABLE
    zipped.writestr(info, content, ZIP_DEFLATED)
