"""The stages of a deployment are those that ``shop.toml`` names."""

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from infra.__main__ import cli
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import FOUNDATION, template_of
from infra.generate import chalice_files
from tests.support.catalog import FOLDER
from tests.support.chalice import CHALICE

pytestmark = pytest.mark.own_shop

EMULATOR = "http://localhost:1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = copytree(FOLDER, tmp_path / "shop")
    text = (folder / "shop.toml").read_text("utf-8")
    (folder / "shop.toml").write_text(f"{text}\n[stages.acceptance]\n", "utf-8")
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    return folder


def mail(stage: str) -> Result:
    arguments = ["mail", "--stage", stage, "--endpoint-url", EMULATOR, "--to", "nobody"]
    return CliRunner().invoke(cli, arguments)


def test_a_stage_that_the_shop_names_is_known_and_has_to_be_configured(folder: Path) -> None:
    unconfigured = "config.json has no stage acceptance: run `python -m infra configure`."
    assert unconfigured in mail("acceptance").output


@pytest.mark.parametrize("stage", ["local", "Staging", "test", ""])
def test_another_stage_is_refused_with_those_that_there_are(folder: Path, stage: str) -> None:
    result = mail(stage)
    assert result.exit_code == 2
    assert f"{stage!r} is not a stage of shop.toml: dev, prod, acceptance." in result.output


def test_a_shop_that_cannot_be_read_says_so(folder: Path) -> None:
    (folder / "shop.toml").write_text("[stages", "utf-8")
    assert "shop.toml: Expected ']'" in mail("dev").output


def test_a_stage_of_the_shops_own_has_its_configuration_policies_and_stacks(
    folder: Path, tmp_path: Path
) -> None:
    project = copytree(
        chalice_files.FOLDER.parent / "infra" / "policies", tmp_path / "infra/policies"
    )
    chalice = copytree(CHALICE, tmp_path / ".chalice")
    consumers = [file.stem for file in project.glob("*.json") if file.stem != "api_handler"]
    changed = chalice_files.write(chalice, folder, consumers)
    assert chalice / "policy-acceptance-send_reminder.json" in changed
    pseudo = Pseudo("123456789012", "eu-central-1", "aws", "cart-acceptance")
    parameters = {"Prefix": "cart", "Stage": "acceptance"}
    resolved = template_of(FOUNDATION).resolve(parameters, pseudo)
    buses = [each for each in resolved.resources.values() if each.type == "AWS::Events::EventBus"]
    assert [bus.properties["Name"] for bus in buses] == ["cart-acceptance"]
