"""Lambda's record of an invocation, as it comes from the bus."""

from typing import Any

import pytest

from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.invocations import parse
from tests.support.builders import invocation_record, invocation_result, item_added, on_bus


def a_result() -> dict[str, Any]:
    return invocation_result(invocation_record(on_bus(item_added()), {"action": "stored"}))


def test_a_record_tells_which_function_was_given_what_and_returned_what() -> None:
    event = on_bus(item_added())
    record = invocation_record(event, {"action": "stored"}, attempts=2)
    found = parse(invocation_result(record))
    assert found.consumer == "persist_cart"
    assert found.context.request_id == record["requestContext"]["requestId"]
    assert (found.context.condition, found.context.attempts) == ("Success", 2)
    assert (found.payload, found.response) == (event, {"action": "stored"})


@pytest.mark.parametrize("source", ["cart.api", "lambda.x", "shop.api", "", None, 5])
def test_what_does_not_come_from_lambda_is_unknown(source: object) -> None:
    with pytest.raises(UnknownEvent):
        parse(a_result() | {"source": source})


@pytest.mark.parametrize("count", [0, 1000])
def test_an_invocation_has_up_to_a_thousand_attempts(count: int) -> None:
    result = a_result()
    result["detail"]["requestContext"]["approximateInvokeCount"] = count
    assert parse(result).context.attempts == count


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("approximateInvokeCount", -1),
        ("approximateInvokeCount", 1001),
        ("condition", "x" * 33),
        ("requestId", "ada@example.com"),
        ("functionArn", "arn:aws:sqs:eu-central-1:123456789012:cart-dev"),
    ],
)
def test_a_record_of_another_shape_is_malformed(name: str, value: object) -> None:
    result = a_result()
    result["detail"]["requestContext"][name] = value
    with pytest.raises(MalformedEvent):
        parse(result)
