"""Tells which tests can depend on the project's own shop: only those need another one.

Tests have a shop of their own. That those of ``FOLDERS`` open no file of the project's, nor of what
is written from it, and start no program that could, is checked whenever they are run, unless they
are marked ``own_shop``. ``make second-shop`` leaves the others out.
"""

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = (ROOT / "tests" / "unit", ROOT / "tests" / "policies")
_OWN: Final = (ROOT / "chalicelib" / "shop", ROOT / ".chalice")
_OPENING: Final = {"open", "os.listdir", "os.scandir"}
_STARTING: Final = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}
_AT_IMPORT: Final = pytest.StashKey[list[str]]()

seen: list[str] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _STARTING:
        seen.append(f"starts {arguments[0]}")
    elif event in _OPENING and isinstance(arguments[0], str | os.PathLike):
        path = os.fspath(arguments[0])
        if "shop" in path or ".chalice" in path:
            real = Path(path).resolve()
            if any(map(real.is_relative_to, _OWN)):
                seen.append(f"opens {real}")


sys.addaudithook(_listen)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Note what a module does when it is imported."""
    seen.clear()
    report = yield
    collector.stash[_AT_IMPORT] = seen.copy()
    return report


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that do without the project's own shop."""
    for item in items:
        if not item.get_closest_marker("own_shop") and {*FOLDERS} & {*item.path.parents}:
            item.add_marker("shopless")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Begin to listen."""
    seen.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test fail that did not do without."""
    done = yield
    module = item.getparent(pytest.Module)
    looked = [*(module.stash[_AT_IMPORT] if module else ()), *seen]
    if looked and item.get_closest_marker("shopless"):
        pytest.fail(f"It {looked[0]}: mark it `own_shop`, so that `make second-shop` runs it, too.")
    return done
