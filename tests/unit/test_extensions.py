"""An extension is found by being there."""

import sys
from pathlib import Path

import pytest

from chalicelib import extensions
from infra.cloudformation.stacks import EXTENSIONS, FOUNDATION, SUBSCRIPTIONS, template_of
from infra.cloudformation.template import TemplateError
from tests.support.infrastructure import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose templates have one resource each, and no extension yet."""
    for stack in (FOUNDATION, SUBSCRIPTIONS):
        file = tmp_path / "infra" / "templates" / f"{stack}.yaml"
        write(file, f"  {stack.title()}: {{Type: A}}\nParameters: {{Prefix: {{}}, Stage: {{}}}}")
    return tmp_path


def write(file: Path, resources: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"Resources:\n{resources}\n", encoding="utf-8")


def add_template(project: Path, name: str, resources: str) -> None:
    write(project / "chalicelib" / "extensions" / name / "template.yaml", resources)


def resources_of(project: Path, stack: str) -> set[str]:
    return set(template_of(stack, project).section("Resources"))


def test_its_template_is_part_of_the_stack_of_the_extensions(project: Path) -> None:
    assert resources_of(project, EXTENSIONS) == set()
    add_template(project, "orders", "  Orders: {Type: B}\nParameters: {Pace: {Type: Number}}")
    add_template(project, "journey", "  Journey: {Type: C}")
    assert resources_of(project, EXTENSIONS) == {"Orders", "Journey"}
    parameters = template_of(EXTENSIONS, project).section("Parameters")
    assert set(parameters) == {"Prefix", "Stage", "Pace"}
    assert resources_of(project, SUBSCRIPTIONS) == {"Subscriptions"}
    assert resources_of(project, FOUNDATION) == {"Foundation"}


def test_one_that_declares_what_the_subscriptions_have_is_an_error(project: Path) -> None:
    add_template(project, "one", "  Subscriptions: {Type: B}")
    with pytest.raises(TemplateError, match=r"one/template\.yaml: subscriptions\.yaml has Subsc"):
        template_of(EXTENSIONS, project)


def test_two_that_declare_the_same_resource_are_an_error(project: Path) -> None:
    add_template(project, "one", "  Same: {Type: B}")
    add_template(project, "two", "  Same: {Type: C}")
    with pytest.raises(TemplateError, match=r"two/template\.yaml: subscriptions\.yaml has Same"):
        template_of(EXTENSIONS, project)


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
