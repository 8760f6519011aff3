"""What a stack made and somebody deleted is missed, whatever its type."""

from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.cloudformation.stacks import STACKS
from infra.operations.configuration import Configuration
from infra.operations.deploy import drift, presence
from infra.operations.target import Target
from tests.support.chalice import PROJECT

SERVICES = {service for service, *_ in presence.QUESTIONS.values()}


@dataclass
class FakeAccount:
    """Has every resource but those that are gone, by name."""

    gone: set[str] = field(default_factory=set)

    def __getattr__(self, operation: str) -> Any:
        def answer(**asked: Any) -> dict[str, Any]:
            (name,) = asked.values()
            if operation == "describe_alarms":
                return {"MetricAlarms": [each for each in name if each not in self.gone]}
            if name in self.gone:
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, operation)
            return {}

        return answer


def stage(account: FakeAccount, endpoint_url: str | None = None) -> Target:
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    found = Target(Configuration(PROJECT, "dev"), session, "123456789012", "aws", endpoint_url)
    return replace(found, clients=dict.fromkeys(SERVICES, account))


def test_nothing_is_missing_where_all_is_there() -> None:
    assert list(presence.missing(stage(FakeAccount()))) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cart-dev", {"Table cart-dev", "EventBus cart-dev", "Archive cart-dev"}),
        ("cart-rules-dlq-dev", {"Queue cart-rules-dlq-dev"}),
        ("cart-dev-throttled", {"Alarm cart-dev-throttled"}),
        ("cart-dev-scheduler", {"Role cart-dev-scheduler"}),
    ],
)
def test_what_is_gone_is_told_by_its_kind_and_name(name: str, told: set[str]) -> None:
    assert told <= set(presence.missing(stage(FakeAccount({name}))))


def test_an_emulator_is_not_asked_for_what_it_skips() -> None:
    missing = presence.missing(stage(FakeAccount({"cart-dev-throttled"}), "http://localhost:1"))
    assert list(missing) == []


def test_every_type_of_the_templates_is_looked_at_or_named_here() -> None:
    target = stage(FakeAccount())
    types = {each.type for name in STACKS for each in target.resources(name).values()}
    looked_at = {*presence.QUESTIONS, *drift._CHECKS}  # noqa: SLF001
    assert types - looked_at == {
        "AWS::ApiGateway::RestApi",  # without it there is no answer to anything
        "AWS::Cognito::UserPool",  # without it nobody signs in
        "AWS::Cognito::UserPoolClient",
        "AWS::Logs::ResourcePolicy",  # without it no result is logged
        "AWS::SES::ConfigurationSetEventDestination",  # without it no bounce is heard of
        "AWS::SNS::Topic",  # without it alarms say so in their history
        "AWS::SNS::TopicPolicy",
        "AWS::XRay::SamplingRule",  # without it X-Ray samples as it likes
    }
