"""The other ways in, as far as MiniStack goes.

It makes their resources. It does not evaluate their mapping templates, of whose language it knows
a part, so what they make of a request is worked out here, and sent on over HTTP.
"""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.ministack.customer import eventually
from tests.deploy.ministack.emulator import ACCOUNT, REGION
from tests.ingestion.requests import MUGS, entry_of

TEMPLATES: Final = Path(__file__).parents[3] / "infra" / "templates"


@pytest.mark.parametrize(
    ("template", "service"), [("ingestion-eventbridge", "events"), ("ingestion-sns", "sns")]
)
def test_a_template_makes_an_api_with_a_checked_method(shop, template, service):
    emulator = shop.emulator
    if service == "sns":
        add_the_function(emulator)
    cloudformation = emulator.client("cloudformation")
    stack = f"cart-dev-{template}"
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=(TEMPLATES / f"{template}.yaml").read_text(encoding="utf-8"),
        Parameters=[
            {"ParameterKey": "Prefix", "ParameterValue": "cart"},
            {"ParameterKey": "Stage", "ParameterValue": "dev"},
            {"ParameterKey": "UserPoolArn", "ParameterValue": pool_of(shop)},
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert failures_of(cloudformation, stack) == []
    gateway = emulator.client("apigateway")
    [api] = [each for each in gateway.get_rest_apis()["items"] if each["name"] == stack]
    [cart] = [
        each
        for each in gateway.get_resources(restApiId=api["id"])["items"]
        if each["path"] == "/cart"
    ]
    method = gateway.get_method(restApiId=api["id"], resourceId=cart["id"], httpMethod="POST")
    assert method["authorizationType"] == "COGNITO_USER_POOLS"
    assert f":{service}:" in method["methodIntegration"]["uri"]
    assert method["methodIntegration"]["passthroughBehavior"] == "NEVER"


def add_the_function(emulator) -> None:
    """Deploy something by the name of the function that examples/sns_ingestion/ has."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("received.py", "def handler(event, context): return None")
    emulator.client("lambda").create_function(
        FunctionName="cart-dev-publish_received",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/cart-dev-persist_cart",
        Handler="received.handler",
        Code={"ZipFile": package.getvalue()},
    )


def failures_of(cloudformation, stack: str) -> list[str]:
    """Return why a stack could not be made."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]


def pool_of(shop) -> str:
    [pool] = shop.emulator.client("cognito-idp").list_user_pools(MaxResults=2)["UserPools"]
    return f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool['Id']}"


def test_what_goes_straight_to_the_bus_gets_into_the_cart(shop):
    ada = shop.sign_in("straight@example.com", "Ada")
    claims = {"sub": ada.id, "email": ada.email, "email_verified": "true"}
    entry = entry_of(MUGS, claims, datetime.now(UTC))
    answer = shop.emulator.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    request_id = json.loads(entry["Detail"])["metadata"]["event_id"]
    eventually(lambda: ada.status_of(request_id) == "succeeded")
    assert [line["quantity"] for line in ada.send("GET", "/cart").json["items"]] == [2]
