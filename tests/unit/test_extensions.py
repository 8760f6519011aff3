"""An extension is found by being there."""

import sys
from pathlib import Path

import pytest

from chalicelib import extensions
from infra.cloudformation.stacks import FOUNDATION, SUBSCRIPTIONS, template_of
from infra.cloudformation.template import TemplateError
from tests.support.infrastructure import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose templates have one resource each, and no extension yet."""
    for stack in (FOUNDATION, SUBSCRIPTIONS):
        write(tmp_path / "infra" / "templates" / f"{stack}.yaml", f"  {stack.title()}: {{Type: A}}")
    return tmp_path


def write(file: Path, resources: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"Resources:\n{resources}\n", encoding="utf-8")


def add_template(project: Path, name: str, resources: str) -> None:
    write(project / "chalicelib" / "extensions" / name / "template.yaml", resources)


def test_its_template_is_part_of_the_subscriptions(project: Path) -> None:
    add_template(project, "orders", "  Orders: {Type: B}")
    assert set(template_of(SUBSCRIPTIONS, project).section("Resources")) == {
        "Subscriptions",
        "Orders",
    }
    assert set(template_of(FOUNDATION, project).section("Resources")) == {"Foundation"}


def test_two_that_declare_the_same_resource_are_an_error(project: Path) -> None:
    add_template(project, "one", "  Same: {Type: B}")
    add_template(project, "two", "  Same: {Type: C}")
    with pytest.raises(TemplateError, match=r"two/template\.yaml: subscriptions\.yaml has Same"):
        template_of(SUBSCRIPTIONS, project)


def test_its_blueprint_is_found_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("beta", "alpha"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "consumers.py").write_text(f"consumers = {name!r}", encoding="utf-8")
    (tmp_path / "beta" / "routes.py").write_text("routes = 'beta'", encoding="utf-8")
    monkeypatch.setattr(extensions, "FOLDER", tmp_path)
    monkeypatch.setattr(extensions, "__path__", [str(tmp_path)])
    assert list(extensions.members("consumers", "consumers")) == ["alpha", "beta"]
    assert list(extensions.members("routes", "routes")) == ["beta"]
    for name in [name for name in sys.modules if name.startswith("chalicelib.extensions.")]:
        monkeypatch.delitem(sys.modules, name)


def test_the_templates_of_this_project_are_complete() -> None:
    files = {file.parent.name for file in (ROOT / "chalicelib/extensions").glob("*/template.yaml")}
    folders = {file.parent.name for file in (ROOT / "chalicelib/extensions").glob("*/consumers.py")}
    assert folders <= files
