"""Which principals and events are close to those that are meant, and must not pass."""

import copy
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final

import pytest

from infra.local.aws import eventbridge_patterns
from infra.local.aws.eventbridge_rules import input_of
from tests.support.infrastructure import (
    ARN,
    RESOURCES,
    STAGES,
    by_arn,
    of_the_core,
    of_type,
    resources_of,
    targets,
)
from tests.support.resource_policies import Asked, allows

# --- Policies of queues, of the topic, of roles, and permissions of functions ---

EVENTS: Final = "events.amazonaws.com"
PRINCIPALS: Final = (
    *(EVENTS, "scheduler.amazonaws.com", "sns.amazonaws.com", "lambda.amazonaws.com"),
    *("cloudwatch.amazonaws.com", "s3.amazonaws.com", "ses.amazonaws.com", "*"),
    *("arn:aws:iam::123456789012:root", "arn:aws:iam::999999999999:root"),
)
RULE_OF_THE_BUS: Final = ARN.format("events", "rule/cart-prod/persist-cart")
QUEUE_RULE: Final = ARN.format("events", "rule/cart-prod/queue-reminder")
FEEDBACK_RULE: Final = ARN.format("events", "rule/cart-prod-mail-feedback")
ALARM: Final = ARN.format("cloudwatch", "alarm:cart-prod-failures")
GROUP: Final = ARN.format("scheduler", "schedule-group/cart-reminders-prod")
SOURCES: Final = (
    *(RULE_OF_THE_BUS, QUEUE_RULE, FEEDBACK_RULE, ALARM, GROUP, None, ""),
    ARN.format("events", "rule/cart-dev/queue-reminder"),
    ARN.format("events", "rule/cart-prod/queue-reminders"),
    ARN.format("events", "rule/cart-prod2/queue-reminder"),
    ARN.format("events", "rule/queue-reminder"),
    ARN.format("events", "rule/cart-dev-mail-feedback"),
    ARN.format("events", "rule/cart-prod-mail-feedback-2"),
    ARN.format("cloudwatch", "alarm:cart-dev-failures"),
    ARN.format("cloudwatch", "alarm:other"),
    ARN.format("scheduler", "schedule-group/default"),
    ARN.format("scheduler", "schedule-group/cart-reminders-dev"),
    QUEUE_RULE.replace("123456789012", "999999999999"),
    QUEUE_RULE.replace("eu-central-1", "us-east-1"),
    ALARM.replace("123456789012", "999999999999"),
    GROUP.replace("123456789012", "999999999999"),
)
ACCOUNTS: Final = ("123456789012", "999999999999", None)
ACTIONS: Final = (
    *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"),
    *("sqs:SetQueueAttributes", "sns:Publish", "sns:Subscribe", "sns:SetTopicAttributes"),
    *("sts:AssumeRole", "sts:TagSession"),
)


def passing(document: Mapping[str, Any], resource: str) -> set[tuple[str, str, str | None]]:
    """Give each principal, action and source ARN that a policy lets pass on a resource."""
    found = set()
    for principal, action, source, account in product(PRINCIPALS, ACTIONS, SOURCES, ACCOUNTS):
        given = {"aws:SourceArn": source, "aws:SourceAccount": account}
        context = {key: value for key, value in given.items() if value is not None}
        if allows(document, Asked(principal, action, resource, context)):
            found.add((principal, action, source))
    return found


def policies_on(resource: str) -> list[Mapping[str, Any]]:
    """Give the policy documents of queues and topics whose statements name a resource."""
    found = [*of_type("SQS::QueuePolicy"), *of_type("SNS::TopicPolicy")]
    documents = [policy.properties["PolicyDocument"] for policy in found]
    return [each for each in documents if any(s["Resource"] == resource for s in each["Statement"])]


def test_only_the_rule_for_due_reminders_writes_to_their_queue() -> None:
    queue = RESOURCES["ReminderQueue"].attributes["Arn"]
    (document,) = policies_on(queue)
    assert passing(document, queue) == {(EVENTS, "sqs:SendMessage", QUEUE_RULE)}


def test_a_queue_that_a_rule_feeds_lets_that_rule_in_and_nobody_else() -> None:
    for rule, target in targets():
        queue = target["Arn"]
        if queue in by_arn("SQS::Queue"):
            (document,) = policies_on(queue)
            source = rule.attributes["Arn"]
            context = {"aws:SourceArn": source}
            assert allows(document, Asked(EVENTS, "sqs:SendMessage", queue, context)), queue
            assert passing(document, queue) <= {(EVENTS, "sqs:SendMessage", source)}, queue


def test_only_the_stages_rules_write_to_the_queue_of_what_rules_could_not_deliver() -> None:
    queue = RESOURCES["RulesDlq"].attributes["Arn"]
    (document,) = policies_on(queue)
    of_the_bus = {source for source in SOURCES if source and ":rule/cart-prod/" in source}
    here = {source for source in of_the_bus if "eu-central-1:123456789012" in source}
    assert passing(document, queue) == {
        (EVENTS, "sqs:SendMessage", source) for source in here | {FEEDBACK_RULE}
    }


def test_nobody_else_is_let_into_any_queue() -> None:
    for queue in of_the_core("SQS::Queue"):
        if queue.logical_id not in {"ReminderQueue", "RulesDlq"}:
            assert policies_on(queue.attributes["Arn"]) == [], queue.logical_id


def test_a_policy_is_on_the_queue_that_its_statements_name() -> None:
    queues = {queue.ref: arn for arn, queue in by_arn("SQS::Queue").items()}
    for policy in of_type("SQS::QueuePolicy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            assert [queues[url] for url in policy.properties["Queues"]] == [statement["Resource"]]


def test_only_the_stages_alarms_publish_to_the_topic() -> None:
    (topic,) = of_type("SNS::Topic")
    (document,) = policies_on(topic.ref)
    assert passing(document, topic.ref) == {("cloudwatch.amazonaws.com", "sns:Publish", ALARM)}
    (policy,) = of_type("SNS::TopicPolicy")
    assert policy.properties["Topics"] == [topic.ref]
    foreign = {"aws:SourceArn": ALARM, "aws:SourceAccount": "999999999999"}
    asked = Asked("cloudwatch.amazonaws.com", "sns:Publish", topic.ref, foreign)
    assert not allows(document, asked)


def test_only_the_schedules_of_the_stage_act_in_a_role_of_scheduler() -> None:
    scheduler = {("scheduler.amazonaws.com", "sts:AssumeRole", GROUP)}
    documents = [role.properties["AssumeRolePolicyDocument"] for role in of_type("IAM::Role")]
    for document, context in product(
        documents,
        (
            {"aws:SourceArn": GROUP},
            {"aws:SourceAccount": "123456789012"},
            {"aws:SourceArn": GROUP, "aws:SourceAccount": "999999999999"},
        ),
    ):
        assert passing(document, "*") == scheduler
        asked = Asked("scheduler.amazonaws.com", "sts:AssumeRole", "*", context)
        assert not allows(document, asked)


def test_every_permission_to_invoke_names_one_rule_of_this_stage() -> None:
    rules = by_arn("Events::Rule")
    for permission in of_type("Lambda::Permission"):
        assert permission.properties["SourceArn"] in rules, permission.logical_id
        assert permission.properties["Principal"] == EVENTS
        assert permission.properties["Action"] == "lambda:InvokeFunction"
        assert set(permission.properties) == {"FunctionName", "SourceArn", "Principal", "Action"}


# --- Rules: for each field of a pattern, events that just do not match ---

ADA: Final = {"id": "ada", "email": "ada@example.com"}
SUCCESS: Final = "Lambda Function Invocation Result - Success"


def on_bus(source: str, detail_type: str, **detail: Any) -> dict[str, Any]:
    return {"source": source, "detail-type": detail_type, "detail": detail}


def result(**answer: Any) -> dict[str, Any]:
    return on_bus(
        "lambda",
        SUCCESS,
        requestContext={"condition": "Success"},
        requestPayload={"detail": {"data": {"customer": ADA}}},
        responsePayload={"source": "cart.consumers", **answer},
    )


def bounced(stage: str) -> dict[str, Any]:
    tags = {"ses:configuration-set": [f"cart-{stage}"]}
    return on_bus("aws.ses", "Email Bounced", mail={"tags": tags})


SAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    "persist-cart": on_bus("cart.api", "ItemAddedToCart", data={"customer": ADA}),
    "schedule-reminder": on_bus("cart.api", "ItemAddedToCart", data={"customer": ADA}),
    "schedule-missed-reminder": result(action="persisted", late=True),
    "queue-reminder": on_bus("cart.reminders", "CartReminderDue"),
    "record-success": result(action="persisted"),
    "record-failure": on_bus("lambda", "Lambda Function Invocation Result - Failure"),
    "record-rejection": result(action="rejected"),
    "cart-prod-mail-feedback": bounced("prod"),
}
"""An event that each rule matches."""

OF_OTHER_STAGES: Final = [bounced(stage) for stage in (*STAGES, "prod2") if stage != "prod"]


def patterns() -> dict[str, Mapping[str, Any]]:
    rules = of_the_core("Events::Rule")
    return {rule.properties["Name"]: rule.properties["EventPattern"] for rule in rules}


def fields_of(pattern: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give the path of each field that a pattern is about, and what it wants there."""
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            yield from fields_of(wanted, *above, name)
        else:
            yield (*above, name), wanted


def without(event: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(event)
    at = changed
    for name in path[:-1]:
        at = at[name]
    del at[path[-1]]
    return changed


def having(event: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(event)
    at = changed
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return changed


def misses_of(wanted: list[Any]) -> Iterator[Any]:
    """Give values that are close to those that a field should have, and are others."""
    yield from (None, {}, [])
    for value in wanted:
        match value:
            case str():
                yield from (
                    f"{value}s",
                    f" {value}",
                    value[:-1],
                    value.upper() + "!",
                    [f"{value}x"],
                )
                yield from (value.lower() + " ", {"value": value})
            case bool():
                yield from (not value, str(value).lower(), int(value))
            case {"anything-but": unwanted}:
                yield unwanted


@pytest.mark.parametrize("rule", SAMPLES)
def test_a_rule_matches_its_sample(rule: str) -> None:
    assert eventbridge_patterns.matches(patterns()[rule], SAMPLES[rule])


@pytest.mark.parametrize("rule", SAMPLES)
def test_a_rule_matches_no_event_that_lacks_a_field_or_has_almost_the_right_value(
    rule: str,
) -> None:
    pattern = patterns()[rule]
    passed = []
    for path, wanted in fields_of(pattern):
        others = [without(SAMPLES[rule], path)]
        if {"exists": True} not in wanted:
            others += [having(SAMPLES[rule], path, value) for value in misses_of(wanted)]
        if any(isinstance(each, dict) and "anything-but" in each for each in wanted):
            others = [others[0], having(SAMPLES[rule], path, "rejected")]
        passed += [(path, each) for each in others if eventbridge_patterns.matches(pattern, each)]
    assert passed == []


def test_schedule_reminder_is_sent_the_add_whichever_rule_brings_it() -> None:
    sent = {
        rule.properties["Name"]: input_of(target)(SAMPLES[rule.properties["Name"]])
        for rule, target in targets()
        if target["Id"] == "schedule_reminder"
    }
    assert len(sent) == 2
    for name, event in sent.items():
        assert event["detail"]["data"]["customer"] == ADA, name


def test_no_rule_hears_of_another_stages_mail() -> None:
    for event, (name, pattern) in product(OF_OTHER_STAGES, patterns().items()):
        assert not eventbridge_patterns.matches(pattern, event), name


def test_every_rule_wants_the_fields_that_keep_others_events_away() -> None:
    fields = {
        name: {path for path, _ in fields_of(pattern)} for name, pattern in patterns().items()
    }
    always = {("source",), ("detail-type",)}
    reported = {
        ("detail", "requestContext", "condition"),
        ("detail", "responsePayload", "source"),
        ("detail", "responsePayload", "action"),
    }
    assert fields == {
        "persist-cart": always,
        "schedule-reminder": always | {("detail", "data", "customer", "email")},
        "schedule-missed-reminder": always
        | reported
        | {
            ("detail", "responsePayload", "late"),
            ("detail", "requestPayload", "detail", "data", "customer", "email"),
        },
        "queue-reminder": always,
        "record-success": always | reported,
        "record-failure": always,
        "record-rejection": always | reported,
        "cart-prod-mail-feedback": always | {("detail", "mail", "tags", "ses:configuration-set")},
    }


def test_a_rule_of_every_stage_is_on_the_bus_of_that_stage() -> None:
    for stage in STAGES:
        for rule in resources_of(stage).values():
            if rule.type == "AWS::Events::Rule" and rule.properties["EventBusName"] != "default":
                assert rule.properties["EventBusName"] == f"cart-{stage}", rule.logical_id
