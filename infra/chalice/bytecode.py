"""Bytecode in the package, in place of sources, so that no cold start has to compile the code.

Chalice packs sources only, and Lambda's file system is read-only, so every new execution
environment would compile everything that it imports. What is packed here is what Python loads
where there is no source: ``chalicelib/clock.pyc`` and no ``chalicelib/clock.py``. It is made from
the very files that Chalice has packed, so that it cannot be of older ones.

A runtime of another minor version of Python cannot load it, but could not load msgspec either,
which is compiled for one, too. Why, and what it saves: docs/decisions/, 15.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import LambdaDeploymentPackager as Packager

SWITCH: Final = "PACKAGE_BYTECODE"
"""The environment variable that, set to ``no``, leaves the package as Chalice makes it."""

# Chalice, and whoever looks into the console, find the app's few lines as they are.
_KEPT: Final = "app.py"
_SMALLEST: Final = 9  # zlib's level; Chalice has its default, 6

_create: Final = Packager.create_deployment_package


def pack_instead() -> None:
    """Have Chalice pack bytecode in place of sources, unless it is switched off."""
    if os.environ.get(SWITCH, "yes") != "no":
        Packager.create_deployment_package = create  # type: ignore[assignment, method-assign]


def create(packager: Packager, project_dir: str, python_version: str) -> str:
    """Make the package, or find one that was made, and see to it that it has bytecode."""
    file = _create(packager, project_dir, python_version)
    with ZipFile(file) as packed:
        has_sources = any(map(_is_to_compile, packed.namelist()))
    if has_sources:
        compile_in(Path(file))
    return file


def compile_in(package: Path) -> None:
    """Replace the sources in a package by their bytecode."""
    finished = package.with_suffix(".compiled")
    with (
        TemporaryDirectory() as folder,
        ZipFile(package) as packed,
        ZipFile(finished, "w", ZIP_DEFLATED, compresslevel=_SMALLEST) as compiled,
    ):
        packed.extractall(folder)
        _compile(Path(folder))
        for info, content in _contents(packed, Path(folder)):
            compiled.writestr(info, content, ZIP_DEFLATED, _SMALLEST)
    finished.replace(package)


def _is_to_compile(name: str) -> bool:
    return name.endswith(".py") and name != _KEPT


def _compile(folder: Path) -> None:
    """Write the bytecode beside each source, without the columns that only tracebacks underline.

    Python takes it without comparing it with a source ("unchecked-hash", PEP 552).
    """
    command = (sys.executable, "-X", "no_debug_ranges", "-m", "compileall", "-b", "-q")
    how = ("--invalidation-mode", "unchecked-hash", "-s", str(folder))
    subprocess.run([*command, *how, str(folder)], check=True)  # noqa: S603 - Python's own


def _contents(packed: ZipFile, folder: Path) -> Iterator[tuple[ZipInfo, bytes]]:
    for info in packed.infolist():
        if _is_to_compile(info.filename):
            compiled = ZipInfo(f"{info.filename}c", info.date_time)
            compiled.external_attr = info.external_attr
            yield compiled, (folder / compiled.filename).read_bytes()
        else:
            yield info, packed.read(info)
