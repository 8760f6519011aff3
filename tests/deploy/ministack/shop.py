"""The deployed shop, as its operator sees it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from tests.deploy.ministack.customer import Customer
from tests.deploy.ministack.emulator import Emulator
from tests.deploy.ministack.project import STAGE

PASSWORD: Final = "Kept-by-nobody-1"


@dataclass(frozen=True)
class Shop:
    """The shop in the emulator; ``url`` is the API's, without a slash at its end."""

    emulator: Emulator
    url: str

    def sign_in(self, email: str, name: str) -> Customer:
        """Sign a new customer up and in; the address counts as verified."""
        cognito, pool = self.emulator.client("cognito-idp"), self._user_pool
        attributes = {"email": email, "email_verified": "true", "name": name}
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
        )
        answer = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=self._sign_in_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return Customer(self.url, email, answer["AuthenticationResult"]["IdToken"])

    def schedules(self, customer: Customer) -> list[dict[str, Any]]:
        """Return the schedules of a customer's reminders."""
        scheduler, group = self.emulator.client("scheduler"), f"cart-reminders-{STAGE}"
        found = scheduler.list_schedules(GroupName=group, NamePrefix=customer.id)["Schedules"]
        return [scheduler.get_schedule(GroupName=group, Name=each["Name"]) for each in found]

    def fire(self, schedule: Mapping[str, Any]) -> None:
        """Put on the bus what a schedule does when it is due, as often as one likes."""
        target = schedule["Target"]
        about = target["EventBridgeParameters"]
        self.put(about["Source"], about["DetailType"], json.loads(target["Input"]))

    def put(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put an event on the bus, in the place of a service that does not do so here."""
        entry = {
            "EventBusName": f"cart-{STAGE}",
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.emulator.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def log_of(self, function: str) -> list[dict[str, Any]]:
        """Return what a consumer logged."""
        logs, group = self.emulator.client("logs"), f"/aws/lambda/cart-{STAGE}-{function}"
        lines = [
            event["message"]
            for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]
        return [json.loads(line) for line in lines if line.startswith("{")]

    @contextmanager
    def without(self, function: str, statement: str) -> Iterator[None]:
        """Take a statement out of a function's policy for the duration of a ``with`` block."""
        iam, name = self.emulator.client("iam"), f"cart-{STAGE}-{function}"
        whole = iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
        rest = [each for each in whole["Statement"] if each["Sid"] != statement]
        assert len(rest) == len(whole["Statement"]) - 1, f"{name} has no statement {statement}"
        put = partial(iam.put_role_policy, RoleName=name, PolicyName=name)
        put(PolicyDocument=json.dumps({**whole, "Statement": rest}))
        try:
            yield
        finally:
            put(PolicyDocument=json.dumps(whole))

    @cached_property
    def _user_pool(self) -> str:
        (pool,) = self.emulator.client("cognito-idp").list_user_pools(MaxResults=2)["UserPools"]
        return str(pool["Id"])

    @cached_property
    def _sign_in_client(self) -> str:
        """The storefront's client lets nobody send a password, so this is another one."""
        client = self.emulator.client("cognito-idp").create_user_pool_client(
            UserPoolId=self._user_pool,
            ClientName="verification",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        return str(client["UserPoolClient"]["ClientId"])
