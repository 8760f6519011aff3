import json
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib.adapters import sdk
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.domain import events
from chalicelib.domain.errors import EventsNotAccepted, TransientError
from chalicelib.domain.events import EVENTS, Envelope
from tests.support.builders import NOW, REGION, checked_out, item_added, item_removed, new_uuid

pytestmark = pytest.mark.usefixtures("aws")

BUS = "cart-dev"


def entry(envelope: Envelope[Any], **more: str) -> dict[str, Any]:
    return {
        "Source": envelope.data.source,
        "DetailType": envelope.data.detail_type,
        "Detail": events.encode(envelope),
        "EventBusName": BUS,
        "Time": NOW,
        **more,
    }


class StubbedBus:
    """An ``EventBus`` whose answers are set beforehand; ``pauses`` are the seconds it waited."""

    def __init__(self, jitter: float = 1.0) -> None:
        client = sdk.client("events")
        self.stub = Stubber(client)
        self.stub.activate()
        self.pauses: list[float] = []
        self.bus = EventBus(client, BUS, sleep=self.pauses.append, jitter=lambda: jitter)

    def answer(self, expected: list[Envelope[Any]], *codes: str | None) -> None:
        """Expect these events in one call, and refuse those that have a code."""
        results = [
            {"ErrorCode": code, "ErrorMessage": "No."} if code else {"EventId": new_uuid()}
            for code in codes
        ]
        refused = sum(code is not None for code in codes)
        self.stub.add_response(
            "put_events",
            {"FailedEntryCount": refused, "Entries": results},
            {"Entries": [entry(envelope) for envelope in expected]},
        )


def test_an_event_on_the_bus_can_be_read_back(cloud: None) -> None:
    """A rule brings it to a queue, in the shape in which a function would get it."""
    del cloud
    client, sqs = sdk.client("events"), sdk.client("sqs")
    client.create_event_bus(Name=BUS)
    queue = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:listener"
    pattern = {"source": ["cart.api"], "detail-type": ["ItemAddedToCart"]}
    client.put_rule(Name="adds", EventBusName=BUS, EventPattern=json.dumps(pattern))
    client.put_targets(Rule="adds", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])

    added = item_added()
    EventBus(client, BUS).publish(added, item_removed())

    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    delivered = [json.loads(message["Body"]) for message in messages]
    assert [events.parse(event, *EVENTS, now=NOW) for event in delivered] == [added]
    assert delivered[0]["time"] == "2026-03-02T09:30:00Z"


def test_events_that_are_all_taken_are_put_once() -> None:
    stubbed = StubbedBus()
    one, other = item_added(), checked_out()
    stubbed.answer([one, other], None, None)
    stubbed.bus.publish(one, other)
    stubbed.stub.assert_no_pending_responses()
    assert stubbed.pauses == []


def test_the_trace_of_each_invocation_goes_with_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed = StubbedBus()
    event = item_added()
    stubbed.stub.add_response(
        "put_events",
        {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
        {"Entries": [entry(event, TraceHeader="Root=1-5759e988")]},
    )
    stubbed.answer([event], None)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988")
    stubbed.bus.publish(event)
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    stubbed.bus.publish(event)
    stubbed.stub.assert_no_pending_responses()


def test_only_what_was_not_taken_is_put_again_found_by_its_position() -> None:
    stubbed = StubbedBus()
    first, second, third = item_added(), item_added(), item_added()
    stubbed.answer([first, second, third], "ThrottlingException", None, "InternalFailure")
    stubbed.answer([first, third], None, "InternalFailure")
    stubbed.answer([third], None)
    stubbed.bus.publish(first, second, third)
    stubbed.stub.assert_no_pending_responses()


def test_what_is_never_taken_is_reported_after_two_more_tries() -> None:
    stubbed = StubbedBus()
    first, second = item_added(), item_added()
    stubbed.answer([first, second], "InternalFailure", None)
    stubbed.answer([first], "ThrottlingException")
    stubbed.answer([first], "ThrottlingException")
    with pytest.raises(EventsNotAccepted) as caught:
        stubbed.bus.publish(first, second)
    stubbed.stub.assert_no_pending_responses()
    assert caught.value.details == {"events": 1, "aws_codes": ["ThrottlingException"]}
    assert isinstance(caught.value, TransientError)


@pytest.mark.parametrize(("jitter", "pauses"), [(1.0, [0.05, 0.2]), (0.0, [0.025, 0.1])])
def test_pauses_grow_and_spread(jitter: float, pauses: list[float]) -> None:
    stubbed = StubbedBus(jitter)
    event = item_added()
    for _ in range(3):
        stubbed.answer([event], "InternalFailure")
    with pytest.raises(EventsNotAccepted):
        stubbed.bus.publish(event)
    assert stubbed.pauses == pauses


def test_more_events_than_a_call_may_carry_are_put_in_several() -> None:
    stubbed = StubbedBus()
    many = [item_added() for _ in range(21)]
    stubbed.answer(many[:10], *[None] * 10)
    stubbed.answer(many[10:20], *[None] * 10)
    stubbed.answer(many[20:], None)
    stubbed.bus.publish(*many)
    stubbed.stub.assert_no_pending_responses()


def test_no_events_are_no_call() -> None:
    StubbedBus().bus.publish()


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalException", "AccessDenied"])
def test_a_call_that_fails_is_not_repeated_beyond_the_sdks_own_retries(code: str) -> None:
    stubbed = StubbedBus()
    stubbed.stub.add_client_error("put_events", code, "No, ada@example.com.")
    with pytest.raises(TransientError, match=f"PutEvents failed with {code}"):
        stubbed.bus.publish(item_added())
    assert stubbed.pauses == []


def test_an_answer_that_does_not_tell_about_every_event_is_no_success() -> None:
    stubbed = StubbedBus()
    event = item_added()
    stubbed.answer([event])
    with pytest.raises(ValueError, match="shorter"):
        stubbed.bus.publish(event)
