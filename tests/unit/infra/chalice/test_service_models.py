"""The packaged part of AWS's service models is enough for what the policies grant."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from chalicelib.adapters import sdk
from infra.chalice import service_models
from tests.support.chalice import CHALICE

POLICIES = CHALICE
USED = {
    "dynamodb": {"DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"},
    "events": {"PutEvents"},
    "scheduler": {"CreateSchedule"},
    "sesv2": {"SendEmail"},
    "sqs": {"ChangeMessageVisibility", "GetQueueUrl"},
    "ssm": {"GetParameter"},
}


SDK = botocore.session.Session()
"""The SDK with its own models; it reads each of them once."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aws_models")
    for name, content in service_models.files(POLICIES).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def packaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the adapters' session find the models where the package has them."""
    for name in ("AWS_DATA_PATH", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sdk, "_MODELS", folder)
    sdk.reset()


@pytest.mark.parametrize("service", sorted(USED))
@pytest.mark.usefixtures("packaged")
def test_a_client_has_what_the_functions_call_with_every_shape_that_it_needs(service: str) -> None:
    model = sdk.client(service).meta.service_model
    assert USED[service] <= set(model.operation_names)
    assert len(model.operation_names) < len(full_model(service)["operations"])
    for operation in map(model.operation_model, model.operation_names):
        _visit(operation.input_shape)
        _visit(operation.output_shape)


def full_model(service: str) -> dict[str, Any]:
    loader = SDK.get_component("data_loader")
    model: dict[str, Any] = loader.load_service_model(service, "service-2")
    return model


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
@pytest.mark.parametrize("service", [*sorted(USED), "iam", "s3"])
@pytest.mark.usefixtures("packaged")
def test_a_client_has_the_endpoint_that_the_sdk_knows(
    service: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    expected = SDK.create_client(service, region_name=region)
    assert sdk.client(service).meta.endpoint_url == expected.meta.endpoint_url


@pytest.mark.usefixtures("packaged")
def test_a_service_that_no_policy_names_has_the_sdks_whole_model() -> None:
    names = set(sdk.client("kms").meta.service_model.operation_names)
    assert names == set(full_model("kms")["operations"])


def test_the_rules_for_endpoints_stay_those_of_the_runtimes_sdk() -> None:
    """Those of a newer SDK have kinds of parameters that an older one refuses."""
    kinds = {Path(name).name for name in service_models.files(POLICIES)}
    assert kinds == {"endpoints.json", "service-2.json"}


def test_nothing_is_left_of_the_documentation() -> None:
    files = service_models.files(POLICIES)
    (model,) = [json.loads(files[name]) for name in files if name.startswith("dynamodb/")]
    assert "documentation" in full_model("dynamodb")["operations"]["UpdateItem"]
    assert "documentation" not in model["operations"]["UpdateItem"]


def granted(folder: Path, *actions: str) -> dict[str, frozenset[str]]:
    """Return the packaged operations for a policy that grants these actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (folder / "policy-dev-consumer.json").write_text(json.dumps(policy), encoding="utf-8")
    return service_models.operations(folder)


@pytest.mark.parametrize(
    ("action", "service", "operations"),
    [
        ("sns:Publish", "sns", {"Publish", "PublishBatch"}),
        ("sqs:SendMessage", "sqs", {"SendMessage", "SendMessageBatch"}),
        ("dynamodb:BatchGetItem", "dynamodb", {"BatchGetItem"}),
        ("dynamodb:batchgetitem", "dynamodb", {"BatchGetItem"}),
        ("dynamodb:UpdateItem", "dynamodb", {"UpdateItem", "TransactWriteItems"}),
        (
            "dynamodb:Batch*",
            "dynamodb",
            {"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem"},
        ),
        ("lambda:InvokeFunction", "lambda", {"Invoke"}),
        ("ses:SendRawEmail", "sesv2", {"SendEmail"}),
        ("kms:Decrypt", "kms", {"Decrypt"}),
    ],
)
def test_what_a_new_consumers_policy_grants_is_packaged_without_a_word(
    tmp_path: Path, action: str, service: str, operations: set[str]
) -> None:
    assert granted(tmp_path, action) == {service: operations}


@pytest.mark.parametrize("action", ["iam:PassRole", "s3:ListBucket", "*", "nothing:Like"])
def test_a_service_of_which_an_action_is_not_known_is_left_to_the_sdk(
    tmp_path: Path, action: str
) -> None:
    assert granted(tmp_path, action) == {}
    assert granted(tmp_path, action, "kms:Decrypt") == {"kms": {"Decrypt"}}


def test_a_statement_for_all_actions_of_a_service_keeps_them_all(tmp_path: Path) -> None:
    assert granted(tmp_path, "ssm:*") == {"ssm": set(full_model("ssm")["operations"])}


def test_a_project_without_policies_has_no_models(tmp_path: Path) -> None:
    assert service_models.files(tmp_path) == {}
