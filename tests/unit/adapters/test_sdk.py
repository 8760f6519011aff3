import traceback
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from chalicelib.adapters import sdk
from chalicelib.domain.errors import LineFull, TransientError

pytestmark = pytest.mark.usefixtures("aws")

SERVICES = ("dynamodb", "events", "scheduler", "sesv2", "sqs")


def client_error(code: str, message: str = "User ada@example.com said: secret") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"RequestId": "request-1", "HTTPStatusCode": 400},
        },
        "UpdateItem",
    )


def test_a_client_is_made_once() -> None:
    assert sdk.client("dynamodb") is sdk.client("dynamodb")
    assert sdk.client("events") is not sdk.client("dynamodb")


def test_clients_share_one_session() -> None:
    assert sdk.session() is sdk.session()


def test_reset_forgets_clients_and_session(monkeypatch: pytest.MonkeyPatch) -> None:
    session, client = sdk.session(), sdk.client("dynamodb")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    sdk.reset()
    assert sdk.session() is not session
    assert sdk.client("dynamodb") is not client
    assert sdk.client("dynamodb").meta.region_name == "eu-north-1"


@pytest.mark.parametrize("service", SERVICES)
def test_every_client_sends_a_short_user_agent(service: str) -> None:
    assert sdk.client(service).meta.config.user_agent == "cart"


@pytest.mark.parametrize("service", SERVICES)
def test_no_client_checks_parameters_before_it_calls(service: str) -> None:
    """What it would check is checked in every test, by infra/local/engine/sdk.py."""
    sdk.reset()
    sdk.session().register("before-call", lambda **_: (AWSResponse("", 200, {}, None), {}))
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "dynamodb": ("update_item", {"TableName": "cart"}),
        "events": ("put_events", {}),
        "scheduler": ("create_schedule", {"Name": "a name with spaces, and nothing else"}),
        "sesv2": ("send_email", {"Content": {}}),
        "sqs": ("get_queue_url", {}),
    }
    operation, parameters = calls[service]
    getattr(sdk.client(service), operation)(**parameters)


def test_parameters_that_no_client_checks_are_checked_in_tests() -> None:
    with pytest.raises(ParamValidationError, match="DetailTipe"):
        sdk.client("events").put_events(Entries=[{"DetailTipe": "ItemAddedToCart"}])


@pytest.mark.parametrize("service", SERVICES)
def test_every_attempt_together_ends_within_a_functions_30_seconds(service: str) -> None:
    config = sdk.client(service).meta.config
    attempts = config.retries["total_max_attempts"]
    longest_pauses = sum(2**retry for retry in range(attempts - 1))  # standard retry mode
    assert attempts * (config.connect_timeout + config.read_timeout) + longest_pauses < 30


@pytest.mark.parametrize(
    ("service", "limits"), [("dynamodb", (1, 3, 3)), ("events", (1, 3, 3)), ("sesv2", (1, 10, 1))]
)
def test_a_call_takes_so_many_seconds_to_connect_and_be_answered_so_many_times(
    service: str, limits: tuple[int, int, int]
) -> None:
    config = sdk.client(service).meta.config
    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout, config.read_timeout, attempts) == limits


def test_sending_mail_is_never_repeated_by_the_sdk() -> None:
    """It is not idempotent: a call that got no answer may have sent the mail."""
    assert sdk.client("sesv2").meta.config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "InternalServerError",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
        "ExpiredTokenException",
        "NeverHeardOf",
    ],
)
def test_what_aws_refuses_is_transient_and_told_without_its_text(code: str) -> None:
    error = sdk.error_of(client_error(code))
    assert type(error) is TransientError
    assert error.message == f"UpdateItem failed with {code}."
    assert error.details == {
        "operation": "UpdateItem",
        "aws_code": code,
        "aws_request_id": "request-1",
    }


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://ada@example.com"),
        NoCredentialsError(),
        ParamValidationError(report="ada@example.com is not valid"),
    ],
)
def test_what_never_reached_aws_is_transient_and_told_by_its_type(error: Exception) -> None:
    translated = sdk.error_of(error)
    assert type(translated) is TransientError
    assert translated.message == f"AWS could not be reached: {type(error).__name__}."


def test_an_error_without_code_or_request_id() -> None:
    error = sdk.error_of(ClientError({}, "Query"))
    assert error.details == {"operation": "Query", "aws_code": "Unknown", "aws_request_id": None}


def test_translated_errors_leave_nothing_of_the_sdks_text_in_a_traceback() -> None:
    @sdk.translated_errors
    def call() -> None:
        raise client_error("ThrottlingException")

    with pytest.raises(TransientError) as caught:
        call()
    printed = "".join(traceback.format_exception(caught.value))
    assert "UpdateItem failed with ThrottlingException." in printed
    assert "ada@example.com" not in printed


def test_translated_errors_let_everything_else_pass() -> None:
    @sdk.translated_errors
    def call(error: Exception | None) -> str:
        if error:
            raise error
        return "done"

    assert call(None) == "done"
    for error in (LineFull("Full."), KeyError("x")):
        with pytest.raises(type(error)) as caught:
            call(error)
        assert caught.value is error


def trusted_by(client: Any) -> object:
    """Return the file of certificates that a client trusts; True for botocore's own."""
    return client._endpoint.http_session._verify  # noqa: SLF001 - botocore tells it nowhere else


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have the package's files in another folder, in which there are none."""
    for name in ("AWS_DATA_PATH", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sdk, "_MODELS", tmp_path / "aws_models")
    monkeypatch.setattr(sdk, "_ROOTS", tmp_path / "roots.pem")
    sdk.reset()
    return tmp_path


@pytest.mark.usefixtures("package")
def test_without_packaged_files_the_sdk_uses_its_own() -> None:
    assert trusted_by(sdk.client("events")) is True
    assert sdk.session().get_config_variable("data_path") is None


def test_packaged_files_are_used(package: Path) -> None:
    (package / "aws_models").mkdir()
    (package / "roots.pem").touch()
    assert trusted_by(sdk.client("events")) == str(package / "roots.pem")
    assert sdk.session().get_config_variable("data_path") == str(package / "aws_models")


def test_the_sdks_own_settings_take_the_place_of_packaged_files(
    monkeypatch: pytest.MonkeyPatch, package: Path
) -> None:
    (package / "aws_models").mkdir()
    (package / "roots.pem").touch()
    monkeypatch.setenv("AWS_DATA_PATH", str(package / "nothing"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(package / "other.pem"))
    sdk.reset()
    assert trusted_by(sdk.client("events")) == str(package / "other.pem")
    assert sdk.session().get_config_variable("data_path") == str(package / "nothing")
