"""The package that is deployed: small, without the SDK, and the same bytes for the same code."""

import importlib.util
import marshal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.operations import bytecode
from infra.operations.configuration import Configuration
from infra.operations.functions import release_of
from tests.deploy.conftest import copy_project
from tests.deploy.stage import ROOT

UNCHECKED_HASH = 0b01  # PEP 552

FOUND_OUT = {
    "EVENT_BUS_ARN": "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/cart-dev-scheduler",
    "SCHEDULES_DLQ_ARN": "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev",
    "USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a",
    "USER_POOL_CLIENT_ID": "client",
    "SHOP_URL": "https://shop.example.com/",
}


def package(project: Path, target: Path) -> Path:
    """Package a copy of the project as `chalice package` does; give the zip file."""
    command = ["--project-dir", project, "package", "--stage", "dev", target]
    subprocess.run(  # noqa: S603 - this project's own command
        [sys.executable, "-m", "infra.operations.chalice_command", *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return target / "deployment.zip"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> tuple[Path, Path]:
    """Package two copies, of which the second was handled differently."""
    folder = tmp_path_factory.mktemp("packaged")
    copies = [copy_project(folder / name) for name in ("plain", "handled")]
    for copy in copies:
        configuration = Configuration(copy, "dev")
        configuration.keep_outputs({_camel(name): value for name, value in FOUND_OUT.items()})
    handle(copies[1])
    first, second = (package(copy, copy / "out") for copy in copies)
    return first, second


def _camel(variable: str) -> str:
    return "".join(word.capitalize() for word in variable.split("_"))


def handle(project: Path) -> None:
    """Do to the files what a day's work does: bytecode, permissions, other order and times."""
    library = project / "chalicelib"
    (library / "__pycache__").mkdir()
    (library / "__pycache__" / "api.cpython-311.pyc").write_bytes(b"bytecode")
    for file in sorted(library.glob("*.py"), reverse=True):
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
        file.chmod(0o600)


def test_the_same_code_gives_the_same_bytes(packaged: tuple[Path, Path]) -> None:
    first, second = packaged
    assert first.read_bytes() == second.read_bytes()


def test_it_is_small_and_has_no_sdk(packaged: tuple[Path, Path]) -> None:
    first, _ = packaged
    assert first.stat().st_size < 1024 * 1024
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
    assert {"app.py", "chalice/app.py", "chalicelib/api.py", "msgspec/__init__.py"} <= set(names)
    assert not {name.partition("/")[0] for name in names} & {"boto3", "botocore", "infra", "tests"}


def test_every_module_has_its_own_bytecode(packaged: tuple[Path, Path]) -> None:
    """Python takes it unchecked, so it has to be of the source beside it."""
    first, _ = packaged
    with zipfile.ZipFile(first) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert len(files) == len(archive.namelist())
    modules = {name for name in files if name.endswith(".py") and name != "app.py"}
    packed = {importlib.util.cache_from_source(name): name for name in modules}
    assert {name for name in files if name.endswith(".pyc")} == set(packed)
    for name, source in packed.items():
        magic, flags = files[name][:4], int.from_bytes(files[name][4:8], "little")
        assert (magic, flags) == (importlib.util.MAGIC_NUMBER, UNCHECKED_HASH)
        code = compile(files[source], source, "exec", dont_inherit=True)
        assert marshal.loads(files[name][16:]) == code  # noqa: S302 - made by this test


def test_bytecode_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bytecode.SWITCH, "no")
    project = copy_project(tmp_path / "project")
    Configuration(project, "dev").keep_outputs(
        {_camel(name): value for name, value in FOUND_OUT.items()}
    )
    with zipfile.ZipFile(package(project, project / "out")) as archive:
        assert not any(name.endswith(".pyc") for name in archive.namelist())


def test_a_release_is_told_by_code_policies_and_settings(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    configuration = Configuration(project, "dev")
    releases = [release_of(configuration)]
    handle(project)
    assert release_of(configuration) == releases[0]
    for file in ("chalicelib/api.py", ".chalice/policy-dev-persist_cart.json", "requirements.txt"):
        with (project / file).open("a", encoding="utf-8") as text:
            text.write("\n")
        releases.append(release_of(configuration))
    configuration.keep_outputs({"EventBusArn": "another"})
    releases.append(release_of(configuration))
    assert len(set(releases)) == len(releases)
