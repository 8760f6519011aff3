"""What each role may *not* do: of all that could be asked for, exactly what is named here passes.

The functions that the cart depends on are named here, with everything that they may do. Others may
be added: what is the cart's they may not touch.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

import pytest

from infra.generate.event_schemas import all_events
from tests.support import iam
from tests.support.iam import Policy, Request
from tests.support.iam_requests import put_event
from tests.support.infrastructure import (
    ARN,
    CONFIG,
    DEPLOYED_STAGES,
    RESOURCES,
    config_of,
    consumer_names,
    of_the_core,
    resources_of,
)
from tests.support.permissions import declared, policy_of

FUNCTIONS: Final = ("api_handler", *consumer_names())

TABLE_ACTIONS: Final = (
    *("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "Scan", "BatchGetItem"),
    *("BatchWriteItem", "ConditionCheckItem", "PartiQLSelect", "PartiQLUpdate", "PartiQLDelete"),
    *("PartiQLInsert", "DescribeTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive"),
    *("ExportTableToPointInTime", "RestoreTableToPointInTime", "PutResourcePolicy"),
)
PARTITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "carts": ("CART#3f6c2a3e-5d0a-4b7e-9d57-2a1c7f1a9b10", "CART#guest-0123"),
    "no cart": ("CART#unknown",),
    "addresses": ("ADDRESS#5c0a",),
    "preferences": ("PREFERENCES#3f6c2a3e",),
    "other partitions": ("OTHER#1", "CART", "CARTS#1", "cart#1", "XCART#1", "#", "*", "ADDRESS"),
}
QUEUE_ACTIONS: Final = (
    *("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueUrl"),
    *("GetQueueAttributes", "SetQueueAttributes", "PurgeQueue", "DeleteQueue", "AddPermission"),
    *("StartMessageMoveTask", "ListQueues", "CreateQueue"),
)
QUEUES: Final = (
    *("cart-reminders", "cart-reminders-dlq", "cart-rules-dlq", "cart-schedules-dlq"),
    "cart-functions-dlq",
)
EVENTS: Final = (
    *(("cart.api", "ItemAddedToCart"), ("cart.api", "CartCheckedOut")),
    *(("cart.reminders", "CartReminderDue"), ("cart.reminders", "ItemAddedToCart")),
    *(("cart.reminders", "ReminderSent"), ("cart.reminders", "ReminderSkipped")),
    *(("cart.reminders", "AddressSuppressed"), ("cart.reminders", "ReminderFollowed")),
    *(("aws.ses", "Email Bounced"), ("aws.ses", "CartReminderDue")),
    *(("lambda", "Lambda Function Invocation Result - Success"),),
    *(("lambda", "Lambda Function Invocation Result - Failure"),),
    *(("lambda", "CartReminderDue"), ("cart.consumers", "persisted"), ("", "")),
)
SCHEDULE_ACTIONS: Final = (
    *("CreateSchedule", "UpdateSchedule", "DeleteSchedule", "GetSchedule", "ListSchedules"),
    *("DeleteScheduleGroup", "CreateScheduleGroup", "TagResource"),
)
MAIL_ACTIONS: Final = (
    *("SendEmail", "SendRawEmail", "SendBulkEmail", "SendTemplatedEmail", "SendCustomEmail"),
    *("DeleteEmailIdentity", "PutSuppressedDestination", "GetAccount"),
)
PARAMETER_ACTIONS: Final = (
    *("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"),
    *("PutParameter", "DeleteParameter", "DescribeParameters"),
)
LOG_ACTIONS: Final = (
    *("CreateLogStream", "PutLogEvents", "CreateLogGroup", "DeleteLogGroup", "GetLogEvents"),
    *("FilterLogEvents", "PutRetentionPolicy"),
)
NOTHING_OF_THESE: Final = (
    *("iam:CreateRole", "iam:AttachRolePolicy", "sts:AssumeRole", "kms:Decrypt", "s3:GetObject"),
    *("lambda:InvokeFunction", "lambda:UpdateFunctionCode", "events:PutRule", "events:PutTargets"),
    *("events:StartReplay", "events:DeleteRule", "cognito-idp:ListUsers", "sns:Publish"),
    *("cognito-idp:AdminGetUser", "secretsmanager:GetSecretValue", "cloudformation:UpdateStack"),
)

LOGS: Final = {"logs:CreateLogStream its own", "logs:PutLogEvents its own"}
TRACES: Final = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
RESULTS: Final = {
    f"events:PutEvents lambda/Lambda Function Invocation Result - {result}"
    for result in ("Success", "Failure")
}
MAY: Final[Mapping[str, set[str]]] = {
    "api_handler": {
        "events:PutEvents cart.reminders/ReminderFollowed",
        "events:PutEvents cart.api/ItemAddedToCart",
        "events:PutEvents cart.api/CartCheckedOut",
        "dynamodb:GetItem carts",
        "dynamodb:GetItem no cart",
        "dynamodb:Query carts",
        "dynamodb:Query no cart",
        "dynamodb:GetItem addresses",
        "dynamodb:GetItem preferences",
        "dynamodb:PutItem preferences",
        "ssm:GetParameter signing-keys",
    },
    "persist_cart": {
        "dynamodb:Query carts",
        "dynamodb:Query no cart",
        "dynamodb:UpdateItem carts",
        "dynamodb:UpdateItem no cart",
        *RESULTS,
    },
    "schedule_reminder": {
        "scheduler:CreateSchedule cart-reminders",
        "iam:PassRole scheduler to scheduler.amazonaws.com",
        *RESULTS,
    },
    "send_reminder": {
        "sqs:ReceiveMessage cart-reminders",
        "sqs:DeleteMessage cart-reminders",
        "sqs:GetQueueAttributes cart-reminders",
        "sqs:ChangeMessageVisibility cart-reminders",
        "sqs:GetQueueUrl cart-reminders",
        "dynamodb:Query carts",
        "dynamodb:Query no cart",
        "dynamodb:GetItem addresses",
        "dynamodb:GetItem preferences",
        *(
            f"dynamodb:{action} {partition}"
            for action in ("PutItem", "UpdateItem", "DeleteItem")
            for partition in ("carts", "no cart")
        ),
        *(
            f"ses:{action} {resource} from the shop"
            for action in ("SendEmail", "SendRawEmail")
            for resource in ("identity", "configuration-set")
        ),
        "ssm:GetParameter signing-keys",
        "events:PutEvents cart.reminders/ReminderSent",
        "events:PutEvents cart.reminders/ReminderSkipped",
    },
    "record_failure": {
        "dynamodb:PutItem carts",
        "dynamodb:PutItem no cart",
        "sqs:SendMessage cart-functions-dlq",
    },
    "suppress_address": {
        "dynamodb:PutItem addresses",
        "dynamodb:PutItem no cart",
        "sqs:SendMessage cart-functions-dlq",
        "ssm:GetParameter signing-keys",
        "events:PutEvents cart.reminders/AddressSuppressed",
    },
}

MAY_IF_ADDED: Final = RESULTS | LOGS | TRACES | {"sqs:SendMessage cart-functions-dlq"}
"""What a function that is added may do, beside what it does in partitions of its own."""

Asked = Iterator[tuple[str, Request]]


def other(stage: str) -> str:
    return "dev" if stage == "prod" else "prod"


def asked_for(stage: str, function: str) -> Asked:
    """Give all that is asked for here, each with a name; many requests may share one."""
    for asked in (_table, _bus, _queues, _schedules, _roles, _mail, _parameters, _others):
        yield from asked(stage)
    yield from _logs(stage, function)


def _table(stage: str) -> Asked:
    tables: dict[str, str] = {
        "": f"table/cart-{stage}",
        " in another stage": f"table/cart-{other(stage)}",
        " in another table": f"table/cart-{stage}-orders",
        " in the index": f"table/cart-{stage}/index/failures-by-request",
        " in the stream": f"table/cart-{stage}/stream/2026-03-02T09:30:00.000",
    }
    for action, (partition, keys), (where, table) in product(
        TABLE_ACTIONS, PARTITIONS.items(), tables.items()
    ):
        for key in keys:
            context = {"dynamodb:LeadingKeys": (key,)}
            request = Request(f"dynamodb:{action}", ARN.format("dynamodb", table), context)
            yield f"dynamodb:{action} {partition}{where}", request
    for action, (one, another) in product(
        TABLE_ACTIONS, (("carts", "addresses"), ("carts", "other partitions"))
    ):
        both = {"dynamodb:LeadingKeys": (PARTITIONS[one][0], PARTITIONS[another][0])}
        request = Request(f"dynamodb:{action}", ARN.format("dynamodb", f"table/cart-{stage}"), both)
        yield f"dynamodb:{action} {one} and {another}", request


def _bus(stage: str) -> Asked:
    buses = {
        "": f"cart-{stage}",
        " in another stage": f"cart-{other(stage)}",
        " default": "default",
    }
    for (source, detail_type), (where, bus) in product(EVENTS, buses.items()):
        context = {"events:source": (source,), "events:detail-type": (detail_type,)}
        request = Request("events:PutEvents", ARN.format("events", f"event-bus/{bus}"), context)
        yield f"events:PutEvents {source}/{detail_type}{where}", request


def _queues(stage: str) -> Asked:
    for action, queue in product(QUEUE_ACTIONS, QUEUES):
        for where, name in (
            ("", stage),
            (" in another stage", other(stage)),
            (" like it", "prod2"),
        ):
            arn = ARN.format("sqs", f"{queue}-{name}")
            yield f"sqs:{action} {queue}{where}", Request(f"sqs:{action}", arn)


def _schedules(stage: str) -> Asked:
    groups = (f"cart-reminders-{stage}", f"cart-reminders-{other(stage)}", "default", "cart")
    for action, group in product(SCHEDULE_ACTIONS, groups):
        name = "cart-reminders" if group == groups[0] else group
        request = Request(f"scheduler:{action}", ARN.format("scheduler", f"schedule/{group}/ada-1"))
        yield f"scheduler:{action} {name}", request


def _roles(stage: str) -> Asked:
    roles = {
        "scheduler": f"cart-{stage}-scheduler",
        "scheduler of another stage": f"cart-{other(stage)}-scheduler",
        "admin": "admin",
        "api": f"cart-{stage}-api_handler",
    }
    services = ("scheduler.amazonaws.com", "lambda.amazonaws.com", "ec2.amazonaws.com", "")
    for (name, role), service in product(roles.items(), services):
        context = {"iam:PassedToService": (service,)} if service else {}
        request = Request("iam:PassRole", f"arn:aws:iam::123456789012:role/{role}", context)
        yield f"iam:PassRole {name} to {service}", request


def _mail(stage: str) -> Asked:
    shop = CONFIG["stages"][stage]["environment_variables"]["MAIL_SENDER"]
    senders = {
        "the shop": shop,
        "somebody else": "ceo@shop.example.com",
        "a likeness": f"{shop}.evil.example",
        "nobody": "",
    }
    resources = {
        "identity": "identity/ada@example.com",
        "configuration-set": f"configuration-set/cart-{stage}",
        "another configuration-set": f"configuration-set/cart-{other(stage)}",
        "template": "template/any",
    }
    for action, (name, resource), (sender, address) in product(
        MAIL_ACTIONS, resources.items(), senders.items()
    ):
        context = {"ses:FromAddress": (address,)} if address else {}
        request = Request(f"ses:{action}", ARN.format("ses", resource), context)
        yield f"ses:{action} {name} from {sender}", request


def _parameters(stage: str) -> Asked:
    parameters = {
        "signing-keys": f"/cart-{stage}/signing-keys",
        "another stage's signing-keys": f"/cart-{other(stage)}/signing-keys",
        "all of the stage": f"/cart-{stage}",
        "something else": f"/cart-{stage}/signing-keys-old",
        "password": "/password",
    }
    for action, (name, parameter) in product(PARAMETER_ACTIONS, parameters.items()):
        request = Request(f"ssm:{action}", ARN.format("ssm", f"parameter{parameter}"))
        yield f"ssm:{action} {name}", request


def _logs(stage: str, function: str) -> Asked:
    for owner, action in product((*FUNCTIONS, "nobody"), LOG_ACTIONS):
        suffix = "" if owner == "api_handler" else f"-{owner}"
        stream = f"log-group:/aws/lambda/cart-{stage}{suffix}:log-stream:2026/03/02/[$LATEST]0"
        name = "its own" if owner == function else f"of {owner}"
        yield f"logs:{action} {name}", Request(f"logs:{action}", ARN.format("logs", stream))


def _others(stage: str) -> Asked:
    for action in ("PutTelemetryRecords", "PutTraceSegments", "GetTraceSummaries"):
        yield f"xray:{action}", Request(f"xray:{action}", "*")
    for action, resource in product(NOTHING_OF_THESE, ("*", f"arn:aws:s3:::cart-{stage}/x")):
        yield action, Request(action, resource)


def allowed(policy: Policy, stage: str, function: str) -> set[str]:
    """Give the names of all that is allowed, with the requests of a name that differ marked."""
    answers: dict[str, set[bool]] = {}
    for name, request in asked_for(stage, function):
        answers.setdefault(name, set()).add(policy.allows(request))
    divided = {name for name, answer in answers.items() if len(answer) > 1}
    assert divided == set(), "some of these are allowed and some are not"
    return {name for name, answer in answers.items() if answer == {True}}


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
@pytest.mark.parametrize("function", MAY)
def test_a_function_may_do_what_is_named_here_and_nothing_else(function: str, stage: str) -> None:
    policy = policy_of(function, stage, as_stage=stage)
    traces = TRACES if config_of(function).xray_enabled else set()
    assert allowed(policy, stage, function) == MAY[function] | LOGS | traces


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
def test_a_function_that_is_added_may_touch_nothing_of_the_cart(stage: str) -> None:
    for function in set(FUNCTIONS) - set(MAY):
        policy = policy_of(function, stage, as_stage=stage)
        assert allowed(policy, stage, function) <= MAY_IF_ADDED | declared(function), function


def test_every_function_that_the_cart_depends_on_is_named_here() -> None:
    assert set(FUNCTIONS) >= set(MAY)


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
def test_a_role_of_scheduler_may_put_the_event_that_is_due_and_keep_a_dead_letter(
    stage: str,
) -> None:
    exist = {(event.source, event.detail_type) for event in all_events()}
    near = [*product(*(sorted({each[field] for each in exist}) for field in (0, 1)))]
    put = {}
    for role in (each for each in resources_of(stage).values() if each.type == "AWS::IAM::Role"):
        (given,) = role.properties["Policies"]
        policy = iam.parse(given["PolicyDocument"])
        bus = ARN.format("events", f"event-bus/cart-{stage}")
        put[role.logical_id] = [each for each in near if policy.allows(put_event(bus, *each))]
        due = {f"events:PutEvents {source}/{kind}" for source, kind in put[role.logical_id]}
        may = allowed(policy, stage, "nobody in particular")
        assert may - due == {"sqs:SendMessage cart-schedules-dlq"}, role.logical_id
    assert put.pop("SchedulerRole") == [("cart.reminders", "CartReminderDue")]
    for name, events in put.items():
        assert len(events) == 1, name
        assert set(events) <= exist, name


def test_no_role_but_that_of_scheduler_is_made() -> None:
    assert [role.logical_id for role in of_the_core("IAM::Role")] == ["SchedulerRole"]
    assert len(RESOURCES["SchedulerRole"].properties["Policies"]) == 1
    assert not RESOURCES["SchedulerRole"].properties.get("ManagedPolicyArns")
