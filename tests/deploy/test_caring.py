"""Caring for single customers: a job tried again, a person forgotten, keys replaced.

The commands act on a stage of the foundation alone, which needs no functions for them.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.adapters.dynamodb.failures import Failures
from chalicelib.adapters.dynamodb.preferences import Preferences
from chalicelib.adapters.ssm import SigningKeys
from chalicelib.domain import signing
from chalicelib.domain.errors import ErrorBody, ForgedToken
from chalicelib.domain.events import Customer
from chalicelib.domain.failures import Failure
from chalicelib.domain.signing import Purpose
from tests.deploy.stage import Stage
from tests.support import builders

TABLE: Final = "cart-dev"
GROUP: Final = "cart-reminders-dev"
PARAMETER: Final = "/cart-dev/signing-keys"


def failed_add(customer: Customer) -> Failure:
    envelope = builders.item_added(customer=customer)
    return Failure(
        function="persist_cart",
        request_id=envelope.metadata.event_id,
        cart_id=customer.id,
        job={"event": "ItemAddedToCart"},
        error=ErrorBody("transient_error", "UpdateItem failed."),
        attempts=3,
        failed_at=builders.NOW,
        event=builders.on_bus(envelope),
    )


class TestRetry:
    @pytest.fixture
    def seen(self, foundation: Stage) -> str:
        """The URL of a queue that gets each event of the bus."""
        queue = foundation.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
        events, account = foundation.client("events"), "123456789012"
        pattern = json.dumps({"source": ["cart.api"]})
        events.put_rule(Name="seen", EventBusName=TABLE, EventPattern=pattern)
        target = {"Id": "seen", "Arn": f"arn:aws:sqs:eu-central-1:{account}:seen"}
        events.put_targets(Rule="seen", EventBusName=TABLE, Targets=[target])
        return str(queue)

    def test_the_event_of_a_failed_job_is_on_the_bus_again_as_it_was(self, foundation, seen):
        failure = failed_add(builders.ADA)
        Failures(foundation.client("dynamodb"), TABLE).record(failure)
        said = foundation.succeed("retry", failure.request_id)
        assert said == "The event is on the bus again; persist_cart had failed.\n"
        (message,) = foundation.client("sqs").receive_message(QueueUrl=seen)["Messages"]
        assert json.loads(message["Body"])["detail"] == failure.event["detail"]

    @pytest.mark.parametrize("request_id", [builders.new_id(), "no-id-at-all"])
    def test_a_request_of_which_no_failure_is_kept_is_said_to_be_none(self, foundation, request_id):
        (line,) = foundation.fail("retry", request_id)
        assert line == f"Error: No failed job is kept of request {request_id}."

    def test_a_stage_that_is_not_deployed_is_said_to_be_none(self, stage):
        (line,) = stage.fail("retry", builders.new_id())
        assert line == "Error: Stage dev is not deployed in eu-central-1."


class TestForget:
    @pytest.fixture
    def ada(self, foundation: Stage) -> Customer:
        return signed_up(foundation, "ada@example.com")

    @pytest.mark.parametrize("by", ["email", "id"])
    def test_a_customer_is_forgotten_by_address_or_id_and_nobody_else_is(self, foundation, ada, by):
        grace = signed_up(foundation, "grace@example.com")
        for customer in (ada, grace):
            keep_something_of(foundation, customer)
        said = foundation.succeed("forget", getattr(ada, by))
        assert f"Erased 3 items and 1 schedules of {ada.id}." in said
        assert kept(foundation) == {f"CART#{grace.id}", f"PREFERENCES#{grace.id}"}
        (schedule,) = foundation.client("scheduler").list_schedules(GroupName=GROUP)["Schedules"]
        assert schedule["Name"].startswith(grace.id)

    @pytest.mark.parametrize("by", ["email", "id"])
    def test_the_account_goes_as_well_if_told(self, foundation, ada, by):
        grace = signed_up(foundation, "grace@example.com")
        keep_something_of(foundation, ada)
        said = foundation.succeed("forget", getattr(ada, by), "--delete-account")
        assert "The account is deleted." in said
        assert foundation.client("scheduler").list_schedules(GroupName=GROUP)["Schedules"] == []
        (line,) = foundation.fail("forget", ada.email)
        assert line.startswith("Error: 0 customers have this address")
        assert "Erased 0 items" in foundation.succeed("forget", grace.email)

    def test_a_customer_whose_account_was_deleted_before_is_forgotten_by_id(self, foundation, ada):
        keep_something_of(foundation, ada)
        delete_account(foundation, ada)
        assert "Erased 3 items and 1 schedules" in foundation.succeed(
            "forget", ada.id, "--delete-account"
        )
        assert kept(foundation) == set()

    def test_twice_is_the_same_as_once(self, foundation, ada):
        keep_something_of(foundation, ada)
        foundation.succeed("forget", ada.email)
        assert "Erased 0 items and 0 schedules" in foundation.succeed("forget", ada.email)

    def test_an_address_that_nobody_has_is_said_to_be_nobodys(self, foundation, ada):
        (line,) = foundation.fail("forget", "eve@example.com")
        assert line == "Error: 0 customers have this address: give the id (`sub`) instead."

    def test_whose_account_was_deleted_by_hand_is_found_and_forgotten(self, foundation, ada):
        grace = signed_up(foundation, "grace@example.com")
        for customer in (ada, grace):
            keep_something_of(foundation, customer)
        said = foundation.succeed("forget", "--without-account", "--yes")
        assert said == "Everybody who has a reminder to come has an account.\n"
        delete_account(foundation, ada)
        said = foundation.succeed("forget", "--without-account", "--yes")
        assert f"no account:\n  {ada.id}\n" in said
        assert f"Erased 3 items and 1 schedules of {ada.id}." in said
        assert "still in the user pool" not in said
        assert kept(foundation) == {f"CART#{grace.id}", f"PREFERENCES#{grace.id}"}
        (schedule,) = foundation.client("scheduler").list_schedules(GroupName=GROUP)["Schedules"]
        assert schedule["Name"].startswith(grace.id)

    def test_nobody_is_forgotten_before_it_is_confirmed(self, foundation, ada):
        keep_something_of(foundation, ada)
        delete_account(foundation, ada)
        (*_, last) = foundation.fail("forget", "--without-account")
        assert "Abort" in last
        assert f"CART#{ada.id}" in kept(foundation)

    @pytest.mark.parametrize("words", [[], ["ada@example.com", "--without-account"]])
    def test_somebody_has_to_be_named_or_everybody_meant(self, foundation, words):
        (*_, last) = foundation.fail("forget", *words)
        assert "Name a CUSTOMER, or say --without-account." in last


def delete_account(stage: Stage, customer: Customer) -> None:
    client = stage.client("cognito-idp")
    (pool,) = client.list_user_pools(MaxResults=1)["UserPools"]
    (user,) = [
        user
        for user in client.list_users(UserPoolId=pool["Id"])["Users"]
        if {"Name": "sub", "Value": customer.id} in user["Attributes"]
    ]
    client.admin_delete_user(UserPoolId=pool["Id"], Username=user["Username"])


class TestRotateKeys:
    """Tokens are signed as if an hour had passed, when functions know the newest key."""

    def test_what_was_signed_before_stays_valid_until_the_second_rotation(self, foundation):
        token = signed(foundation)
        foundation.succeed("rotate-keys")
        assert cart_in(foundation, token) == "ada"
        foundation.succeed("rotate-keys")
        with pytest.raises(ForgedToken):
            cart_in(foundation, token)

    def test_a_revoked_key_is_valid_no_more(self, foundation):
        token = signed(foundation)
        assert "What was signed before is invalid" in foundation.succeed("rotate-keys", "--revoke")
        with pytest.raises(ForgedToken):
            cart_in(foundation, token)

    def test_a_stage_that_is_not_deployed_has_none(self, stage):
        (line,) = stage.fail("rotate-keys")
        assert line == "Error: Stage dev is not deployed in eu-central-1."


def signed_up(stage: Stage, email: str) -> Customer:
    cognito = stage.client("cognito-idp")
    (pool,) = cognito.list_user_pools(MaxResults=2)["UserPools"]
    attributes = [{"Name": "email", "Value": email}]
    user = cognito.admin_create_user(
        UserPoolId=pool["Id"], Username=email, UserAttributes=attributes
    )
    found = {each["Name"]: each["Value"] for each in user["User"]["Attributes"]}
    return Customer(id=found["sub"], email=email)


def keep_something_of(stage: Stage, customer: Customer) -> None:
    dynamodb = stage.client("dynamodb")
    CartsTable(dynamodb, TABLE).record(customer.id, builders.add(), builders.NOW)
    Failures(dynamodb, TABLE).record(failed_add(customer))
    Preferences(dynamodb, TABLE).opt_out(customer.id, builders.NOW)
    stage.client("scheduler").create_schedule(
        Name=f"{customer.id}-1",
        GroupName=GROUP,
        ScheduleExpression="at(2030-01-01T10:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:events:eu-central-1:1:event-bus/{TABLE}", "RoleArn": "arn:aws:r"},
    )


def kept(stage: Stage) -> set[str]:
    items: list[dict[str, Any]] = stage.client("dynamodb").scan(TableName=TABLE)["Items"]
    return {item["pk"]["S"] for item in items}


def signed(stage: Stage) -> str:
    keys = SigningKeys(stage.client("ssm"), PARAMETER).current(datetime.now(UTC))
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    return signing.sign(keys, Purpose.UNSUBSCRIBE, "ada", in_an_hour, timedelta(days=60))


def cart_in(stage: Stage, token: str) -> str:
    keys = SigningKeys(stage.client("ssm"), PARAMETER).current(datetime.now(UTC))
    return signing.read(token, Purpose.UNSUBSCRIBE, keys, datetime.now(UTC))[0]
