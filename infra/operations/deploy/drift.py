"""What somebody removed or changed by hand, compared with the templates, and how to put it right.

CloudFormation compares a template with the one before it and not with what is there, so a missing
permission or target stays missing, however often the same template is deployed. This looks at
everything without which events are lost or nobody sees it. `status` shows it, `deploy` mends it.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from chalicelib.settings import API_HANDLER, REST, api_type
from infra.cloudformation.stacks import STACKS
from infra.operations.deploy import deployed, functions, http_api
from infra.operations.problems import answer_or_none, say
from infra.operations.target import Target


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it should be: what, how it is, and how to mend it."""

    what: str
    how: str
    mend: Callable[[], object]


def found(target: Target, leave_out: Collection[str] = ()) -> Iterator[Drift]:
    """Give everything that is missing or changed; the stage has to be deployed.

    ``leave_out`` are types of resources that an emulator does not know.
    """
    for template in STACKS:
        for resource in target.resources(template).values():
            if resource.type in _CHECKS and resource.type not in leave_out:
                yield from _CHECKS[resource.type](target, resource.properties)
    yield from _api_permission(target)
    yield from (Drift(*each) for each in http_api.drift(target))
    for short, name in target.configuration.functions.items():
        yield from _logging(target, name)
        days = target.configuration.of_function(short).log_retention_in_days
        if days is not None:
            yield from _retention(target, f"/aws/lambda/{name}", days)


def told(target: Target) -> list[tuple[str, str]]:
    """Return what is missing or changed, functions included, and how it is."""
    changed = [(f"function {name}", "changed") for name in functions.changed_by_hand(target)]
    return [*changed, *((each.what, each.how) for each in found(target))]


def mend(target: Target, leave_out: Collection[str] = ()) -> bool:
    """Put everything right; tell whether there was anything."""
    say("Comparing what is there with the templates")
    mended = False
    for drift in found(target, leave_out):
        say(f"Restoring {drift.what}, which was {drift.how}")
        drift.mend()
        mended = True
    return mended


def _rule(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    events = target.client("events")
    name, bus = wanted["Name"], wanted["EventBusName"]
    state = answer_or_none(events.describe_rule, Name=name, EventBusName=bus)
    how = "missing"
    if state is not None:
        pattern = json.loads(state.get("EventPattern", "{}"))
        how = "" if pattern == wanted["EventPattern"] else "changed"
        how = how or ("" if state["State"] == wanted["State"] else "disabled")
    if how:
        yield Drift(
            f"rule {name}",
            how,
            lambda: events.put_rule(
                Name=name,
                EventBusName=bus,
                Description=wanted["Description"],
                State=wanted["State"],
                EventPattern=json.dumps(wanted["EventPattern"]),
            ),
        )
    listed = {} if state is None else events.list_targets_by_rule(Rule=name, EventBusName=bus)
    there = {each["Id"]: each for each in listed.get("Targets", [])}
    missing = [each for each in wanted["Targets"] if there.get(each["Id"]) != each]
    if missing:
        yield Drift(
            f"target of rule {name}",
            "missing or changed",
            lambda: events.put_targets(Rule=name, EventBusName=bus, Targets=missing),
        )


def _permission(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    name, source = wanted["FunctionName"], wanted["SourceArn"]
    if not _is_allowed(target, name, wanted["Principal"], source):
        rule = source.rpartition("/")[2]
        yield _missing_permission(target, f"permission of {rule}", f"deploy-{rule}", wanted)


def _api_permission(target: Target) -> Iterator[Drift]:
    """The permission that Chalice gives the REST API, and only when it deploys."""
    if api_type(target.configuration.environment) != REST:
        return
    for api in deployed.api(target):
        wanted = {
            "FunctionName": target.configuration.functions[API_HANDLER],
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": target.arn("execute-api", f"{api['rest_api_id']}/*"),
        }
        if not _is_allowed(
            target, *(wanted[key] for key in ("FunctionName", "Principal", "SourceArn"))
        ):
            yield _missing_permission(target, "permission of the API", "deploy-api", wanted)


def _missing_permission(
    target: Target, what: str, statement: str, wanted: Mapping[str, Any]
) -> Drift:
    return Drift(
        what,
        "missing",
        lambda: target.client("lambda").add_permission(StatementId=statement, **wanted),
    )


def _is_allowed(target: Target, function: str, principal: str, source: str) -> bool:
    answer = answer_or_none(target.client("lambda").get_policy, FunctionName=function)
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": principal}
        and source in json.dumps(statement.get("Condition", {}))
        for statement in statements
    )


def _invocations(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    name = wanted["FunctionName"]
    ask = target.client("lambda").get_function_event_invoke_config
    settings = {
        key: wanted[key]
        for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    }
    there = answer_or_none(ask, FunctionName=name)
    if there is None or _differ(there, settings):
        yield Drift(
            f"retries and destinations of {name}",
            "missing" if there is None else "changed",
            lambda: target.client("lambda").put_function_event_invoke_config(
                FunctionName=name, **settings
            ),
        )


def _mapping(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    client, name = target.client("lambda"), wanted["FunctionName"]
    listed = client.list_event_source_mappings(
        FunctionName=name, EventSourceArn=wanted["EventSourceArn"]
    )["EventSourceMappings"]
    if scaling := wanted.get("ScalingConfig"):
        # A parameter is a string where it is referred to.
        numbers = {name: int(value) for name, value in scaling.items()}
        wanted = {**wanted, "ScalingConfig": numbers}
    settings = {key: value for key, value in wanted.items() if key in _MAPPING_SETTINGS}
    if not listed:
        yield Drift(
            f"queue of {name}",
            "missing",
            lambda: client.create_event_source_mapping(**wanted),
        )
    elif listed[0]["State"] in {"Disabled", "Disabling"} or _differ(listed[0], settings):
        yield Drift(
            f"queue of {name}",
            "disabled or changed",
            lambda: client.update_event_source_mapping(
                UUID=listed[0]["UUID"], Enabled=True, **settings
            ),
        )


_MAPPING_SETTINGS: Final = (
    *("BatchSize", "MaximumBatchingWindowInSeconds"),
    *("FunctionResponseTypes", "ScalingConfig"),
)


def _queue_policy(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    sqs = target.client("sqs")
    for url in wanted["Queues"]:
        name = url.rpartition("/")[2]
        queue = answer_or_none(sqs.get_queue_url, QueueName=name)
        if queue is None:  # a queue is more than its policy: only its stack can make it
            continue
        answer = sqs.get_queue_attributes(QueueUrl=queue["QueueUrl"], AttributeNames=["Policy"])
        policy = json.loads(answer.get("Attributes", {}).get("Policy", "{}"))
        if policy.get("Statement") != wanted["PolicyDocument"]["Statement"]:
            yield Drift(
                f"policy of queue {name}",
                "changed" if policy else "missing",
                partial(
                    sqs.set_queue_attributes,
                    QueueUrl=queue["QueueUrl"],
                    Attributes={"Policy": json.dumps(wanted["PolicyDocument"])},
                ),
            )


def _log_group(target: Target, wanted: Mapping[str, Any]) -> Iterator[Drift]:
    yield from _retention(target, wanted["LogGroupName"], wanted["RetentionInDays"])


def _retention(target: Target, name: str, days: int) -> Iterator[Drift]:
    logs = target.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    groups = {group["logGroupName"]: group for page in pages for group in page["logGroups"]}

    def restore() -> None:
        if name not in groups:
            logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)

    if groups.get(name, {}).get("retentionInDays") != days:
        yield Drift(f"retention of {name}", "changed" if name in groups else "missing", restore)


def _logging(target: Target, name: str) -> Iterator[Drift]:
    """How a function logs, of which Chalice knows nothing."""
    client = target.client("lambda")
    there = answer_or_none(client.get_function_configuration, FunctionName=name)
    if there is None:
        return

    def restore() -> None:
        client.get_waiter("function_updated_v2").wait(FunctionName=name)  # what Chalice changed
        client.update_function_configuration(FunctionName=name, LoggingConfig=functions.LOGGING)

    if _differ(there.get("LoggingConfig", {}), functions.LOGGING):
        yield Drift(f"log format of {name}", "changed", restore)


def _differ(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether something of what is wanted is not there, or otherwise."""
    return any(
        _differ(there.get(key) or {}, value)
        if isinstance(value, Mapping)
        else there.get(key) != value
        for key, value in wanted.items()
    )


_CHECKS: Final[Mapping[str, Callable[[Target, Mapping[str, Any]], Iterator[Drift]]]] = {
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::EventInvokeConfig": _invocations,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SQS::QueuePolicy": _queue_policy,
}
