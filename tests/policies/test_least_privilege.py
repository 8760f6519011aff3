"""Each function may do what it does, and nothing else: its policy against what it did in a run."""

import json
import re
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import pytest

from infra.chalice import service_models
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.sdk import Call
from infra.local.project import STAGE
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.chalice import CHALICE
from tests.support.iam import Request
from tests.support.iam_requests import needed_for
from tests.support.infrastructure import DEPLOYED_STAGES, ROOT
from tests.support.permissions import FUNCTIONS, policy_of, used_in
from tests.support.products import MUG, TEA
from tests.support.seconds import HOUR, MINUTE
from tests.support.shopper import Shopper, new_guest

pytestmark = pytest.mark.own_shop

MANY: Final = 1_000
CONFIGURATION: Final = "ses:configuration-set"
LINK: Final = re.compile(r"http\S+/unsubscribe\?\S+")
STAGE_NAME: Final = f"cart-{STAGE}"


def everything_happens(cloud: LocalCloud) -> None:
    """Run through what makes a function use its role: each thing that goes well, or wrong."""
    start = cloud.clock.now()
    a_cart_is_filled_changed_and_forgotten(cloud)
    an_order_is_placed(cloud)
    a_guest_signs_in(cloud)
    mails_fail(cloud)
    addresses_bounce(cloud)
    jobs_fail(cloud)
    nonsense_is_reported(cloud)
    reminders_are_stopped(cloud)
    for file in sorted((ROOT / "chalicelib" / "extensions").glob("*/tests/everything.py")):
        runpy.run_path(str(file))["everything_happens"](cloud)
    cloud.replay(start, cloud.clock.now())
    cloud.advance(A_DAY_AND_A_WINDOW)


def a_cart_is_filled_changed_and_forgotten(cloud: LocalCloud) -> None:
    ada = Shopper(cloud, "ada@example.com", "Ada")
    request = ada.add(MUG, 2).json["request_id"]
    assert ada.request_status(request) == "pending"
    cloud.settle()
    assert ada.request_status(request) == "succeeded"
    assert ada.cart()["reminder_due_at"]
    ada.add(TEA)
    cloud.advance(1)
    ada.remove(TEA)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [mail.to for mail in cloud.inbox] == [("ada@example.com",)]
    (link,) = re.findall(r"#cart-link=(\S+)", cloud.inbox[0].text or "")
    assert cloud.request("GET", "/guest/cart", {"Cart-Link": link}).status == 200


def an_order_is_placed(cloud: LocalCloud) -> None:
    grace = Shopper(cloud, "grace@example.com")
    grace.add(MUG)
    cloud.advance(MINUTE)
    grace.check_out()
    cloud.settle()
    assert grace.cart()["items"] == []


def a_guest_signs_in(cloud: LocalCloud) -> None:
    cloud.advance(MINUTE)  # the order before it is an earlier one
    grace, guest = Shopper(cloud, "grace@example.com"), new_guest(cloud)
    assert guest is not None
    guest.send("POST", "/cart", {"sku": TEA, "quantity": 1})
    grace.send("POST", "/cart/merge", {"guest_token": guest.token})
    cloud.advance(MINUTE)
    assert [item["sku"] for item in grace.cart()["items"]] == [TEA]
    grace.check_out()
    cloud.settle()


def mails_fail(cloud: LocalCloud) -> None:
    for address, error in (("late@example.com", None), ("no@example.com", "MessageRejected")):
        Shopper(cloud, address).add(MUG)
        cloud.faults.arm("ses", 1, error)
        cloud.advance(A_DAY_AND_A_WINDOW + HOUR)
    assert cloud.inbox[-1].to == ("late@example.com",)


def addresses_bounce(cloud: LocalCloud) -> None:
    bouncing = Shopper(cloud, "bounce@simulator.amazonses.com")
    for _ in ("sent", "suppressed"):
        bouncing.add(MUG)
        cloud.advance(A_DAY_AND_A_WINDOW)
    assert cloud.inbox[-1].to == ("bounce@simulator.amazonses.com",)
    cloud.advance(HOUR)  # by then no function holds the keys any more
    bounce = {
        "bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": "gone@example.com"}],
    }
    report_a_bounce(bounce, cloud)


def jobs_fail(cloud: LocalCloud) -> None:
    for broken in (
        ("persist_cart", "schedule_reminder"),
        ("persist_cart", "record_failure"),
        ("suppress_address",),
    ):
        for function in broken:
            cloud.faults.arm(f"function:{function}", MANY)
        complaining = "suppress_address" in broken
        email = "complaint@simulator.amazonses.com" if complaining else "unlucky@example.com"
        Shopper(cloud, email).add(MUG)
        cloud.advance(A_DAY_AND_A_WINDOW + HOUR)
        for function in broken:
            cloud.faults.arm(f"function:{function}", 0)
    assert cloud.state()["queues"][f"cart-functions-dlq-{STAGE}"]["visible"] > 0


def reminders_are_stopped(cloud: LocalCloud) -> None:
    link = urlsplit(LINK.findall(cloud.inbox[0].text or "")[0])
    assert cloud.request("POST", f"{link.path}?{link.query}").status == 200


def nonsense_is_reported(cloud: LocalCloud) -> None:
    """SES and Lambda would not, but others may put events on a bus."""
    report_a_bounce(7, cloud)


def report_a_bounce(bounce: object, cloud: LocalCloud) -> None:
    """Have SES report a bounce of this stage's mail."""
    detail = json.dumps({"bounce": bounce, "mail": {"tags": {CONFIGURATION: [STAGE_NAME]}}})
    entry = {"Source": "aws.ses", "DetailType": "Email Bounced", "Detail": detail}
    cloud.client("events").put_events(Entries=[entry])
    cloud.settle()


@pytest.fixture(scope="module")
def run() -> Iterator[LocalCloud]:
    with LocalCloud.start(clock=Clock(datetime(2026, 3, 2, 9, 10, tzinfo=UTC)), seed=1) as cloud:
        everything_happens(cloud)
        yield cloud


@pytest.fixture(scope="module")
def used(run: LocalCloud) -> Mapping[str, list[Request]]:
    return used_in(run)


def test_every_operation_that_is_called_is_in_the_package(run: LocalCloud) -> None:
    packaged = service_models.operations(CHALICE)
    called = {(call.service, call.operation) for call in run.calls if call.service in packaged}
    assert {service for service, _ in called} == {
        "dynamodb",
        "events",
        "scheduler",
        "sesv2",
        "sqs",
        "ssm",
    }
    missing = {each for each in called if each[1] not in packaged[each[0]]}
    assert missing == set()


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_everything_it_does(
    used: Mapping[str, list[Request]], function: str, stage: str
) -> None:
    policy = policy_of(function, stage)
    assert [str(request) for request in used[function] if not policy.allows(request)] == []


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_could_not_do_without(
    used: Mapping[str, list[Request]], function: str, stage: str
) -> None:
    lesser = policy_of(function, stage).lesser()
    assert [lack for lack, fewer in lesser if all(map(fewer.allows, used[function]))] == []


@pytest.mark.parametrize("stage", DEPLOYED_STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_condition_is_for_show(
    used: Mapping[str, list[Request]], function: str, stage: str
) -> None:
    policy = policy_of(function, stage)
    for statement in policy.statements:
        for key in (key for keys in statement.conditions.values() for key in keys):
            requests = [request for request in used[function] if statement.allows(request)]
            others = [
                replace(request, context={**request.context, key: ("another",)})
                for request in requests
            ]
            assert [str(other) for other in others if policy.allows(other)] == []


def test_a_call_of_which_it_is_not_known_what_it_needs_is_an_error() -> None:
    with pytest.raises(KeyError, match="DeleteTable"):
        needed_for(Call(f"cart-{STAGE}", "dynamodb", "DeleteTable", {"TableName": "cart"}))
