"""Hearing every event of the bus for a while: a rule and a queue that are removed afterwards."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import time as now
from typing import Any, Final

from infra.operations.problems import answer_or_none
from infra.operations.target import Target

LONGEST: Final = timedelta(hours=12)
"""Who listens for longer is taken to have been killed, and is cleaned up after."""

_RETENTION_SECONDS: Final = "300"


@contextmanager
def listening(target: Target) -> Iterator[str]:
    """Send every event of the bus to a queue as well; give the queue's URL."""
    _remove(target, older_than=LONGEST)
    name = f"{_prefix(target)}{int(now())}-{secrets.token_hex(3)}"
    bus = target.names.bus
    rule_arn = target.arn("events", f"rule/{bus}/{name}")
    queue_arn = target.arn("sqs", name)
    try:
        url: str = target.client("sqs").create_queue(
            QueueName=name,
            Attributes={
                "MessageRetentionPeriod": _RETENTION_SECONDS,
                "SqsManagedSseEnabled": "true",
                "Policy": json.dumps(_policy(queue_arn, rule_arn)),
            },
        )["QueueUrl"]
        target.client("events").put_rule(
            Name=name,
            EventBusName=bus,
            Description="Somebody is watching; removed when they stop.",
            EventPattern=json.dumps({"account": [target.account]}),
        )
        target.client("events").put_targets(
            Rule=name, EventBusName=bus, Targets=[{"Id": "watch", "Arn": queue_arn}]
        )
        yield url
    finally:
        _remove_one(target, name)


def remove_all(target: Target) -> None:
    """Remove what anybody has ever listened with."""
    _remove(target, older_than=timedelta(0))


def _prefix(target: Target) -> str:
    return f"{target.names.base}-watch-"


def _remove(target: Target, older_than: timedelta) -> None:
    limit = now() - older_than.total_seconds()
    pages = target.client("sqs").get_paginator("list_queues")
    for page in pages.paginate(QueueNamePrefix=_prefix(target)):
        for url in page.get("QueueUrls", []):
            name = url.rpartition("/")[2]
            if int(name.removeprefix(_prefix(target)).partition("-")[0]) <= limit:
                _remove_one(target, name)


def _remove_one(target: Target, name: str) -> None:
    """Remove rule and queue, the queue last: as long as it is there, the rule will be found."""
    events, bus = target.client("events"), target.names.bus
    if answer_or_none(events.describe_rule, Name=name, EventBusName=bus) is not None:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=["watch"])
        events.delete_rule(Name=name, EventBusName=bus)
    queue = answer_or_none(target.client("sqs").get_queue_url, QueueName=name)
    if queue is not None:
        target.client("sqs").delete_queue(QueueUrl=queue["QueueUrl"])


def _policy(queue_arn: str, rule_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            }
        ],
    }
