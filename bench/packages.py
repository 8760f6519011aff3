"""Folders with what a function has in Lambda: its package as it is deployed, and the runtime.

The references have no bytecode in their packages, as Chalice and SAM make them; the runtime's
boto3 has its own.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import chalice

from bench.environment import ENVIRONMENT
from infra.chalice.package import SWITCH

ROOT: Final = Path(__file__).parents[1]
BUILD: Final = ROOT / "build" / "bench"
SUBJECTS: Final = Path(__file__).with_name("subjects")


SDK: Final = "1.44.8"
"""The version of boto3 and botocore that everything is measured with."""
OLDER_SDK: Final = "1.44.5"
"""The last one that composed its ``User-Agent`` header anew for each call."""


@cache
def runtime(sdk: str = SDK) -> Path:
    """Return the folder with a version of boto3, as the Lambda runtime has it."""
    folder = _installed(f"runtime-{sdk}", f"boto3=={sdk}", f"botocore=={sdk}")
    compileall.compile_dir(folder, quiet=2)
    return folder


@cache
def shop_with(products: int) -> Path:
    """Return the folder of the shop with this many products, which repeat those that it has."""
    folder = BUILD / f"shop-{products}"
    shutil.copytree(ROOT / "chalicelib" / "shop", folder, dirs_exist_ok=True)
    own = json.loads((folder / "products.json").read_text("utf-8"))
    many = [{**own[number % len(own)], "sku": f"SKU-{number}"} for number in range(products)]
    text = json.dumps([*own, *many][:products], ensure_ascii=False, indent=2)
    (folder / "products.json").write_text(text, "utf-8")
    return folder


@cache
def cart_zip(*, bytecode: bool) -> Path:
    """Return this application's package, as it is deployed or as Chalice alone would make it."""
    project = _fresh("cart-bytecode" if bytecode else "cart-sources")
    left_out = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
    for name in (".chalice", "chalicelib"):
        shutil.copytree(ROOT / name, project / name, ignore=left_out)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, project)
    chalice_command = (sys.executable, "-m", "infra.chalice.command")
    arguments = ("--project-dir", str(project), "package", "--stage", "dev", str(project / "out"))
    subprocess.run(  # noqa: S603 - this project's own command
        [*chalice_command, *arguments],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT, SWITCH: "yes" if bytecode else "no"},
        check=True,
        capture_output=True,
    )
    return project / "out" / "deployment.zip"


@cache
def cart(*, bytecode: bool) -> Path:
    """Return the folder with what is in that package."""
    package = cart_zip(bytecode=bytecode)
    folder = package.with_suffix("")
    shutil.unpack_archive(package, folder)
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
    _copy_into(folder, _installed("powertools", "-r", "requirements/bench.lock"))
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
    files = [ROOT / word for word in what if word.endswith(".lock")]
    return "\n".join([*what, *(file.read_text(encoding="utf-8") for file in files)])
