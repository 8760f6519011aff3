import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Copies, Shop, ShopProject

BILL = "arn:aws:lambda:eu-central-1:123456789012:function:bill"
BUS = "arn:aws:events:eu-central-1:123456789012:event-bus/orders"


def at(shop: Shop, times: list[datetime]) -> Any:
    """Return an answer that notes the time and fails."""

    def note(*_: object) -> Exception:
        times.append(shop.cloud.clock.now())
        return RuntimeError("the till is stuck")

    return note


def test_a_failed_event_is_tried_again_after_one_and_then_two_minutes(shop: Shop) -> None:
    times: list[datetime] = []
    shop.bill.answers = [at(shop, times)] * 3
    shop.put("Ordered", order=1)
    shop.cloud.advance(3600)
    assert [time - NOON for time in times] == [
        timedelta(0),
        timedelta(minutes=1),
        timedelta(minutes=3),
    ]


def test_all_attempts_have_one_request_id(shop: Shop) -> None:
    shop.bill.answers = [RuntimeError(), RuntimeError()]
    shop.put("Ordered", order=1)
    shop.cloud.advance(3600)
    assert len(shop.bill.contexts) == 3
    assert len({context.aws_request_id for context in shop.bill.contexts}) == 1


def test_every_attempt_gets_a_fresh_copy_of_the_event(shop: Shop) -> None:
    def spoil(event: dict[str, Any], _: object) -> Exception:
        event["detail"] = "spoilt"
        return RuntimeError()

    shop.bill.answers = [spoil]
    shop.put("Ordered", order=1)
    shop.cloud.advance(60)
    assert shop.bill.events[1]["detail"] == {"order": 1}


def test_the_context_is_that_of_lambda(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    context = shop.bill.contexts[0]
    assert context.function_name == "bill"
    assert context.function_version == "$LATEST"
    assert context.invoked_function_arn == BILL
    assert context.memory_limit_in_mb == "256"
    assert context.log_group_name == "/aws/lambda/bill"
    assert context.log_stream_name.startswith("2026/03/02/[$LATEST]")
    assert context.get_remaining_time_in_millis() == 10_000


def test_success_is_put_on_the_bus_as_lambda_records_it(shop: Shop) -> None:
    shop.bill.answers = [{"paid": True}]
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    (event,) = shop.audit.events
    ordered = shop.bill.events[0]
    assert event["source"] == "lambda"
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [BUS, f"{BILL}:$LATEST"]
    assert event["detail"] == {
        "version": "1.0",
        "timestamp": "2026-03-02T12:00:00.000Z",
        "requestContext": {
            "requestId": shop.bill.contexts[0].aws_request_id,
            "functionArn": f"{BILL}:$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": ordered,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"paid": True},
    }


def test_failure_is_put_on_the_bus_when_the_retries_are_used_up(shop: Shop) -> None:
    shop.bill.answers = [RuntimeError("the till is stuck")] * 3
    shop.put("Ordered", order=1)
    shop.cloud.advance(180)
    (event,) = shop.audit.events
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    record = event["detail"]
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorType"] == "RuntimeError"
    assert record["responsePayload"]["errorMessage"] == "the till is stuck"
    assert record["requestPayload"]["detail"] == {"order": 1}


def test_a_queue_gets_the_record_as_the_body_of_a_message(shop: Shop) -> None:
    shop.audit.answers = [ValueError("no ledger")]
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    (message,) = shop.messages("failed")
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_an_event_that_grew_too_old_is_not_tried_again(
    project: ShopProject, load_template: Any
) -> None:
    text = project.templates[0].file.read_text(encoding="utf-8")
    aged = text.replace(
        "Qualifier: $LATEST\n", "Qualifier: $LATEST\n      MaximumEventAgeInSeconds: 90\n", 1
    )
    project.templates = (load_template(aged),)
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        shop = Shop(cloud, project)
        shop.bill.answers = [RuntimeError()] * 3
        shop.put("Ordered", order=1)
        cloud.advance(3600)
        assert len(shop.bill.events) == 2
        record = shop.audit.events[0]["detail"]
        assert record["requestContext"]["condition"] == "EventAgeExceeded"


def test_a_result_that_is_no_json_is_a_failure(shop: Shop) -> None:
    shop.bill.answers = [{1, 2}]
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    assert shop.cloud.state()["invocations"][0]["outcome"] == "failed"


def test_an_event_without_a_destination_is_reported_as_lost(shop: Shop) -> None:
    shop.cloud.faults.arm("function:ship", 9)
    shop.cloud.parts.functions.invoke_async("ship", {"id": "lost-one"})
    shop.cloud.advance(180)
    assert any("LOST" in hop.outcome and hop.ref == "lost-one" for hop in shop.cloud.hops())


def test_a_destination_may_get_copies(project: ShopProject) -> None:
    copies = Copies("destination:bill", 0.0, 5.0)
    with LocalCloud.start(project, clock=Clock(NOON), network=copies) as cloud:
        shop = Shop(cloud, project)
        shop.put("Ordered", order=1)
        cloud.advance(5)
        assert len(shop.audit.events) == 2


def test_invocations_tell_function_event_attempt_and_error(shop: Shop) -> None:
    shop.bill.answers = [RuntimeError("the till is stuck")]
    shop.put("Ordered", metadata={"event_id": "order-1"})
    shop.cloud.advance(60)
    first, second, audit = shop.cloud.state()["invocations"]
    assert first == {
        "function": "bill",
        "event_id": "order-1",
        "attempt": 1,
        "outcome": "failed",
        "error": "RuntimeError: the till is stuck",
        "duration_ms": 0.0,
    }
    assert (second["attempt"], second["outcome"], second["error"]) == (2, "succeeded", None)
    assert (audit["function"], audit["event_id"]) == ("audit", "order-1")


@pytest.mark.parametrize("name", ["", "unknown"])
def test_an_unknown_function_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(LookupError, match="There is no function"):
        shop.cloud.parts.functions.invoke_async(name, {})
