"""Every name begins with the shop's prefix, so that two shops fit into one account."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from chalicelib.settings import PREFIX, Names
from infra.architecture.project import read
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import STACKS, parameters_of, template_of
from infra.cloudformation.template import load
from infra.generate import chalice_files
from infra.generate.policies import functions_of
from infra.local.cloud import LocalCloud
from infra.local.console import Console
from infra.local.engine.http import Request
from tests.support import catalog
from tests.support.infrastructure import ROOT, consumer_names
from tests.support.products import MUG
from tests.support.shopper import Shopper

pytestmark = pytest.mark.own_shop

MAX_NAME = 64
"""Characters that the name of a function or a role may have; others may be longer."""
MAX_CONSUMER_NAME = 31
TOYS = Names("toys", "live")
DEFAULT = f"{PREFIX}-"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tests' shop with another prefix and another stage."""
    folder = copytree(catalog.FOLDER, tmp_path / "shop")
    text = (folder / "shop.toml").read_text("utf-8")
    text = f'prefix = "toys"\n{text.partition("[stages.")[0]}[stages.live]\n'
    (folder / "shop.toml").write_text(text, "utf-8")
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    return folder


def texts(value: Any) -> Iterator[str]:
    """Yield every string in it."""
    match value:
        case dict():
            for each in value.values():
                yield from texts(each)
        case list() | tuple():
            for each in value:
                yield from texts(each)
        case str():
            yield value


@pytest.mark.parametrize("name", STACKS)
def test_a_template_has_no_name_but_with_the_prefix(name: str) -> None:
    pseudo = Pseudo("123456789012", "eu-central-1")
    stack = template_of(name).resolve(parameters_of(TOYS), pseudo)
    found = list(texts([dict(each.properties) for each in stack.resources.values()]))
    assert [text for text in found if DEFAULT in text] == []
    assert any(TOYS.base in text for text in found)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "infra/templates").iterdir()), ids=lambda it: it.stem
)
def test_a_template_names_no_prefix_itself(file: Path) -> None:
    assert [text for text in texts(load(file).body) if DEFAULT in text] == []


@pytest.mark.parametrize("name", STACKS)
def test_the_longest_prefix_and_stage_leave_names_that_aws_allows(name: str) -> None:
    longest = Names("p" * 16, "s" * 12)
    pseudo = Pseudo("123456789012", "eu-central-1")
    stack = template_of(name).resolve(parameters_of(longest), pseudo)
    names = [
        value
        for resource in stack.resources.values()
        for key, value in resource.properties.items()
        if key.endswith("Name") and isinstance(value, str) and not value.startswith("/")
    ]
    assert [value for value in names if len(value) > MAX_NAME] == []
    assert len(longest.function("c" * MAX_CONSUMER_NAME)) <= MAX_NAME


def test_policies_and_configuration_have_no_name_but_with_the_prefix(
    folder: Path, tmp_path: Path
) -> None:
    for policies in (ROOT / "infra/policies", *ROOT.glob("chalicelib/extensions/*/policies")):
        copytree(policies, tmp_path / policies.relative_to(ROOT))
    (tmp_path / ".chalice").mkdir()
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(config), "utf-8")
    chalice_files.write(tmp_path / ".chalice", folder, consumer_names())
    files = list((tmp_path / ".chalice").glob("*.json"))
    assert len(files) == 1 + len(functions_of(ROOT))
    assert [file.name for file in files if DEFAULT in file.read_text("utf-8")] == []
    written = json.loads((tmp_path / ".chalice" / "config.json").read_text("utf-8"))
    assert written["app_name"] == "toys"
    assert set(written["stages"]) == {"local", "live"}


def test_the_drawing_of_the_architecture_is_of_the_names_that_there_are() -> None:
    resources = {place.resource for place in read(TOYS).places.values() if place.resource}
    assert {name for name in resources if not name.startswith("toys-")} == set()
    assert TOYS.function("persist_cart") in resources


def test_the_local_cloud_runs_under_another_prefix(folder: Path) -> None:
    with LocalCloud.start() as cloud:
        ada = Shopper(cloud, "ada@example.com", "Ada")
        ada.add(MUG)
        cloud.advance(2 * 86400)
        assert [item["sku"] for item in ada.cart()["items"]] == [MUG]
        assert len(cloud.inbox) == 1
        assert cloud.names == Names("toys", "local")
        for table in ("toys-local", "toys-products-local"):
            assert "Items" in cloud.client("dynamodb").scan(TableName=table)
        assert {name.partition("-")[0] for name in cloud.state()["queues"]} == {"toys"}
        hops = {hop.what for hop in cloud.hops()}
        assert {name for name in hops if name.startswith(DEFAULT)} == set()
        page = Console(cloud).answer(Request("GET", "/_local/", "", (), b""))
        assert page is not None
        assert b'data-prefix="toys"' in page.body
