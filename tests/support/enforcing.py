"""The local cloud with AWS's permissions enforced: what policies do not allow is refused.

By itself the local cloud checks no permission. Here rules deliver only to functions, queues and
log groups that let them, Scheduler only as its role allows, and functions call only what their
policies allow.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from unittest import mock

from infra.cloudformation.identities import Pseudo
from infra.cloudformation.template import Resource
from infra.local.cloud import LocalCloud
from infra.local.engine import arns
from infra.local.engine.delivery import Delivery, DeliveryError, Targets
from infra.local.engine.sdk import Answer, Call, failure
from infra.local.project import STAGE, Project
from tests.support import iam
from tests.support.iam import Policy
from tests.support.iam_requests import needed_for, put_event
from tests.support.permissions import policy_of
from tests.support.resource_policies import Asked, allows

_EVENTS = "events.amazonaws.com"


@contextmanager
def enforcing(
    cloud: LocalCloud, project: Project, without: Collection[str] = ()
) -> Iterator[LocalCloud]:
    """Enforce permissions for the duration of a ``with`` block.

    They are those of the project's templates and of the functions' policies, but for the
    statements of the latter that ``without`` names by their Sid.
    """
    account = cloud.account
    pseudo = Pseudo(account.id, account.region, account.partition)
    resources = [
        resource
        for template in project.templates
        for resource in template.resolve(project.parameters, pseudo).resources.values()
    ]
    deliver = Targets.deliver

    def deliver_if_allowed(targets: Targets, delivery: Delivery) -> None:
        if _may_deliver(resources, delivery):
            deliver(targets, delivery)
            return
        delivery.attempts += 1
        refusal = DeliveryError("NO_PERMISSIONS", "Not authorized.", retriable=False)
        targets._failed(delivery, refusal)  # noqa: SLF001 - what becomes of any refusal

    def refuse(call: Call) -> Answer | None:
        function = call.function.removeprefix(f"cart-{STAGE}").removeprefix("-") or "api_handler"
        policy = policy_of(function, "prod")
        left = Policy(tuple(each for each in policy.statements if each.sid not in without))
        if all(left.allows(request) for request in needed_for(call)):
            return None
        return failure("AccessDeniedException", "Not authorized.")

    cloud.engine.sdk.intercept_app(refuse)
    with mock.patch.object(Targets, "deliver", deliver_if_allowed):
        yield cloud


def _may_deliver(resources: Collection[Resource], delivery: Delivery) -> bool:
    if "RULE_ARN" not in delivery.labels:
        return _scheduler_may_put(resources, delivery)
    # The ARN of a rule on the default bus does not name the bus.
    rule = delivery.labels["RULE_ARN"].replace(":rule/default/", ":rule/")
    target = arns.parse(delivery.arn)
    if target.service == "lambda":
        return any(
            (resource.properties["FunctionName"], resource.properties["SourceArn"])
            == (target.name, rule)
            for resource in _of_type(resources, "AWS::Lambda::Permission")
        )
    if target.service == "logs":
        asked = Asked(_EVENTS, "logs:PutLogEvents", f"{delivery.arn}:x", {"aws:SourceArn": rule})
        return any(
            allows(json.loads(resource.properties["PolicyDocument"]), asked)
            for resource in _of_type(resources, "AWS::Logs::ResourcePolicy")
        )
    asked = Asked(_EVENTS, "sqs:SendMessage", delivery.arn, {"aws:SourceArn": rule})
    return any(
        allows(resource.properties["PolicyDocument"], asked)
        for resource in _of_type(resources, "AWS::SQS::QueuePolicy")
    )


def _scheduler_may_put(resources: Collection[Resource], delivery: Delivery) -> bool:
    source, detail_type = delivery.entry["Source"], delivery.entry["DetailType"]
    return any(
        iam.parse(policy["PolicyDocument"]).allows(put_event(delivery.arn, source, detail_type))
        for role in _of_type(resources, "AWS::IAM::Role")
        for policy in role.properties["Policies"]
    )


def _of_type(resources: Collection[Resource], kind: str) -> Iterator[Resource]:
    return (resource for resource in resources if resource.type == kind)
