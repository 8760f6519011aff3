from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.topology import TopologyError
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Shop, ShopProject

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/parcels"


def send(shop: Shop, *bodies: str, **more: Any) -> None:
    for body in bodies:
        shop.client("sqs").send_message(QueueUrl=URL, MessageBody=body, **more)


def failed(*numbers: int) -> Any:
    """Return an answer that reports the records with these numbers as failed."""

    def answer(event: dict[str, Any], _: object) -> dict[str, Any]:
        ids = [event["Records"][number]["messageId"] for number in numbers]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}

    return answer


def bodies(shop: Shop) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in shop.ship.events]


def counts(shop: Shop, queue: str = "parcels") -> dict[str, int]:
    return dict(shop.cloud.state()["queues"][queue])


def test_records_are_those_that_lambda_gets(shop: Shop) -> None:
    attribute = {"DataType": "String", "StringValue": "v"}
    send(shop, "a parcel", MessageAttributes={"kind": attribute})
    shop.cloud.settle()
    (record,) = shop.ship.events[0]["Records"]
    sent = str(int(NOON.timestamp() * 1000))
    assert record == {
        "messageId": record["messageId"],
        "receiptHandle": record["receiptHandle"],
        "body": "a parcel",
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": record["attributes"]["SenderId"],
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {
            "kind": {
                "stringValue": "v",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": "b555b9c3170b52babd2961a2fac0cf68",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:parcels",
        "awsRegion": "eu-central-1",
    }


def test_messages_come_in_batches(shop: Shop) -> None:
    send(shop, *map(str, range(12)))
    shop.cloud.settle()
    assert [len(batch) for batch in bodies(shop)] == [10, 2]


def test_what_succeeded_is_deleted(shop: Shop) -> None:
    send(shop, "a", "b")
    shop.cloud.settle()
    assert counts(shop) == {"visible": 0, "in_flight": 0, "delayed": 0}


def test_only_what_is_reported_as_failed_comes_again(shop: Shop) -> None:
    shop.ship.answers = [failed(1)]
    send(shop, "a", "b", "c")
    shop.cloud.advance(29)
    assert bodies(shop) == [["a", "b", "c"]]
    shop.cloud.advance(2)
    assert bodies(shop) == [["a", "b", "c"], ["b"]]
    again = shop.ship.events[1]["Records"][0]
    assert again["attributes"]["ApproximateReceiveCount"] == "2"
    assert again["messageId"] == shop.ship.events[0]["Records"][1]["messageId"]


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("jam"),
        "nonsense",
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"item": "x"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": "x"},
    ],
)
def test_an_error_or_a_malformed_report_fails_the_whole_batch(shop: Shop, answer: object) -> None:
    shop.ship.answers = [answer]
    send(shop, "a", "b")
    shop.cloud.advance(31)
    assert bodies(shop) == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"sent": 1}]
)
def test_an_empty_report_is_success(shop: Shop, answer: object) -> None:
    shop.ship.answers = [answer]
    send(shop, "a")
    shop.cloud.advance(31)
    assert bodies(shop) == [["a"]]


def test_without_the_setting_a_report_is_ignored_and_the_message_lost(
    project: ShopProject, load_template: Any
) -> None:
    text = project.templates[0].file.read_text(encoding="utf-8")
    project.templates = (
        load_template(text.replace("FunctionResponseTypes: [ReportBatchItemFailures]", "")),
    )
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        shop = Shop(cloud, project)
        shop.ship.answers = [failed(0)]
        send(shop, "a")
        cloud.advance(31)
        assert bodies(shop) == [["a"]]
        assert counts(shop)["visible"] == 0


def test_a_message_received_too_often_is_in_the_dead_letter_queue(shop: Shop) -> None:
    shop.ship.answers = [failed(0)] * 9
    send(shop, "poison")
    shop.cloud.advance(600)
    assert len(shop.ship.events) == 3
    assert counts(shop) == {"visible": 0, "in_flight": 0, "delayed": 0}
    assert counts(shop, "dead-parcels")["visible"] == 1


def test_a_dead_letter_is_told_once_and_to_be_attended_to(shop: Shop) -> None:
    shop.ship.answers = [failed(0)] * 9
    send(shop, "poison")
    shop.cloud.advance(600)
    told = [hop for hop in shop.cloud.hops() if "dead-lettered" in hop.outcome]
    assert [(hop.what, hop.outcome, hop.failed) for hop in told] == [
        ("parcels", "1 dead-lettered", True)
    ]


def test_redriving_brings_it_back_as_a_new_message(shop: Shop) -> None:
    shop.ship.answers = [failed(0)] * 3
    send(shop, "poison")
    shop.cloud.advance(600)
    assert shop.cloud.redrive("dead-parcels") == 1
    shop.cloud.settle()
    assert bodies(shop)[-1] == ["poison"]
    record = shop.ship.events[-1]["Records"][0]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert counts(shop, "dead-parcels")["visible"] == 0


def test_a_queue_that_no_queue_leads_to_cannot_be_redriven(shop: Shop) -> None:
    with pytest.raises(ValueError, match="comes from rules, schedules or functions"):
        shop.cloud.redrive("undeliverable")


def test_an_unknown_queue_cannot_be_redriven(shop: Shop) -> None:
    with pytest.raises(LookupError, match="no queue 'nowhere'"):
        shop.cloud.redrive("nowhere")


def test_a_handler_may_let_a_message_wait_longer_or_shorter(shop: Shop) -> None:
    def postpone(event: dict[str, Any], context: Any) -> Any:
        shop.client("sqs").change_message_visibility(
            QueueUrl=URL,
            ReceiptHandle=event["Records"][0]["receiptHandle"],
            VisibilityTimeout=5 if len(shop.ship.events) == 1 else 120,
        )
        return failed(0)(event, context)

    shop.ship.answers = [postpone, postpone]
    send(shop, "a")
    shop.cloud.advance(6)
    assert len(shop.ship.events) == 2
    shop.cloud.advance(100)
    assert len(shop.ship.events) == 2
    shop.cloud.advance(21)
    assert len(shop.ship.events) == 3


def test_a_delayed_message_waits(shop: Shop) -> None:
    send(shop, "later", DelaySeconds=60)
    assert counts(shop)["delayed"] == 1
    shop.cloud.advance(59)
    assert bodies(shop) == []
    shop.cloud.advance(2)
    assert bodies(shop) == [["later"]]


def test_a_batching_window_gathers_messages(project: ShopProject, load_template: Any) -> None:
    text = project.templates[0].file.read_text(encoding="utf-8")
    windowed = text.replace(
        "BatchSize: 10", "BatchSize: 10\n      MaximumBatchingWindowInSeconds: 20"
    )
    project.templates = (load_template(windowed),)
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        shop = Shop(cloud, project)
        send(shop, "a")
        cloud.advance(10)
        send(shop, "b")
        assert bodies(shop) == []
        cloud.advance(10)
        assert bodies(shop) == [["a", "b"]]


def test_invocations_are_recorded_for_each_message(shop: Shop) -> None:
    shop.ship.answers = [failed(1)]
    send(shop, '{"id": "first"}', '{"id": "second"}')
    shop.cloud.advance(31)
    rows = [
        (row["event_id"], row["attempt"], row["outcome"], row["error"])
        for row in shop.cloud.state()["invocations"]
    ]
    assert rows == [
        ("first", 1, "succeeded", None),
        ("second", 1, "failed", "reported in batchItemFailures"),
        ("second", 2, "succeeded", None),
    ]


def test_a_timeout_shorter_than_the_functions_is_refused_as_by_lambda(
    project: ShopProject, load_template: Any
) -> None:
    text = project.templates[0].file.read_text(encoding="utf-8")
    project.templates = (
        load_template(text.replace("VisibilityTimeout: 30", "VisibilityTimeout: 9")),
    )
    with (
        pytest.raises(TopologyError, match="shorter than the timeout of ship"),
        LocalCloud.start(project, clock=Clock(NOON)),
    ):
        pass


def test_a_message_is_visible_again_right_after_its_timeout(shop: Shop) -> None:
    shop.ship.answers = [failed(0)]
    send(shop, "a")
    shop.cloud.settle()
    shop.cloud.advance(timedelta(seconds=30, milliseconds=1).total_seconds())
    assert len(shop.ship.events) == 2


def test_a_step_works_off_one_batch_so_that_a_long_queue_keeps_nobody_waiting(shop: Shop) -> None:
    send(shop, *map(str, range(35)))
    agenda, seen = shop.cloud.engine.agenda, []
    while agenda.run_next(NOON):
        seen.append(len(bodies(shop)))
    assert sum(map(len, bodies(shop))) == 35
    assert all(later - earlier <= 1 for earlier, later in pairwise([0, *seen]))
