import time

import pytest
from botocore.exceptions import ClientError

from tests.unit.infra.local.conftest import Shop

ENTRY = {"Source": "shop", "DetailType": "Ordered", "Detail": "{}", "EventBusName": "orders"}


def list_tables(shop: Shop) -> str:
    """Call DynamoDB and return the error code it answers, "" for none."""
    try:
        shop.client("dynamodb").list_tables()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_as_many_calls_fail_as_were_asked_for(shop: Shop) -> None:
    shop.cloud.faults.arm("dynamodb", 2)
    answers = [list_tables(shop) for _ in range(4)]
    assert answers == ["InternalServerError", "InternalServerError", "", ""]


def test_one_fault_is_one_call_whatever_botocore_retries(shop: Shop) -> None:
    shop.cloud.faults.arm("dynamodb", 1)
    before = time.monotonic()
    assert list_tables(shop) == "InternalServerError"
    assert time.monotonic() - before < 1
    assert list_tables(shop) == ""


def test_zero_disarms(shop: Shop) -> None:
    shop.cloud.faults.arm("dynamodb", 5)
    shop.cloud.faults.arm("dynamodb", 0)
    assert list_tables(shop) == ""


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("ServiceUnavailable", 503), ("SomethingNew", 500)],
)
def test_an_error_code_comes_with_its_http_status(shop: Shop, code: str, status: int) -> None:
    shop.cloud.faults.arm("dynamodb", 1, code)
    with pytest.raises(ClientError) as raised:
        shop.client("dynamodb").list_tables()
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_other_services_are_spared(shop: Shop) -> None:
    shop.cloud.faults.arm("ses", 1)
    assert list_tables(shop) == ""


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
    shop.bill.answers = [lambda *_: list_tables(shop)]
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    calls = [(call.function, call.service, call.operation) for call in shop.cloud.calls]
    assert calls == [("", "events", "PutEvents"), ("bill", "dynamodb", "ListTables")]
    assert shop.cloud.calls[0].parameters["Entries"][0]["DetailType"] == "Ordered"
