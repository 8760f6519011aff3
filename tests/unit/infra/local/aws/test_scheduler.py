import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.support.seconds import DAY
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Copies, Shop, ShopProject


def fired_at(shop: Shop) -> list[datetime]:
    return [datetime.fromisoformat(event["time"]) for event in shop.bill.events]


def names(shop: Shop) -> list[str]:
    return [schedule["name"] for schedule in shop.cloud.state()["schedules"]]


def test_a_one_time_schedule_fires_at_its_time_and_once(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    shop.cloud.advance(DAY - 1)
    assert fired_at(shop) == []
    shop.cloud.advance(3 * DAY)
    assert fired_at(shop) == [NOON + timedelta(days=1)]


def test_the_input_is_the_detail_of_the_event(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-02T12:00:01)")
    shop.cloud.advance(1)
    (event,) = shop.bill.events
    assert (event["source"], event["detail-type"]) == ("shop", "Ordered")
    assert event["detail"] == {"from": "wake-up"}
    assert event["resources"] == [
        "arn:aws:scheduler:eu-central-1:123456789012:schedule/wake-ups/wake-up"
    ]


def test_a_finished_schedule_is_deleted_if_it_was_created_so(shop: Shop) -> None:
    shop.schedule("gone", "at(2026-03-03T12:00:00)")
    shop.schedule("kept", "at(2026-03-03T12:00:00)", ActionAfterCompletion="NONE")
    shop.cloud.advance(2 * DAY)
    assert shop.cloud.state()["schedules"] == [
        {
            "name": "kept",
            "due_at": None,
            "state": "COMPLETED",
            "target": "arn:aws:events:eu-central-1:123456789012:event-bus/orders",
        }
    ]


def test_state_tells_when_a_schedule_is_due(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    (schedule,) = shop.cloud.state()["schedules"]
    assert (schedule["due_at"], schedule["state"]) == ("2026-03-03T12:00:00Z", "ENABLED")


@pytest.mark.parametrize("expression", ["at(2026-03-02T11:59:59)", "at(2020-01-01T00:00:00)"])
def test_a_time_that_has_passed_is_refused(shop: Shop, expression: str) -> None:
    with pytest.raises(ClientError, match="in the past") as refused:
        shop.schedule("late", expression)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert names(shop) == []


@pytest.mark.parametrize("expression", ["at(tomorrow)", "rate(0 minutes)", "whenever"])
def test_a_malformed_expression_is_refused(shop: Shop, expression: str) -> None:
    with pytest.raises(ClientError, match="Invalid Schedule Expression"):
        shop.schedule("odd", expression)


def test_a_name_can_be_taken_once(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    with pytest.raises(ClientError) as refused:
        shop.schedule("wake-up", "at(2026-03-04T12:00:00)")
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    shop.cloud.advance(3 * DAY)
    assert len(shop.bill.events) == 1


@pytest.mark.parametrize(
    "more", [{"ScheduleExpressionTimezone": "Asia/Tokyo"}, {"State": "DISABLED"}]
)
def test_what_nothing_here_uses_is_refused(shop: Shop, more: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="enabled schedules in UTC only"):
        shop.schedule("odd", "at(2026-03-03T12:00:00)", **more)
    assert names(shop) == []


def test_a_deleted_schedule_does_not_fire(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    shop.client("scheduler").delete_schedule(Name="wake-up", GroupName="wake-ups")
    shop.cloud.advance(2 * DAY)
    assert fired_at(shop) == []


def target(arn: str, **more: Any) -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/scheduler"
    return {"Arn": arn, "RoleArn": role, "Input": '{"wake": "up"}', **more}


def test_a_queue_and_a_function_can_be_targets(shop: Shop) -> None:
    queue = "arn:aws:sqs:eu-central-1:123456789012:parcels"
    function = "arn:aws:lambda:eu-central-1:123456789012:function:audit"
    shop.schedule("a", "at(2026-03-02T12:01:00)", Target=target(queue))
    shop.schedule("b", "at(2026-03-02T12:01:00)", Target=target(function))
    shop.cloud.advance(60)
    assert json.loads(shop.ship.events[0]["Records"][0]["body"]) == {"wake": "up"}
    assert shop.audit.events == [{"wake": "up"}]


def test_what_cannot_be_delivered_is_in_the_schedules_dead_letter_queue(shop: Shop) -> None:
    gone = target(
        "arn:aws:lambda:eu-central-1:123456789012:function:gone",
        DeadLetterConfig={"Arn": "arn:aws:sqs:eu-central-1:123456789012:undeliverable"},
    )
    shop.schedule("wake-up", "at(2026-03-02T12:01:00)", Target=gone)
    shop.cloud.advance(60)
    (message,) = shop.messages("undeliverable")
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert json.loads(message["Body"]) == {"wake": "up"}
    assert attributes["SCHEDULE_ARN"].endswith(":schedule/wake-ups/wake-up")
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert names(shop) == []


def test_a_wake_up_may_come_twice(project: ShopProject) -> None:
    copies = Copies("schedule:wake-up", 0.0, 30.0)
    with LocalCloud.start(project, clock=Clock(NOON), network=copies) as cloud:
        shop = Shop(cloud, project)
        shop.schedule("wake-up", "at(2026-03-02T12:01:00)")
        cloud.advance(90)
        assert len(shop.bill.events) == 2
