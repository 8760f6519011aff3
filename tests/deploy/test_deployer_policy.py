"""Whoever deploys may do what deploying takes, and nothing else."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import cfnlint
import pytest

from chalicelib.settings import Names
from infra.cloudformation.stacks import STACKS, template_of
from infra.operations.deployer_policy import ACTIONS, policy
from tests.deploy.conftest import Kept, Repaired
from tests.deploy.recording import recorded

SCHEMAS: Final = Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
LONGEST_MANAGED_POLICY: Final = 6144  # characters, white space aside

NOT_ON_AN_EMULATOR: Final = {
    *("lambda:GetAccountSettings", "servicequotas:ListServiceQuotas", "ses:GetAccount"),
}
"""What `deploy` asks of AWS only."""

OTHERWISE: Final = {
    *("cognito-idp:ListUsers", "lambda:DeleteEventSourceMapping", "scheduler:GetSchedule"),
}
"""What the other calls of those commands depend on what was there before."""

UNUSED: Final = {
    # the log of an import into a table
    *("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    # replicas, imports, streams and policies of tables
    *("dynamodb:AssociateTableReplica", "dynamodb:BatchWriteItem", "dynamodb:CreateTableReplica"),
    *("dynamodb:DeleteItem", "dynamodb:DeleteResourcePolicy", "dynamodb:DescribeImport"),
    *("dynamodb:DisableKinesisStreamingDestination", "dynamodb:EnableKinesisStreamingDestination"),
    *("dynamodb:GetItem", "dynamodb:ImportTable", "dynamodb:PutItem", "dynamodb:PutResourcePolicy"),
    *("dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateContributorInsights"),
    *("dynamodb:UpdateItem", "dynamodb:UpdateKinesisStreamingDestination"),
    # policies of buses, managed policies and boundaries of roles
    *("events:PutPermission", "events:RemovePermission", "iam:AttachRolePolicy"),
    *("iam:DeleteRolePermissionsBoundary", "iam:DetachRolePolicy"),
    "iam:PutRolePermissionsBoundary",
    # keys, protection and deliveries of log groups
    *("logs:AssociateKmsKey", "logs:CreateLogDelivery", "logs:DeleteDataProtectionPolicy"),
    *("logs:DeleteIndexPolicy", "logs:DisassociateKmsKey"),
    *("logs:PutBearerTokenAuthentication", "logs:PutDataProtectionPolicy", "logs:PutIndexPolicy"),
    "logs:PutLogGroupDeletionProtection",
    # subscriptions in a template
    *("sns:PutDataProtectionPolicy", "sns:Subscribe", "sns:Unsubscribe"),
    # options of a configuration set but that of delivery
    *("ses:PutConfigurationSetArchivingOptions", "ses:PutConfigurationSetReputationOptions"),
    *("ses:PutConfigurationSetSendingOptions", "ses:PutConfigurationSetSuppressionOptions"),
    *("ses:PutConfigurationSetTrackingOptions", "ses:PutConfigurationSetVdmOptions"),
}
"""What AWS's schemas name for features that no template here uses."""

TAGGING: Final = re.compile(r"\w[\w-]*:(Unt|T)ag\w+")
"""Nor has anything a tag but the functions."""

ALLOWED: Final = {f"{service}:{each}" for service, actions in ACTIONS.items() for each in actions}


def of_cloudformation() -> set[str]:
    """Give what CloudFormation needs for the types of the templates, by AWS's own schemas."""
    types = {
        each["Type"] for name in STACKS for each in template_of(name).section("Resources").values()
    }
    actions = set()
    for file in SCHEMAS.glob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        if schema.get("typeName") in types:
            for name, handler in schema["handlers"].items():
                actions |= set(handler["permissions"]) if name != "list" else set()
    elsewhere = ("firehose:", "kinesis:", "kms:", "s3:")  # for features that are not used
    own = {action for action in actions if not action.startswith(elsewhere)}
    handed_over = {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    return {action for action in own if not TAGGING.fullmatch(action)} - UNUSED - handed_over


@pytest.fixture(scope="module")
def calls(deployment: Kept, repaired: Repaired, tmp_path_factory) -> set[str]:
    """Give all that was called to deploy, to repair, and to destroy."""
    stage = deployment.copy(tmp_path_factory.mktemp("destroyed"))
    with recorded(pytest.MonkeyPatch()) as called:
        stage.succeed("destroy", "--yes", "--delete-data")
    called |= deployment.called | repaired.called
    actions = {each.action.replace("monitoring:", "cloudwatch:") for each in called}
    return actions - {"sts:GetCallerIdentity"}  # which nobody needs a permission for


def test_every_call_is_allowed(calls):
    assert calls - ALLOWED == set()


def test_everything_that_cloudformation_needs_is_allowed():
    assert of_cloudformation() - ALLOWED == set()


def test_nothing_is_allowed_that_is_not_needed(calls):
    assert ALLOWED - calls - of_cloudformation() - NOT_ON_AN_EMULATOR - OTHERWISE == set()


def test_what_aws_calls_unused_is_not_allowed():
    assert set() == UNUSED & ALLOWED


@pytest.mark.parametrize("api", ["/restapis/abc/stages/api", "/apis/abc/routes/def", "/apis"])
def test_it_is_for_apis_of_both_kinds(api):
    [statement] = [
        each
        for each in policy(Names("cart", "dev"))["Statement"]
        if each["Action"][0].startswith("apigateway:")
    ]
    arn = f"arn:aws:apigateway:eu-central-1::{api}"
    assert any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])


def test_it_fits_into_one_managed_policy():
    text = json.dumps(policy(Names("a-longer-name", "staging")), separators=(",", ":"))
    assert len(text) < LONGEST_MANAGED_POLICY


@pytest.mark.parametrize("service", ["dynamodb", "events", "iam", "sqs", "ssm", "lambda", "logs"])
def test_what_holds_data_or_permissions_is_the_stages_own(service):
    for statement in policy(Names("cart", "dev"))["Statement"]:
        if statement["Resource"] != "*" and statement["Action"][0].startswith(f"{service}:"):
            assert all("cart-" in each and "dev" in each for each in statement["Resource"])
