import time

import pytest
from botocore.exceptions import ClientError

from tests.unit.infra.local.conftest import Shop

ENTRY = {"Source": "shop", "DetailType": "Ordered", "Detail": "{}", "EventBusName": "orders"}


def ask(shop: Shop) -> str:
    """Call Scheduler and return the error code it answers, "" for none."""
    try:
        shop.client("scheduler").list_schedules()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_as_many_calls_fail_as_were_asked_for(shop: Shop) -> None:
    shop.cloud.faults.arm("scheduler", 2)
    answers = [ask(shop) for _ in range(4)]
    assert answers == ["InternalServerException", "InternalServerException", "", ""]


def test_one_fault_is_one_call_whatever_botocore_retries(shop: Shop) -> None:
    shop.cloud.faults.arm("scheduler", 1)
    before = time.monotonic()
    assert ask(shop) == "InternalServerException"
    assert time.monotonic() - before < 1
    assert ask(shop) == ""


def test_zero_disarms(shop: Shop) -> None:
    shop.cloud.faults.arm("scheduler", 5)
    shop.cloud.faults.arm("scheduler", 0)
    assert ask(shop) == ""


def test_the_error_code_may_be_chosen(shop: Shop) -> None:
    shop.cloud.faults.arm("scheduler", 1, "SomethingNew")
    assert ask(shop) == "SomethingNew"


def test_other_services_are_spared(shop: Shop) -> None:
    shop.cloud.faults.arm("ses", 1)
    assert ask(shop) == ""


def test_the_local_clouds_own_calls_are_spared(shop: Shop) -> None:
    shop.cloud.faults.arm("sqs", 1)
    assert "parcels" in shop.cloud.state()["queues"]


def test_put_events_can_fail_for_its_entries_alone(shop: Shop) -> None:
    shop.cloud.faults.arm("events", 1, "PartialFailure")
    answer = shop.client("events").put_events(Entries=[ENTRY, ENTRY])
    assert answer["FailedEntryCount"] == 2
    assert [entry["ErrorCode"] for entry in answer["Entries"]] == ["InternalFailure"] * 2
    shop.cloud.settle()
    assert shop.bill.events == []


def test_a_function_can_fail_without_running(shop: Shop) -> None:
    shop.cloud.faults.arm("function:bill", 1, "out of paper")
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    assert shop.bill.events == []
    assert shop.cloud.state()["invocations"][0]["error"] == "InjectedFaultError: out of paper"
    shop.cloud.advance(60)
    assert len(shop.bill.events) == 1


@pytest.mark.parametrize("target", ["", "s3", "function", "function:", "function:nobody"])
def test_an_unknown_target_is_refused(shop: Shop, target: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        shop.cloud.faults.arm(target, 1)


def test_a_negative_number_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="0 to 1,000,000"):
        shop.cloud.faults.arm("ses", -1)


def test_calls_are_accounted_to_the_function_that_makes_them(shop: Shop) -> None:
    shop.bill.answers = [lambda *_: ask(shop)]
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    calls = [(call.function, call.service, call.operation) for call in shop.cloud.calls]
    assert calls == [("", "events", "PutEvents"), ("bill", "scheduler", "ListSchedules")]
    assert shop.cloud.calls[0].parameters["Entries"][0]["DetailType"] == "Ordered"
