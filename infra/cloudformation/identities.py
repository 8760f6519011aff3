"""What ``Ref`` and ``Fn::GetAtt`` answer for each type of resource that something refers to.

From the "Return values" section of each type's page in the AWS CloudFormation template reference.
Some ids AWS makes up (a user pool's, for one): those get a value of the same shape, always the
same for the same resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from string import ascii_lowercase, digits
from typing import Any, Final, NamedTuple
from uuid import UUID


@dataclass(frozen=True)
class Pseudo:
    """The values of CloudFormation's pseudo parameters."""

    account: str
    region: str
    partition: str = "aws"
    stack_name: str = "stack"

    @property
    def url_suffix(self) -> str:
        """The domain of the partition's endpoints."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


@dataclass(frozen=True)
class Identity:
    """What ``Ref`` gives for a resource, and what ``Fn::GetAtt`` gives for each attribute."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class _Type(NamedTuple):
    """How a type's identity is put together.

    ``named_by`` is the property that holds the resource's ``{id}``; without one, AWS makes an id
    of the shape ``made_up``.
    """

    named_by: str | None = None
    made_up: str = "{uuid}"
    ref: str = "{id}"
    attributes: Mapping[str, str] = {}


def _arn(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


_TYPES: Final[Mapping[str, _Type]] = {
    "AWS::ApiGateway::RestApi": _Type(made_up="{letters:.10}"),
    "AWS::ApiGatewayV2::Api": _Type(made_up="{letters:.10}"),
    "AWS::ApiGatewayV2::Authorizer": _Type(made_up="{letters:.6}"),
    "AWS::ApiGatewayV2::Integration": _Type(made_up="{letters:.7}"),
    "AWS::CloudWatch::Alarm": _Type(
        "AlarmName", attributes={"Arn": _arn("cloudwatch", "alarm:{id}")}
    ),
    "AWS::Cognito::UserPool": _Type(
        made_up="{region}_{letters:.9}", attributes={"Arn": _arn("cognito-idp", "userpool/{id}")}
    ),
    "AWS::Cognito::UserPoolClient": _Type(made_up="{letters:.26}"),
    "AWS::DynamoDB::Table": _Type("TableName", attributes={"Arn": _arn("dynamodb", "table/{id}")}),
    "AWS::Events::ApiDestination": _Type(
        "Name", attributes={"Arn": _arn("events", "api-destination/{id}/{uuid}")}
    ),
    "AWS::Events::Archive": _Type(
        "ArchiveName", attributes={"Arn": _arn("events", "archive/{id}")}
    ),
    "AWS::Events::Connection": _Type(
        "Name", attributes={"Arn": _arn("events", "connection/{id}/{uuid}")}
    ),
    "AWS::Events::EventBus": _Type(
        "Name", attributes={"Arn": _arn("events", "event-bus/{id}"), "Name": "{id}"}
    ),
    # A rule of a bus other than the default one has the bus in its id and ARN.
    "AWS::Events::Rule": _Type(
        "Name",
        ref="{EventBusName}|{id}",
        attributes={"Arn": _arn("events", "rule/{EventBusName}/{id}")},
    ),
    "AWS::IAM::Role": _Type(
        "RoleName", attributes={"Arn": "arn:{partition}:iam::{account}:role{Path}{id}"}
    ),
    "AWS::Logs::LogGroup": _Type(
        "LogGroupName", attributes={"Arn": _arn("logs", "log-group:{id}:*")}
    ),
    "AWS::SES::ConfigurationSet": _Type("Name"),
    "AWS::SNS::Topic": _Type("TopicName", ref=_arn("sns", "{id}")),
    "AWS::SQS::Queue": _Type(
        "QueueName",
        ref="https://sqs.{region}.{url_suffix}/{account}/{id}",
        attributes={"Arn": _arn("sqs", "{id}"), "QueueName": "{id}"},
    ),
    "AWS::Scheduler::ScheduleGroup": _Type(
        "Name", attributes={"Arn": _arn("scheduler", "schedule-group/{id}")}
    ),
}

_DEFAULTS: Final = {"EventBusName": "default", "Path": "/"}


def is_known(resource_type: str) -> bool:
    """Tell whether this module knows the type."""
    return resource_type in _TYPES


def identifying_properties(resource_type: str) -> set[str]:
    """Return the names of the properties that :func:`identify` reads.

    Raises:
        KeyError: the type is not known here.
    """
    return {*_DEFAULTS, _TYPES[resource_type].named_by or "Name"}


def identify(
    logical_id: str,
    resource_type: str,
    properties: Mapping[str, Any],
    pseudo: Pseudo,
) -> Identity:
    """Work out a resource's identity from its resolved properties.

    Raises:
        KeyError: the type is not known here.
    """
    kind = _TYPES[resource_type]
    made_up = _made_up(f"{pseudo.stack_name}/{logical_id}")
    facts = {
        "partition": pseudo.partition,
        "region": pseudo.region,
        "account": pseudo.account,
        "url_suffix": pseudo.url_suffix,
        **{name: properties.get(name, default) for name, default in _DEFAULTS.items()},
    }
    if kind.named_by:
        unnamed = f"{pseudo.stack_name}-{logical_id}-{made_up['letters']:.12}"
        own_id = properties.get(kind.named_by, unnamed)
    else:
        own_id = kind.made_up.format_map(facts | made_up)
    facts |= {"id": own_id, "uuid": made_up["uuid"]}
    return Identity(
        ref=kind.ref.format_map(facts).removeprefix("default|"),
        attributes={
            name: value.format_map(facts).replace(":rule/default/", ":rule/")
            for name, value in kind.attributes.items()
        },
    )


def _made_up(seed: str) -> dict[str, str]:
    digest = sha256(seed.encode()).digest()
    alphabet = ascii_lowercase + digits
    return {
        "letters": "".join(alphabet[byte % len(alphabet)] for byte in digest),
        "uuid": str(UUID(bytes=digest[:16], version=4)),
    }
