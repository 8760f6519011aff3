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


def entry(**changes: Any) -> dict[str, Any]:
    given = {"Source": "shop", "DetailType": "Ordered", "Detail": "{}", "EventBusName": "orders"}
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def test_an_event_is_delivered_in_eventbridges_envelope(shop: Shop) -> None:
    answer = shop.client("events").put_events(
        Entries=[entry(Detail='{"order": 1}', Resources=["arn:aws:s3:::x"])]
    )
    shop.cloud.settle()
    assert shop.bill.events == [
        {
            "version": "0",
            "id": answer["Entries"][0]["EventId"],
            "detail-type": "Ordered",
            "source": "shop",
            "account": "123456789012",
            "time": "2026-03-02T12:00:00Z",
            "region": "eu-central-1",
            "resources": ["arn:aws:s3:::x"],
            "detail": {"order": 1},
        }
    ]


def test_a_bus_may_be_named_by_its_arn(shop: Shop) -> None:
    arn = "arn:aws:events:eu-central-1:123456789012:event-bus/orders"
    shop.client("events").put_events(Entries=[entry(EventBusName=arn)])
    shop.cloud.settle()
    assert len(shop.bill.events) == 1


def test_an_event_has_the_time_that_its_entry_gives(shop: Shop) -> None:
    shop.client("events").put_events(Entries=[entry(Time=NOON - timedelta(hours=1))])
    assert shop.cloud.state()["events"][0]["time"] == "2026-03-02T11:00:00Z"


def test_only_matching_rules_are_targeted(shop: Shop) -> None:
    shop.put("Cancelled")
    shop.cloud.settle()
    assert shop.bill.events == []


def test_a_queue_gets_the_event_as_the_body_of_a_message(shop: Shop) -> None:
    shop.put("Packed", parcel=7)
    shop.cloud.settle()
    (record,) = shop.ship.events[0]["Records"]
    assert json.loads(record["body"])["detail"] == {"parcel": 7}


@pytest.mark.parametrize("field", ["Source", "DetailType", "Detail"])
def test_an_entry_that_lacks_something_fails_alone(shop: Shop, field: str) -> None:
    answer = shop.client("events").put_events(Entries=[entry(**{field: None}), entry()])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "InvalidArgument"
    assert "EventId" in answer["Entries"][1]


@pytest.mark.parametrize("detail", ["{", "[]", '"text"'])
def test_a_detail_that_is_no_object_is_malformed(shop: Shop, detail: str) -> None:
    answer = shop.client("events").put_events(Entries=[entry(Detail=detail)])
    assert answer["Entries"][0]["ErrorCode"] == "MalformedDetail"


@pytest.mark.parametrize(
    "entries", [[entry()] * 11, [entry(Detail=json.dumps({"x": "y" * 2**20}))]]
)
def test_what_exceeds_the_limits_of_a_call_is_refused(
    shop: Shop, entries: list[dict[str, Any]]
) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        shop.client("events").put_events(Entries=entries)


def test_an_event_for_a_missing_bus_is_accepted_and_lost_as_on_aws(shop: Shop) -> None:
    answer = shop.client("events").put_events(Entries=[entry(EventBusName="nowhere")])
    assert answer["FailedEntryCount"] == 0
    assert shop.cloud.state()["events"] == []
    assert any(hop.failed and "no event bus nowhere" in hop.outcome for hop in shop.cloud.hops())


def test_a_target_that_is_gone_leads_to_the_dead_letter_queue(shop: Shop) -> None:
    shop.cloud.parts.functions.delete("bill")
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    (message,) = shop.messages("undeliverable")
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert json.loads(message["Body"])["detail"] == {"order": 1}
    assert attributes == {
        "RULE_ARN": "arn:aws:events:eu-central-1:123456789012:rule/orders/to-bill",
        "TARGET_ARN": "arn:aws:lambda:eu-central-1:123456789012:function:bill",
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": attributes["ERROR_MESSAGE"],
        "RETRY_ATTEMPTS": "0",
    }


def test_a_rule_may_deliver_copies_and_late(project: ShopProject) -> None:
    copies = Copies("rule:to-bill", 10.0, 0.0)
    with LocalCloud.start(project, clock=Clock(NOON), network=copies) as cloud:
        shop = Shop(cloud, project)
        shop.put("Ordered", order=1)
        cloud.settle()
        assert len(shop.bill.events) == 1
        cloud.advance(10)
        assert shop.bill.events[0] == shop.bill.events[1]


def replayed(shop: Shop, *, days: float = 1, rule: str | None = None) -> int:
    now = shop.cloud.clock.now()
    return shop.cloud.replay(now - timedelta(days=days), now + timedelta(seconds=1), rule)


def test_a_replay_delivers_again_what_the_archive_kept(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    shop.cloud.advance(60)
    assert replayed(shop) == 1
    shop.cloud.settle()
    original, again = shop.bill.events
    assert again["replay-name"].startswith("replay-")
    assert again["time"] == original["time"]
    assert again["id"] != original["id"]
    assert again["detail"] == original["detail"]


def test_what_a_replay_brings_is_not_archived_again(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    assert replayed(shop) == 1
    assert replayed(shop) == 1


def test_the_archive_keeps_only_what_matches_its_pattern(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    assert len(shop.cloud.state()["events"]) == 2
    assert replayed(shop) == 1


def test_the_archive_forgets_after_its_retention(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    shop.cloud.advance(3 * DAY - 1)
    assert replayed(shop, days=9) == 1
    shop.cloud.advance(1)
    assert replayed(shop, days=9) == 0


def test_a_replay_may_be_for_one_rule(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    replayed(shop, rule="to-parcels")
    shop.cloud.settle()
    assert len(shop.bill.events) == 1


def test_a_replay_for_an_unknown_rule_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="no rule 'nothing'"):
        replayed(shop, rule="nothing")


def test_a_replay_takes_the_span_of_time_that_is_asked_for(shop: Shop) -> None:
    for hour in range(3):
        shop.put("Ordered", hour=hour)
        shop.cloud.advance(3600)
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    assert shop.cloud.replay(since, until) == 1
    shop.cloud.settle()
    assert shop.bill.events[-1]["detail"] == {"hour": 1}
    assert datetime.fromisoformat(shop.bill.events[-1]["time"]) == since
