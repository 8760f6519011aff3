"""The package as it is deployed: Chalice's, completed with what makes a cold start short.

- Bytecode in place of sources. Chalice packs sources only, and Lambda's file system is read-only,
  so every new execution environment would compile everything that it imports. What is packed here
  is what Python loads where there is no source: ``chalicelib/clock.pyc`` and no
  ``chalicelib/clock.py``, made from the very files that Chalice has packed. A runtime of another
  minor version of Python cannot load it, but could not load msgspec either, which is compiled.
- The parts of AWS's service models that the functions may use, and the root certificates of AWS's
  endpoints. ``chalicelib/adapters/sdk.py`` uses them where they are packaged.

Why, and what it saves: docs/decisions/, 11 and 15.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import LambdaDeploymentPackager as Packager

from infra.chalice import root_certificates, service_models

SWITCH: Final = "PACKAGE_BYTECODE"
"""The environment variable that, set to ``no``, leaves the sources as they are."""

MODELS: Final = "chalicelib/aws_models"
ROOTS: Final = "chalicelib/amazon_roots.pem"

# Chalice, and people who look into the console, find the app's few lines as they are.
_KEPT: Final = "app.py"
_SMALLEST: Final = 9  # zlib's level; Chalice has its default, 6
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # as Chalice dates what it packs
_READABLE: Final = 0o644 << 16
_NOT_RUN: Final = re.compile(
    r".*\.pyi|chalicelib/extensions/[^/]+/(tests/.*|policies/.*|template\.yaml|.*\.md)"
)
"""What no function reads: type stubs, and what else an extension's folder holds."""

_create: Final = Packager.create_deployment_package


def complete_all() -> None:
    """Have Chalice complete every package that it makes from now on."""
    Packager.create_deployment_package = create  # type: ignore[assignment, method-assign]


def create(packager: Packager, project_dir: str, python_version: str) -> str:
    """Make a package, or find one that was made before; complete it in either case."""
    file = _create(packager, project_dir, python_version)
    complete(Path(file), sdk_files(Path(project_dir) / ".chalice"))
    return file


@cache
def sdk_files(policies: Path) -> dict[str, bytes]:
    """Return what the SDK reads, by its path in the package."""
    models = service_models.files(policies)
    roots = {ROOTS: root_certificates.text().encode()}
    return roots | {f"{MODELS}/{path}": content for path, content in models.items()}


def complete(package: Path, files: dict[str, bytes]) -> None:
    """Compile the sources in a package and put ``files`` into it, unless that was done before."""
    with ZipFile(package) as packed:
        names = packed.namelist()
        found = {name: packed.read(name) for name in names if _is_for_sdk(name)}
        compiles = _is_wanted() and any(map(_is_to_compile, names))
    if compiles or found != files or any(map(_NOT_RUN.fullmatch, names)):
        _rewrite(package, files)


def _is_wanted() -> bool:
    return os.environ.get(SWITCH, "yes") != "no"


def _is_for_sdk(name: str) -> bool:
    return name == ROOTS or name.startswith(f"{MODELS}/")


def _is_to_compile(name: str) -> bool:
    return name.endswith(".py") and name != _KEPT


def _rewrite(package: Path, files: dict[str, bytes]) -> None:
    finished = package.with_suffix(".completed")
    with (
        TemporaryDirectory() as folder,
        ZipFile(package) as packed,
        ZipFile(finished, "w", ZIP_DEFLATED, compresslevel=_SMALLEST) as completed,
    ):
        packed.extractall(folder)
        if _is_wanted():
            compile_sources(Path(folder))
        for info, content in [*_contents(packed, Path(folder)), *_added(files)]:
            completed.writestr(info, content, ZIP_DEFLATED, _SMALLEST)
    finished.replace(package)


def compile_sources(folder: Path, python: Path = Path(sys.executable)) -> None:
    """Write the bytecode beside each source, without the columns that only tracebacks underline.

    Python takes it without comparing it with a source ("unchecked-hash", PEP 552).
    """
    command = (python, "-X", "no_debug_ranges", "-m", "compileall", "-b", "-q")
    how = ("--invalidation-mode", "unchecked-hash", "-s", folder)
    subprocess.run([*command, *how, folder], check=True)  # noqa: S603 - Python's own


def _contents(packed: ZipFile, folder: Path) -> Iterator[tuple[ZipInfo, bytes]]:
    """Give what Chalice packed, with the bytecode of each source that has been compiled."""
    for info in packed.infolist():
        if _is_for_sdk(info.filename) or _NOT_RUN.fullmatch(info.filename):
            continue
        bytecode = folder / f"{info.filename}c"
        if _is_to_compile(info.filename) and bytecode.exists():
            compiled = ZipInfo(f"{info.filename}c", info.date_time)
            compiled.external_attr = info.external_attr
            yield compiled, bytecode.read_bytes()
        else:
            yield info, packed.read(info)


def _added(files: dict[str, bytes]) -> Iterator[tuple[ZipInfo, bytes]]:
    for name, content in sorted(files.items()):
        info = ZipInfo(name, _DATE)
        info.external_attr = _READABLE
        yield info, content
