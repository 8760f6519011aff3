"""What somebody might remove or change by hand, and what `status` says of it."""

import json

from tests.deploy.stage import Stage

BUS = "cart-dev"
CONSUMER = "cart-dev-persist_cart"
QUEUE_CONSUMER = "cart-dev-send_reminder"


def no_rule(stage: Stage) -> None:
    no_target(stage)
    stage.client("events").delete_rule(Name="persist-cart", EventBusName=BUS)


def disabled_rule(stage: Stage) -> None:
    stage.client("events").disable_rule(Name="persist-cart", EventBusName=BUS)


def another_pattern(stage: Stage) -> None:
    pattern = json.dumps({"source": ["nobody"]})
    stage.client("events").put_rule(Name="persist-cart", EventBusName=BUS, EventPattern=pattern)


def no_target(stage: Stage) -> None:
    stage.client("events").remove_targets(
        Rule="persist-cart", EventBusName=BUS, Ids=["persist_cart"]
    )


def no_dead_letter_queue(stage: Stage) -> None:
    events = stage.client("events")
    (target,) = events.list_targets_by_rule(Rule="persist-cart", EventBusName=BUS)["Targets"]
    del target["DeadLetterConfig"]
    events.put_targets(Rule="persist-cart", EventBusName=BUS, Targets=[target])


def no_permission(stage: Stage, function: str = CONSUMER) -> None:
    client = stage.client("lambda")
    policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    for statement in policy["Statement"]:
        client.remove_permission(FunctionName=function, StatementId=statement["Sid"])


def no_permission_of_the_api(stage: Stage) -> None:
    no_permission(stage, "cart-dev")


def no_destination(stage: Stage) -> None:
    stage.client("lambda").delete_function_event_invoke_config(FunctionName=CONSUMER)


def another_destination(stage: Stage) -> None:
    queue = "arn:aws:sqs:eu-central-1:123456789012:cart-functions-dlq-dev"
    stage.client("lambda").put_function_event_invoke_config(
        FunctionName=CONSUMER,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )


def no_mapping(stage: Stage) -> None:
    client = stage.client("lambda")
    listed = client.list_event_source_mappings(FunctionName=QUEUE_CONSUMER)
    (mapping,) = listed["EventSourceMappings"]
    client.delete_event_source_mapping(UUID=mapping["UUID"])


def disabled_mapping(stage: Stage) -> None:
    client = stage.client("lambda")
    listed = client.list_event_source_mappings(FunctionName=QUEUE_CONSUMER)
    (mapping,) = listed["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def another_batch_size(stage: Stage) -> None:
    client = stage.client("lambda")
    listed = client.list_event_source_mappings(FunctionName=QUEUE_CONSUMER)
    (mapping,) = listed["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)


def no_retention(stage: Stage) -> None:
    stage.client("logs").delete_retention_policy(logGroupName="/aws/lambda/cart-dev")


def another_retention(stage: Stage) -> None:
    group = f"/aws/lambda/{CONSUMER}"
    stage.client("logs").put_retention_policy(logGroupName=group, retentionInDays=1)


def no_log_group(stage: Stage) -> None:
    stage.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{CONSUMER}")


def another_log_format(stage: Stage) -> None:
    stage.client("lambda").update_function_configuration(
        FunctionName=CONSUMER, LoggingConfig={"LogFormat": "Text"}
    )


def no_queue_policy(stage: Stage) -> None:
    sqs = stage.client("sqs")
    url = sqs.get_queue_url(QueueName="cart-reminders-dev")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def another_timeout(stage: Stage) -> None:
    stage.client("lambda").update_function_configuration(FunctionName=CONSUMER, Timeout=1)


def another_environment(stage: Stage) -> None:
    stage.client("lambda").update_function_configuration(
        FunctionName=CONSUMER, Environment={"Variables": {}}
    )


def another_architecture(stage: Stage) -> None:
    stage.client("lambda").update_function_code(
        FunctionName=QUEUE_CONSUMER, ZipFile=b"", Architectures=["arm64"]
    )


def another_policy(stage: Stage) -> None:
    stage.client("iam").delete_role_policy(RoleName=CONSUMER, PolicyName=CONSUMER)


ROUNDS = [
    {
        no_rule: "rule persist-cart",
        no_permission: "permission of persist-cart",
        no_destination: f"retries and destinations of {CONSUMER}",
        no_mapping: f"queue of {QUEUE_CONSUMER}",
        no_retention: "retention of /aws/lambda/cart-dev",
        no_queue_policy: "policy of queue cart-reminders-dev",
        another_log_format: f"log format of {CONSUMER}",
        another_timeout: f"function {CONSUMER}",
    },
    {
        disabled_rule: "rule persist-cart",
        no_target: "target of rule persist-cart",
        no_permission_of_the_api: "permission of the API",
        another_destination: f"retries and destinations of {CONSUMER}",
        disabled_mapping: f"queue of {QUEUE_CONSUMER}",
        another_retention: f"retention of /aws/lambda/{CONSUMER}",
        another_environment: f"function {CONSUMER}",
        another_architecture: f"function {QUEUE_CONSUMER}",
    },
    {
        another_pattern: "rule persist-cart",
        no_dead_letter_queue: "target of rule persist-cart",
        another_batch_size: f"queue of {QUEUE_CONSUMER}",
        no_log_group: f"retention of /aws/lambda/{CONSUMER}",
        another_policy: f"function {CONSUMER}",
    },
]
