"""Whether what a stack made is still there. What is missing, only its stack can make again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.cloudformation.stacks import FOUNDATION, SUBSCRIPTIONS
from infra.cloudformation.template import Resource
from infra.operations.problems import answer_or_none
from infra.operations.target import Target

Ask = tuple[str, str, str, str]

QUESTIONS: Final[Mapping[str, Ask]] = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "describe_alarms", "AlarmNames", "AlarmName"),
    "AWS::CloudWatch::Dashboard": (
        *("cloudwatch", "get_dashboard"),
        *("DashboardName", "DashboardName"),
    ),
    "AWS::DynamoDB::Table": ("dynamodb", "describe_table", "TableName", "TableName"),
    "AWS::Events::Archive": ("events", "describe_archive", "ArchiveName", "ArchiveName"),
    "AWS::Events::EventBus": ("events", "describe_event_bus", "Name", "Name"),
    "AWS::IAM::Role": ("iam", "get_role", "RoleName", "RoleName"),
    "AWS::SES::ConfigurationSet": (
        *("sesv2", "get_configuration_set"),
        *("ConfigurationSetName", "Name"),
    ),
    "AWS::SQS::Queue": ("sqs", "get_queue_url", "QueueName", "QueueName"),
    "AWS::Scheduler::ScheduleGroup": ("scheduler", "get_schedule_group", "Name", "Name"),
}
"""How to ask for a resource: the service, its operation, the parameter for the name, and the
property with the name."""

_SKIPPED_BY_EMULATORS: Final = {
    *("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Events::Archive"),
    "AWS::SES::ConfigurationSet",
}


def look_up(target: Target, resource: Resource) -> dict[str, Any] | None:
    """Return what AWS knows of a resource; None if it is not there."""
    service, operation, parameter, property_name = QUESTIONS[resource.type]
    name = resource.properties[property_name]
    asked = {parameter: [name] if parameter.endswith("s") else name}
    found = answer_or_none(getattr(target.client(service), operation), **asked)
    return None if found is None or found.get("MetricAlarms") == [] else found


def missing(target: Target) -> Iterator[str]:
    """Give what is not there any more, of both stacks, by kind and name."""
    for template in (FOUNDATION, SUBSCRIPTIONS):
        for resource in target.resources(template).values():
            if resource.type not in QUESTIONS:
                continue
            if target.is_local and resource.type in _SKIPPED_BY_EMULATORS:
                continue
            if look_up(target, resource) is None:
                kind = resource.type.rpartition("::")[2]
                yield f"{kind} {resource.properties[QUESTIONS[resource.type][3]]}"
