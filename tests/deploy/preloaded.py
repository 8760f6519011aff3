"""What the server has imported from which processes are forked; see forking.py."""

from functools import cache

from botocore import session

from chalicelib import extensions
from chalicelib.entrypoints import (  # noqa: F401
    consumers,
    customer_api,
    guest_api,
    storefront,
    unsubscribe_page,
)
from infra.chalice import package  # noqa: F401
from infra.operations import commands  # noqa: F401

for _name in ("routes", "consumers"):
    list(extensions.members(_name, _name))

session.create_loader = cache(session.create_loader)
for _service in (
    *("apigateway", "cloudformation", "cloudwatch", "cognito-idp", "dynamodb", "events", "iam"),
    *("lambda", "logs", "scheduler", "sesv2", "sns", "sqs", "ssm", "sts"),
):
    session.Session().create_client(_service, region_name="eu-central-1")
