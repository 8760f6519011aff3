"""The package that is deployed: small, without the SDK, and the same bytes for the same code."""

import importlib.util
import json
import marshal
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from types import CodeType

import botocore
import pytest

from infra.chalice.package import MODELS, ROOTS, SWITCH
from infra.operations.configuration import Configuration
from infra.operations.deploy.functions import release_of
from tests.deploy.packaging import FOUND_OUT, configured, copy_project, package

UNCHECKED_HASH = 0b01  # PEP 552
LARGEST = 655_000  # bytes, extensions and the shop included; most on Python 3.13


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> tuple[Path, Path]:
    """Package two copies, of which the second was handled differently."""
    folder = tmp_path_factory.mktemp("packaged")
    copies = [configured(folder / name) for name in ("plain", "handled")]
    handle(copies[1])
    first, second = (package(copy, copy / "out") for copy in copies)
    return first, second


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """Package without bytecode."""
    project = configured(tmp_path_factory.mktemp("plain") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "no")
        return package(project, project / "out")


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
    assert first.stat().st_size < LARGEST
    names = set(contents(first))
    assert {"app.py", "chalice/app.pyc", "chalicelib/clock.pyc", "msgspec/__init__.pyc"} <= names
    assert not {name.partition("/")[0] for name in names} & {"boto3", "botocore", "infra", "tests"}
    assert not [name for name in names if name.endswith(".pyi")]


def contents(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        assert len(files) == len(archive.namelist())
    return files


def test_bytecode_replaces_every_source_and_nothing_else(
    packaged: tuple[Path, Path], plain: Path
) -> None:
    """Python takes bytecode unchecked, so it has to be of the source that Chalice packed."""
    compiled, sources = contents(packaged[0]), contents(plain)
    assert not any(name.endswith(".pyc") for name in sources)
    assert set(compiled) == {compiled_name(name) for name in sources}
    for name, content in sources.items():
        if compiled_name(name) == name:
            assert compiled[name] == content
            continue
        header, code = compiled[f"{name}c"][:16], marshal.loads(compiled[f"{name}c"][16:])  # noqa: S302 - made by this test
        assert header[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(header[4:8], "little") == UNCHECKED_HASH
        expected = compile(content, name, "exec", dont_inherit=True)
        assert list(told(code)) == list(told(expected))


def compiled_name(name: str) -> str:
    return f"{name}c" if name.endswith(".py") and name != "app.py" else name


def told(code: CodeType) -> Iterator[object]:
    """Give what code does and what a traceback tells of it: all but the columns of each line."""
    yield code.co_filename, code.co_qualname, code.co_code, code.co_names, code.co_varnames
    yield [line for _, _, line in code.co_lines()]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from told(constant)
        else:
            yield constant


def test_what_is_packed_is_complete(packaged: tuple[Path, Path], tmp_path: Path) -> None:
    """With the runtime's SDK and nothing else beside it, all of it can be used."""
    first, _ = packaged
    with zipfile.ZipFile(first) as archive:
        archive.extractall(tmp_path / "package")
    sdk = tmp_path / "sdk"
    sdk.mkdir()
    installed = Path(botocore.__file__).parents[1]
    for name in ("botocore", "jmespath", "dateutil", "urllib3", "six.py"):
        (sdk / name).symlink_to(installed / name)
    environment = {
        **os.environ,
        **FOUND_OUT,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "package"), str(sdk)]),
        "NAME_PREFIX": "cart",
        "STAGE": "dev",
        "REMINDER_DELAY_SECONDS": "60",
        "REMINDER_WINDOW_SECONDS": "60",
        "CURRENCY": "EUR",
        "LANGUAGES": "en",
        "MAIL_SENDER": "reminders@shop.example.com",
        "MAIL_RATE": "14",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    for name in ("AWS_DATA_PATH", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        environment.pop(name, None)
    run = subprocess.run(  # noqa: S603 - written below
        [sys.executable, "-S", "-P", "-c", USE_ALL],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["statuses"] == {"/": 200, "/products": 200, "/openapi.json": 200}
    assert told["described"]
    assert told["models"] == str(tmp_path / "package" / MODELS)
    assert told["roots"] == str(tmp_path / "package" / ROOTS)
    packed = {name for name in contents(first) if name.startswith("chalicelib/")}
    assert told["modules"] == sum(name.endswith(".pyc") for name in packed)


USE_ALL = """
import importlib, json, pathlib, sys
import app
folder = pathlib.Path(app.__file__).parent
modules = [file.relative_to(folder).with_suffix("") for file in folder.glob("chalicelib/**/*.pyc")]
for module in modules:
    importlib.import_module(".".join(module.parts).removesuffix(".__init__"))

def get(path):
    context = {"resourcePath": path, "httpMethod": "GET", "path": "/api" + path}
    event = {"requestContext": context, "headers": {}, "multiValueQueryStringParameters": None}
    event |= {"pathParameters": {}, "body": None, "stageVariables": None, "isBase64Encoded": False}
    return app.app(event, None)

answers = {path: get(path) for path in ("/", "/products", "/openapi.json")}
described = json.loads(answers["/openapi.json"]["body"])["paths"]["/cart"]["post"]
from chalicelib.adapters import sdk
client = sdk.client("dynamodb")
assert not hasattr(client, "create_table")
print(json.dumps({
    "models": sdk.session().get_config_variable("data_path"),
    "roots": client._endpoint.http_session._verify,
    "modules": len(modules),
    "statuses": {path: answer["statusCode"] for path, answer in answers.items()},
    "described": "Add a product to the cart." in json.dumps(described),
}))
"""


def test_a_package_that_was_made_before_is_completed(plain: Path, tmp_path: Path) -> None:
    assert "chalicelib/clock.py" in contents(plain)
    project = copytree(plain.parents[1], tmp_path / "project")
    assert "chalicelib/clock.pyc" in contents(package(project, project / "out"))
    policy = {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}
    (project / ".chalice" / "policy-dev-consumer.json").write_text(json.dumps(policy), "utf-8")
    names = contents(package(project, project / "out"))
    assert any(name.startswith(f"{MODELS}/kms/") for name in names)
    assert "chalicelib/clock.pyc" in names


def test_a_release_is_told_by_code_policies_and_settings(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    configuration = Configuration(project, "dev")
    releases = [release_of(configuration)]
    handle(project)
    assert release_of(configuration) == releases[0]
    for file in (
        "chalicelib/entrypoints/customer_api.py",
        ".chalice/policy-dev-persist_cart.json",
        "requirements.txt",
    ):
        with (project / file).open("a", encoding="utf-8") as text:
            text.write("\n")
        releases.append(release_of(configuration))
    configuration.keep_outputs({"EventBusArn": "another"})
    releases.append(release_of(configuration))
    assert len(set(releases)) == len(releases)
