"""Imports point inward: entry points know use cases, these know adapters, all know the domain."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "chalicelib"


def modules(folder: Path) -> list[Path]:
    """Return what is deployed of a folder, or all of it; the tests of extensions are not."""
    return sorted(file for file in folder.rglob("*.py") if file.parent.name != "tests")


def imports_of(module: Path) -> Iterator[str]:
    """Yield the full name of everything a module imports, also inside functions."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def belongs_to(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def is_of_the_standard_library(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def relative(module: Path) -> str:
    return str(module.relative_to(ROOT))


def test_there_is_something_to_check() -> None:
    names = {relative(module) for module in modules(PACKAGE)}
    assert {"chalicelib/domain/cart.py", "chalicelib/adapters/sdk.py"} <= names
    assert "chalicelib.domain.ids" in set(imports_of(PACKAGE / "domain" / "cart.py"))


@pytest.mark.parametrize("module", modules(PACKAGE / "domain"), ids=relative)
def test_the_domain_knows_itself_and_msgspec(module: Path) -> None:
    for name in imports_of(module):
        assert is_of_the_standard_library(name) or belongs_to(
            name, "msgspec", "chalicelib.domain"
        ), name


@pytest.mark.parametrize("module", modules(PACKAGE / "adapters"), ids=relative)
def test_adapters_know_the_sdk_and_the_domain(module: Path) -> None:
    for name in imports_of(module):
        assert is_of_the_standard_library(name) or belongs_to(
            name, "msgspec", "botocore", "chalicelib.domain", "chalicelib.adapters"
        ), name


@pytest.mark.parametrize("module", modules(PACKAGE / "usecases"), ids=relative)
def test_use_cases_know_neither_http_nor_chalice(module: Path) -> None:
    for name in imports_of(module):
        assert not belongs_to(name, "chalice", "chalicelib.entrypoints", "chalicelib.web"), name


@pytest.mark.parametrize("module", modules(PACKAGE), ids=relative)
def test_only_entry_points_the_log_and_the_composition_root_ask_the_clock(module: Path) -> None:
    of_an_extension = module.is_relative_to(PACKAGE / "extensions")
    if of_an_extension and module.name in {"consumers.py", "routes.py"}:
        return
    if module == PACKAGE / "wiring.py":  # which hands it on
        return
    if module.parent not in {PACKAGE / "entrypoints", PACKAGE / "telemetry"}:
        assert "chalicelib.clock" not in set(imports_of(module))


@pytest.mark.parametrize("module", modules(ROOT / "bench"), ids=relative)
def test_measurements_use_no_tests_but_their_support(module: Path) -> None:
    for name in imports_of(module):
        assert not belongs_to(name, "tests") or belongs_to(name, "tests.support"), name


@pytest.mark.parametrize("module", modules(PACKAGE), ids=relative)
def test_what_is_deployed_knows_nothing_of_what_deploys_or_tests_it(module: Path) -> None:
    for name in imports_of(module):
        assert not belongs_to(name, "infra", "tests", "bench", "moto", "boto3", "app"), name


@pytest.mark.parametrize("module", modules(PACKAGE / "domain"), ids=relative)
def test_the_domain_never_asks_for_the_time_or_for_chance(module: Path) -> None:
    """Clock and ids are passed in, so that any history can be played again."""
    asked = {
        node.attr
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert not asked & {"now", "utcnow", "today", "monotonic", "uuid4", "token_hex", "urandom"}
    assert not any(belongs_to(name, "random", "secrets", "time") for name in imports_of(module))


@pytest.mark.parametrize("module", modules(ROOT / "infra" / "local" / "engine"), ids=relative)
def test_the_engine_of_the_local_cloud_knows_no_service(module: Path) -> None:
    for name in imports_of(module):
        assert not belongs_to(name, "infra.local.aws", "infra.local.assembly"), name
