import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.stub import Stubber
from msgspec import structs

from chalicelib.adapters import scheduler as scheduler_module
from chalicelib.adapters import sdk
from chalicelib.adapters.scheduler import SOONEST, Schedules
from chalicelib.domain import events
from chalicelib.domain.errors import TransientError
from chalicelib.domain.events import Recipient
from tests.support.builders import ADA, CART_ID, NOW, reminder_due

pytestmark = pytest.mark.usefixtures("aws")

GROUP = "cart-reminders-dev"
ROLE = "arn:aws:iam::123456789012:role/cart-dev-scheduler"
BUS = "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev"
DLQ = "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev"
DUE = NOW + timedelta(days=1)


@pytest.fixture
def scheduler(cloud: None) -> Any:
    del cloud
    client = sdk.client("scheduler")
    client.create_schedule_group(Name=GROUP)
    return client


@pytest.fixture
def schedules(scheduler: Any) -> Schedules:
    return Schedules(scheduler, GROUP, ROLE, BUS, DLQ)


def found(scheduler: Any, window: int = 1, cart_id: str = CART_ID) -> dict[str, Any]:
    return scheduler.get_schedule(GroupName=GROUP, Name=f"{cart_id}-{window}")


def test_a_schedule_puts_the_event_on_the_bus_once_and_is_deleted(
    schedules: Schedules, scheduler: Any
) -> None:
    wake_up = reminder_due(window=1)
    assert schedules.schedule(wake_up, DUE, NOW)
    schedule = found(scheduler)
    assert schedule["ScheduleExpression"] == "at(2026-03-03T09:30:00)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["ActionAfterCompletion"] == "DELETE"
    target = schedule["Target"]
    assert json.loads(target.pop("Input")) == json.loads(events.encode(wake_up))
    assert target == {
        "Arn": BUS,
        "RoleArn": ROLE,
        "EventBridgeParameters": {"Source": "cart.reminders", "DetailType": "CartReminderDue"},
        "RetryPolicy": {"MaximumRetryAttempts": 30, "MaximumEventAgeInSeconds": 21600},
        "DeadLetterConfig": {"Arn": DLQ},
    }


def test_the_first_schedule_of_a_window_stays(schedules: Schedules, scheduler: Any) -> None:
    assert schedules.schedule(reminder_due(), DUE, NOW)
    assert not schedules.schedule(reminder_due(), DUE + timedelta(hours=1), NOW)
    assert found(scheduler)["ScheduleExpression"] == "at(2026-03-03T09:30:00)"


def test_the_schedule_of_another_process_stays(
    schedules: Schedules, scheduler: Any, asked: list[str]
) -> None:
    other = Schedules(scheduler, GROUP, ROLE, BUS, DLQ)
    assert schedules.schedule(reminder_due(), DUE, NOW)
    assert not other.schedule(reminder_due(), DUE + timedelta(hours=1), NOW)
    assert not other.put(f"{CART_ID}-1", reminder_due(), DUE, NOW)
    assert len(asked) == 3
    assert found(scheduler)["ScheduleExpression"] == "at(2026-03-03T09:30:00)"


@pytest.fixture
def asked(scheduler: Any) -> list[str]:
    """The names of the schedules that Scheduler was asked to make."""
    names: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        names.append(params["Name"])

    scheduler.meta.events.register("provide-client-params.scheduler.CreateSchedule", note)
    return names


def test_scheduler_is_not_asked_again_for_a_schedule_that_this_process_has_met(
    schedules: Schedules, scheduler: Any, asked: list[str]
) -> None:
    other = Schedules(scheduler, GROUP, ROLE, BUS, DLQ)
    for _ in range(3):
        schedules.schedule(reminder_due(), DUE, NOW)
        other.schedule(reminder_due(), DUE, NOW)
    assert len(asked) == 2
    almost = NOW + timedelta(minutes=10, seconds=-1)
    schedules.schedule(reminder_due(), DUE, almost)
    assert len(asked) == 2
    schedules.schedule(reminder_due(2), DUE, NOW)
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("met_at", "now"),
    [
        (NOW, NOW + timedelta(minutes=10)),
        (NOW, NOW + timedelta(minutes=10, seconds=1)),
        (NOW, NOW + timedelta(hours=2)),
        (DUE - 2 * SOONEST, DUE - SOONEST),
        (DUE, DUE + SOONEST),
        (NOW, NOW - timedelta(seconds=1)),
    ],
)
def test_a_schedule_that_may_be_gone_is_made_again(
    schedules: Schedules, scheduler: Any, met_at: datetime, now: datetime
) -> None:
    """It was deleted or has fired, or the clock says nothing of how long ago it was met."""
    assert schedules.schedule(reminder_due(), DUE, met_at)
    scheduler.delete_schedule(GroupName=GROUP, Name=f"{CART_ID}-1")
    assert schedules.schedule(reminder_due(), DUE, now)


def test_a_schedule_that_could_not_be_made_is_not_taken_for_granted(
    schedules: Schedules, scheduler: Any
) -> None:
    with Stubber(scheduler) as stub:
        stub.add_client_error("create_schedule", "ThrottlingException")
        with pytest.raises(TransientError):
            schedules.schedule(reminder_due(), DUE, NOW)
    assert schedules.schedule(reminder_due(), DUE, NOW)


def test_only_so_many_schedules_are_remembered(
    schedules: Schedules, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "_MOST_REMEMBERED", 2)
    for window in (1, 2, 1, 2, 3, 3, 1):
        schedules.schedule(reminder_due(window), DUE, NOW)
    assert asked == [f"{CART_ID}-{window}" for window in (1, 2, 3, 1)]


def test_each_window_step_and_cart_has_a_schedule_of_its_own(
    schedules: Schedules, scheduler: Any
) -> None:
    bob = Recipient(id="bob", email="bob@example.com")
    first = reminder_due(1)
    steps = [structs.replace(first, data=structs.replace(first.data, step=step)) for step in (2, 3)]
    for wake_up in (first, *steps, reminder_due(2), reminder_due(1, customer=bob)):
        assert schedules.schedule(wake_up, DUE, NOW)
    names = {one["Name"] for one in scheduler.list_schedules(GroupName=GROUP)["Schedules"]}
    endings = "1", "1.2", "1.3", "2"
    assert names == {"bob-1", *(f"{CART_ID}-{ending}" for ending in endings)}


@pytest.mark.parametrize(
    ("due_at", "expression"),
    [
        (NOW - timedelta(days=30), "at(2026-03-02T09:31:00)"),
        (NOW, "at(2026-03-02T09:31:00)"),
        (NOW + timedelta(seconds=59), "at(2026-03-02T09:31:00)"),
        (NOW + timedelta(seconds=61), "at(2026-03-02T09:31:01)"),
        (DUE + timedelta(microseconds=1), "at(2026-03-03T09:30:01)"),
        (DUE + timedelta(milliseconds=999), "at(2026-03-03T09:30:01)"),
        (DUE.astimezone(timezone(timedelta(hours=9))), "at(2026-03-03T09:30:00)"),
        (datetime.fromisoformat("2026-12-31T23:59:59.500+00:00"), "at(2027-01-01T00:00:00)"),
    ],
)
def test_a_schedule_is_in_whole_seconds_of_utc_never_early_and_never_past(
    schedules: Schedules, scheduler: Any, due_at: datetime, expression: str
) -> None:
    schedules.schedule(reminder_due(), due_at, NOW)
    assert found(scheduler)["ScheduleExpression"] == expression


def test_the_longest_name_is_one_that_scheduler_takes(schedules: Schedules, scheduler: Any) -> None:
    customer = Recipient(id="x" * 48, email="x@example.com")
    last_second_of_2100 = 4_133_980_799
    wake_up = reminder_due(window=last_second_of_2100, customer=customer)
    schedules.schedule(wake_up, DUE, NOW)
    name = found(scheduler, last_second_of_2100, customer.id)["Name"]
    assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", name)


def test_no_name_holds_an_address(schedules: Schedules, scheduler: Any) -> None:
    schedules.schedule(reminder_due(), DUE, NOW)
    assert ADA.email not in found(scheduler)["Name"]


def test_the_same_request_has_the_same_token_and_any_other_a_different_one(
    schedules: Schedules,
    scheduler: Any,
    calls_of: Callable[[Any], list[tuple[str, dict[str, Any]]]],
) -> None:
    calls = calls_of(scheduler)
    one, other = reminder_due(), reminder_due()
    schedules.put("one", one, DUE, NOW)
    schedules.put("one", one, DUE, NOW)
    schedules.put("one", other, DUE, NOW)
    schedules.put("one", one, DUE + timedelta(seconds=1), NOW)
    tokens = [params["ClientToken"] for _, params in calls]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
    assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", token) for token in tokens)


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        "ServiceQuotaExceededException",
        "ValidationException",
        "ResourceNotFoundException",
        "AccessDeniedException",
    ],
)
def test_what_scheduler_refuses_is_tried_again_later(code: str) -> None:
    client = sdk.client("scheduler")
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", code, "Not now, ada@example.com.")
        with pytest.raises(TransientError, match=f"CreateSchedule failed with {code}"):
            Schedules(client, GROUP, ROLE, BUS, DLQ).schedule(reminder_due(), DUE, NOW)
