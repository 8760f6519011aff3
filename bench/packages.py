"""Folders with what a function has in Lambda: its package as it is deployed, and the runtime.

Like Chalice and SAM, they put no bytecode into a package; the runtime's boto3 has its own.
"""

import compileall
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

import boto3
import chalice

ROOT: Final = Path(__file__).parents[1]
BUILD: Final = ROOT / "build" / "bench"
SUBJECTS: Final = Path(__file__).with_name("subjects")


def runtime() -> Path:
    """Return the folder with boto3, as the Lambda runtime has it."""
    folder = _installed("runtime", f"boto3=={boto3.__version__}")
    compileall.compile_dir(folder, quiet=2)
    return folder


def cart(*, bytecode: bool) -> Path:
    """Return the folder with this application, with or without bytecode."""
    folder = _fresh("cart-bytecode" if bytecode else "cart")
    shutil.copy(ROOT / "app.py", folder)
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib", ignore=_no_bytecode)
    _copy_into(folder, _installed("cart-libraries", "-r", "requirements.txt"))
    _copy_chalice(folder)
    if bytecode:
        mode = PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(folder, quiet=2, stripdir=folder, invalidation_mode=mode)
    return folder


def bare_function() -> Path:
    """Return the folder with a function that has no framework."""
    return _subject("bare_function")


def chalice_boto3() -> Path:
    """Return the folder with the reference that uses Chalice and boto3 as they come."""
    folder = _subject("chalice_boto3")
    _copy_chalice(folder)
    return folder


def powertools_pydantic() -> Path:
    """Return the folder with the reference that uses Powertools and pydantic."""
    folder = _subject("powertools_pydantic")
    _copy_into(folder, _installed("powertools", "-r", "requirements-bench.txt"))
    return folder


def _no_bytecode(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__"]


def _copy_into(folder: Path, libraries: Path) -> None:
    shutil.copytree(libraries, folder, dirs_exist_ok=True, ignore=_no_bytecode)


def _fresh(name: str) -> Path:
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _subject(name: str) -> Path:
    folder = _fresh(name.replace("_", "-"))
    shutil.copy(SUBJECTS / f"{name}.py", folder)
    return folder


def _copy_chalice(folder: Path) -> None:
    """Copy what Chalice packages of itself."""
    target = folder / "chalice"
    target.mkdir()
    for name in ("__init__.py", "app.py"):
        shutil.copy(Path(chalice.__file__).with_name(name), target)


def _installed(name: str, *what: str) -> Path:
    """Install with pip into a folder, unless that was done already."""
    folder = BUILD / name
    done = folder / ".installed"
    if not done.exists() or done.read_text(encoding="utf-8") != _wanted(what):
        fresh = _fresh(name)
        pip = (sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
        subprocess.run([*pip, "--target", fresh, *what], cwd=ROOT, check=True)  # noqa: S603
        done.write_text(_wanted(what), encoding="utf-8")
    return folder


def _wanted(what: tuple[str, ...]) -> str:
    files = [ROOT / word for word in what if word.endswith(".txt")]
    return "\n".join([*what, *(file.read_text(encoding="utf-8") for file in files)])
