"""The IAM policy of whoever deploys: what `deploy`, `status` and `destroy` call, and no more.

CloudFormation acts with the permissions of whoever calls it, so what it needs for each type of
resource is among them. tests/deploy/test_deployer_policy.py holds the lists to the calls that are
made, and to the permissions that AWS's own schemas of the types name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib.settings import Names

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "apigateway": ("DELETE", "GET", "PATCH", "POST", "PUT", "UpdateRestApiPolicy"),
    "cloudformation": (
        *("CreateChangeSet", "DeleteChangeSet", "DeleteStack", "DescribeChangeSet"),
        *("DescribeStackEvents", "DescribeStacks", "ExecuteChangeSet", "ListStackResources"),
    ),
    "cloudwatch": (
        *("DeleteAlarms", "DeleteDashboards", "DescribeAlarms", "GetDashboard"),
        *("ListTagsForResource", "PutDashboard", "PutMetricAlarm"),
    ),
    "cognito-idp": (
        *("AddCustomAttributes", "CreateUserPool", "CreateUserPoolClient", "DeleteUserPool"),
        *("DeleteUserPoolClient", "DescribeUserPool", "DescribeUserPoolClient"),
        *("GetUserPoolMfaConfig", "ListTagsForResource", "ListUserPoolClientSecrets", "ListUsers"),
        *("SetUserPoolMfaConfig", "UpdateUserPool", "UpdateUserPoolClient"),
    ),
    "dynamodb": (
        *("CreateTable", "DeleteTable", "DescribeContinuousBackups"),
        *("DescribeContributorInsights", "DescribeKinesisStreamingDestination", "DescribeTable"),
        *("DescribeTimeToLive", "GetResourcePolicy", "ListTagsOfResource"),
        *("UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"),
    ),
    "events": (
        *("CreateArchive", "CreateEventBus", "DeleteArchive", "DeleteEventBus", "DeleteRule"),
        *("DescribeArchive", "DescribeEventBus", "DescribeRule", "ListRules"),
        *("ListTagsForResource", "ListTargetsByRule", "PutRule", "PutTargets", "RemoveTargets"),
        *("UpdateArchive", "UpdateEventBus"),
    ),
    "iam": (
        *("CreateRole", "DeleteRole", "DeleteRolePolicy", "GetRole", "GetRolePolicy"),
        *("ListAttachedRolePolicies", "ListRolePolicies", "PutRolePolicy"),
        *("UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
    ),
    "lambda": (
        *("AddPermission", "CreateEventSourceMapping", "CreateFunction"),
        *("DeleteEventSourceMapping", "DeleteFunction", "DeleteFunctionConcurrency"),
        *("DeleteFunctionEventInvokeConfig", "GetAccountSettings", "GetEventSourceMapping"),
        *("GetFunction", "GetFunctionConfiguration", "GetFunctionEventInvokeConfig", "GetPolicy"),
        *("ListEventSourceMappings", "ListTags", "PutFunctionEventInvokeConfig"),
        *("RemovePermission", "TagResource", "UntagResource", "UpdateEventSourceMapping"),
        *("UpdateFunctionCode", "UpdateFunctionConfiguration", "UpdateFunctionEventInvokeConfig"),
    ),
    "logs": (
        *("CreateLogGroup", "DeleteLogGroup", "DeleteResourcePolicy", "DeleteRetentionPolicy"),
        *("DescribeIndexPolicies", "DescribeLogGroups", "DescribeResourcePolicies"),
        *("GetDataProtectionPolicy", "ListTagsForResource", "PutResourcePolicy"),
        "PutRetentionPolicy",
    ),
    "scheduler": (
        *("CreateScheduleGroup", "DeleteSchedule", "DeleteScheduleGroup", "GetSchedule"),
        *("GetScheduleGroup", "ListSchedules", "ListTagsForResource"),
    ),
    "ses": (
        *("CreateConfigurationSet", "CreateConfigurationSetEventDestination"),
        *("DeleteConfigurationSet", "DeleteConfigurationSetEventDestination"),
        *("DescribeConfigurationSet", "GetAccount", "GetConfigurationSet"),
        *("GetConfigurationSetEventDestinations", "GetEmailIdentity"),
        *("PutConfigurationSetDeliveryOptions", "UpdateConfigurationSetEventDestination"),
    ),
    "servicequotas": ("ListServiceQuotas",),
    "sns": (
        *("CreateTopic", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes"),
        *("ListSubscriptionsByTopic", "ListTagsForResource", "SetTopicAttributes"),
    ),
    "sqs": (
        *("CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl", "ListQueueTags"),
        *("ListQueues", "SetQueueAttributes"),
    ),
    "ssm": ("DeleteParameter", "GetParameter", "PutParameter"),
    "xray": (
        *("CreateSamplingRule", "DeleteSamplingRule", "GetSamplingRules"),
        *("ListTagsForResource", "UpdateSamplingRule"),
    ),
}
"""What is called, by service."""

# These know no resources, or are asked about all of them. The id of a user pool or an API is not
# known before there is one.
_OF_ALL: Final = {
    "cloudwatch": ("DescribeAlarms",),
    "cognito-idp": ACTIONS["cognito-idp"],
    "events": ("ListRules",),
    "lambda": (
        *("CreateEventSourceMapping", "GetAccountSettings", "ListEventSourceMappings"),
        *("DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping"),
    ),
    "logs": (
        *("DeleteResourcePolicy", "DescribeLogGroups", "DescribeResourcePolicies"),
        "PutResourcePolicy",
    ),
    "scheduler": ("ListSchedules",),
    "servicequotas": ("ListServiceQuotas",),
    "ses": ("GetAccount", "GetEmailIdentity"),
    "sqs": ("ListQueues",),
    "xray": ("GetSamplingRules",),
}


def policy(names: Names) -> dict[str, Any]:
    """Return the policy document for a stage, in any account and region."""
    return {"Version": "2012-10-17", "Statement": list(_statements(names))}


def _statements(names: Names) -> Iterator[dict[str, Any]]:
    resources = _resources(names)
    for service, actions in ACTIONS.items():
        of_all = _OF_ALL.get(service, ())
        named = [action for action in actions if action not in of_all]
        if named:
            yield _statement([f"{service}:{each}" for each in named], resources[service])
    yield _statement([f"{service}:{each}" for service in _OF_ALL for each in _OF_ALL[service]])
    # The functions' roles are handed to Lambda; Scheduler's is handed over by a function.
    yield {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": resources["iam"],
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }


def _statement(actions: list[str], resources: list[str] | str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _resources(names: Names) -> Mapping[str, list[str]]:
    """Return what of each service is the stage's, by the names that the templates give."""
    base, queues = names.base, f"{names.prefix}-*-{names.stage}"
    patterns = {
        "cloudformation": (f"*:*:stack/{base}-*",),
        "cloudwatch": (f"*:*:alarm:{base}-*", f":*:dashboard/{base}*"),
        "dynamodb": (f"*:*:table/{base}",),
        "events": (
            *(f"*:*:event-bus/{base}", f"*:*:archive/{base}"),
            *(f"*:*:rule/{base}/*", f"*:*:rule/{base}-*"),
        ),
        "iam": (f":*:role/{base}*",),
        "lambda": (f"*:*:function:{base}*",),
        "logs": (f"*:*:log-group:/aws/lambda/{base}*",),
        "scheduler": (
            f"*:*:schedule-group/{names.schedule_group}",
            f"*:*:schedule/{names.schedule_group}/*",
        ),
        "ses": (f"*:*:configuration-set/{names.configuration_set}",),
        "sns": (f"*:*:{queues}",),
        "sqs": (f"*:*:{queues}", f"*:*:{base}-watch-*"),
        "ssm": (f"*:*:parameter/{base}/*",),
        "xray": (f"*:*:sampling-rule/{base}*",),
    }
    found = {
        service: [f"arn:aws:{service}:{pattern}" for pattern in listed]
        for service, listed in patterns.items()
    }
    paths = ("restapis", "restapis/*", "apis", "apis/*")  # REST APIs, and HTTP APIs
    found["apigateway"] = [f"arn:aws:apigateway:*::/{path}" for path in paths]
    return found
