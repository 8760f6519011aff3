"""The trimmed service models and the few root certificates are enough, and what they say is AWS's.

That every operation the functions call is there the whole suite shows: in the local cloud the app
has no other models of these services.
"""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader

from chalicelib.adapters import sdk
from infra.generate import aws_models, root_certificates
from infra.generate.aws_models import FOLDER, OPERATIONS
from infra.local.cloud import LocalCloud
from tests.support.infrastructure import ROOT

CLIENT = re.compile(r'sdk\.client\(\s*"(\w+)"')


def test_the_files_are_what_the_sdk_in_use_gives() -> None:
    """If this fails, the SDK is a newer one: `python -m infra models`."""
    written = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in FOLDER.rglob("*.json")
    }
    assert written == aws_models.files()


def test_there_is_a_model_of_every_service_that_the_code_has_a_client_of() -> None:
    sources = (ROOT / "chalicelib").rglob("*.py")
    used = {name for path in sources for name in CLIENT.findall(path.read_text(encoding="utf-8"))}
    assert used == set(OPERATIONS)


@pytest.fixture
def as_in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a session that nobody gave other models or certificates."""
    for name in ("AWS_DATA_PATH", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    sdk.reset()


@pytest.mark.parametrize("service", sorted(OPERATIONS))
@pytest.mark.usefixtures("as_in_lambda")
def test_a_client_has_the_operations_that_are_used_and_no_others(service: str) -> None:
    client = sdk.client(service)
    assert set(client.meta.service_model.operation_names) == OPERATIONS[service]
    for operation in client.meta.service_model.operation_names:
        model = client.meta.service_model.operation_model(operation)
        _visit(model.input_shape)
        _visit(model.output_shape)


def _visit(shape, seen=()) -> None:
    """Resolve every shape that a shape refers to; one that is missing raises."""
    if shape is None or shape.name in seen:
        return
    inner = {
        "structure": lambda: [*shape.members.values()],
        "list": lambda: [shape.member],
        "map": lambda: [shape.key, shape.value],
    }.get(shape.type_name, list)
    for member in inner():
        _visit(member, (*seen, shape.name))


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("service", sorted(OPERATIONS))
@pytest.mark.usefixtures("as_in_lambda")
def test_a_client_has_the_endpoint_that_the_sdk_knows(
    service: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    expected = botocore.session.Session().create_client(service).meta.endpoint_url
    assert sdk.client(service).meta.endpoint_url == expected


def test_the_sdks_own_setting_takes_their_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "other.pem"))
    sdk.reset()
    client = sdk.client("dynamodb")
    assert "BatchGetItem" in client.meta.service_model.operation_names
    assert trusted_by(client) == str(tmp_path / "other.pem")


@pytest.mark.usefixtures("as_in_lambda")
def test_a_client_trusts_them_and_no_others() -> None:
    assert trusted_by(sdk.client("events")) == str(root_certificates.FILE)


def trusted_by(client: Any) -> str:
    """Return the file of certificates that a client trusts."""
    return client._endpoint.http_session._verify  # noqa: SLF001 - botocore tells it nowhere else


def test_the_app_has_no_others_in_the_local_cloud() -> None:
    with LocalCloud.start():
        assert not hasattr(sdk.client("dynamodb"), "batch_get_item")


def test_nothing_is_left_of_the_documentation() -> None:
    model = json.loads(next(FOLDER.glob("dynamodb/*/service-2.json")).read_text("utf-8"))
    full = Loader().load_service_model("dynamodb", "service-2")
    assert "documentation" in full["operations"]["UpdateItem"]
    assert "documentation" not in model["operations"]["UpdateItem"]


def test_the_root_certificates_are_the_five_that_amazon_asks_for() -> None:
    text = root_certificates.FILE.read_text(encoding="utf-8")
    assert root_certificates.public_keys(text) == list(root_certificates.PUBLIC_KEYS.values())
    assert text == root_certificates.text()
