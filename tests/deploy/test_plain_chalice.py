"""What happens to a Chalice user who types `chalice` as in any other project."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from infra.operations.configuration import Configuration
from tests.deploy.packaging import FOUND_OUT, configured, copy_project
from tests.deploy.stage import PATIENCE_SECONDS, ROOT
from tests.support.catalog import FOLDER

NOWHERE = "http://127.0.0.1:9"
API = "https://abcdefghij.execute-api.eu-central-1.amazonaws.com/api/"


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Give a clone from which nothing has been deployed."""
    project = copy_project(tmp_path_factory.mktemp("clone") / "clone")
    shutil.copytree(ROOT / "infra", project / "infra")
    return project


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """Give a clone that has the outputs of a deployment, as another clone committed them."""
    project = configured(tmp_path / "deployed")
    shutil.copytree(ROOT / "infra", project / "infra")
    set_variables(project, SHOP_URL=API, REST_API_ID="abcdefghij")
    return project


def set_variables(project: Path, **variables: str) -> None:
    file = project / ".chalice" / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["stages"]["dev"]["environment_variables"] |= variables
    file.write_text(json.dumps(config), encoding="utf-8")


def chalice(project: Path, *arguments: str) -> str:
    """Run Chalice's own command, which has to fail; give what it said."""
    run = subprocess.run(  # noqa: S603 - Chalice's own
        [Path(sys.executable).with_name("chalice"), *arguments],
        cwd=project,
        env={
            **{name: value for name, value in os.environ.items() if name not in FOUND_OUT},
            "AWS_ENDPOINT_URL": NOWHERE,
            "PYTHONDONTWRITEBYTECODE": "1",  # `chalice local` starts anew at each file that is new
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    # Chalice's reloader does not pass on how its worker ended.
    assert run.returncode != 0 or "local" in arguments
    return (run.stdout + run.stderr).strip()


def only_error(output: str) -> str:
    """Return the one line in which a command says what is wrong."""
    lines = [line for line in output.splitlines() if not line.startswith("Creating deployment")]
    assert len(lines) == 1, output
    assert lines[0].startswith("Error: ")
    return lines[0]


@pytest.mark.parametrize("command", [["deploy"], ["package", "out"]], ids=lambda words: words[0])
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_on_a_fresh_clone_it_says_what_to_run_first(clone: Path, command, stage: str) -> None:
    line = only_error(chalice(clone, *command, "--stage", stage))
    assert f"run `python -m infra deploy --stage {stage}`" in line


@pytest.mark.parametrize("options", [[], ["--no-autoreload"], ["--stage", "local"]])
def test_chalice_local_says_that_there_is_make_run(clone: Path, deployed: Path, options) -> None:
    for project in (clone, deployed):
        assert "use `make run`" in only_error(chalice(project, "local", "--port", "0", *options))


def test_chalice_package_says_why_its_functions_would_be_no_use(deployed: Path) -> None:
    line = only_error(chalice(deployed, "package", "out"))
    assert "invoke functions by name: deploy with `python -m infra deploy`" in line
    assert not (deployed / "out").exists()


def test_a_second_clone_makes_no_second_api(deployed: Path) -> None:
    line = only_error(chalice(deployed, "deploy"))
    assert "would make a second one. Run `python -m infra deploy --stage dev` here once" in line


def record(project: Path, api: str) -> None:
    resource = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api}
    Configuration(project, "dev").record([{**resource, "rest_api_url": API}])


def test_a_clone_with_the_record_of_an_api_that_is_gone_makes_no_second_one(deployed: Path) -> None:
    record(deployed, "gonegonego")
    assert "would make a second one" in only_error(chalice(deployed, "deploy"))


def test_a_clone_that_has_deployed_goes_on_to_aws(deployed: Path) -> None:
    record(deployed, "abcdefghij")
    output = chalice(deployed, "deploy")
    assert NOWHERE in output
    assert "infra deploy" not in output


@pytest.mark.parametrize(
    "url",
    ["https://shop.example.com/", "https://httpapi123.execute-api.eu-central-1.amazonaws.com/"],
)
def test_wherever_the_shop_is_the_record_has_to_be_of_its_rest_api(
    deployed: Path, url: str
) -> None:
    set_variables(deployed, SHOP_URL=url)
    assert "would make a second one" in only_error(chalice(deployed, "deploy"))
    for gone in ("gonegonego", "httpapi123"):
        record(deployed, gone)
        assert "would make a second one" in only_error(chalice(deployed, "deploy"))
    record(deployed, "abcdefghij")
    assert NOWHERE in chalice(deployed, "deploy")


@pytest.mark.parametrize("command", [["deploy"], ["package", "out"]], ids=lambda words: words[0])
def test_a_shop_that_cannot_work_is_neither_deployed_nor_packaged(
    deployed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    shop = copytree(FOLDER, tmp_path / "shop")
    text = (shop / "shop.toml").read_text("utf-8").replace("Europe/Berlin", "Europe/Atlantis")
    (shop / "shop.toml").write_text(text, "utf-8")
    monkeypatch.setenv("SHOP_FOLDER", str(shop))
    output = chalice(deployed, *command)
    assert "The shop cannot work like this:" in output
    assert 'time_zone: "Europe/Atlantis" is not an IANA time zone' in output
    assert "Traceback" not in output
