"""What is malformed is refused in sentences that show nothing of the library that found it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain import events, invocations, mail_feedback
from chalicelib.domain.errors import MalformedEvent
from chalicelib.domain.events import ItemAddedToCart
from chalicelib.domain.validation import MAX_NESTING, problem
from chalicelib.web.bodies import GuestHeaders
from tests.support.builders import (
    NOW,
    invocation_record,
    invocation_result,
    item_added,
    on_bus,
)

DEPTHS = [1_000, 3_000, 100_000]


def nested(depth: int, kind: type = list) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value


def event_with(**data: object) -> dict[str, Any]:
    event = on_bus(item_added())
    event["detail"]["data"] |= data
    return event


def refusal(parse: Callable[..., object], *arguments: Any, **named: Any) -> str:
    with pytest.raises(MalformedEvent) as refused:
        parse(*arguments, **named)
    return refused.value.message


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kind", [list, dict])
class TestNestingWithoutEnd:
    def test_is_refused_in_an_event(self, depth: int, kind: type) -> None:
        event = event_with(more=nested(depth, kind))
        message = refusal(events.parse, event, ItemAddedToCart, now=NOW)
        assert message == "The event ItemAddedToCart is nested too deeply."

    def test_is_kept_apart_in_a_report_of_lambda(self, depth: int, kind: type) -> None:
        payload = nested(depth, kind)
        invocation = invocations.parse(invocation_result(invocation_record(payload, None)))
        assert invocation.payload is payload

    def test_is_not_read_in_a_report_of_ses(self, depth: int, kind: type) -> None:
        event = {"source": "aws.ses", "detail": {"more": nested(depth, kind)}}
        assert mail_feedback.undeliverable(event) == {}


@pytest.mark.parametrize("kind", [list, dict])
def test_fields_that_are_not_known_may_be_nested_up_to_the_limit(kind: type) -> None:
    levels = MAX_NESTING - len(("detail", "data"))
    events.parse(event_with(more=nested(levels, kind)), ItemAddedToCart, now=NOW)
    message = refusal(
        events.parse, event_with(more=nested(levels + 1, kind)), ItemAddedToCart, now=NOW
    )
    assert message == "The event ItemAddedToCart is nested too deeply."


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"sku": "lower case"}, "data.sku"),
        ({"sku": 7}, "data.sku"),
        ({"quantity": 100}, "data.quantity"),
        ({"quantity": "2"}, "data.quantity"),
        ({"cart_id": "x" * 100}, "data.cart_id"),
        ({"customer": []}, "data.customer"),
    ],
)
def test_an_event_is_refused_by_naming_the_field_and_never_the_rule(
    data: dict[str, object], field: str
) -> None:
    message = refusal(events.parse, event_with(**data), ItemAddedToCart, now=NOW)
    assert message == f"The event ItemAddedToCart is not as documented: see its field {field}."


def test_a_field_that_is_missing_is_named() -> None:
    event = on_bus(item_added())
    del event["detail"]["data"]["sku"]
    message = refusal(events.parse, event, ItemAddedToCart, now=NOW)
    assert message.endswith("see its field data.sku.")


@pytest.mark.parametrize(
    "report", [{"requestContext": {"requestId": "ada@example.com"}}, {"requestContext": 7}, [], 7]
)
def test_a_report_of_lambda_is_refused_without_a_regular_expression(report: object) -> None:
    message = refusal(invocations.parse, {"source": "lambda", "detail": report})
    assert message.startswith("The record of an invocation is not as documented")
    assert not {"^", "$", "`", "@", "str", "Expected"} & set(message.split())


@pytest.mark.parametrize("fields", [{}, {"Guest-Token": 7}, {"Guest-Token": ""}])
def test_a_header_is_named_that_is_missing_or_not_as_it_has_to_be(fields: object) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(fields, GuestHeaders)
    message = problem("The header", refused.value)
    assert message == "The header is not as documented: see its field Guest-Token."


@pytest.mark.parametrize("count", [0, 1_000])
def test_the_least_and_the_greatest_number_of_tries_that_lambda_reports(count: int) -> None:
    record = invocation_record({}, None, attempts=count)
    assert invocations.parse(invocation_result(record)).context.attempts == count


@pytest.mark.parametrize("count", [-1, 1_001])
def test_a_number_of_tries_that_cannot_be_is_refused(count: int) -> None:
    report = invocation_result(invocation_record({}, None, attempts=count))
    assert "field requestContext.approximateInvokeCount" in refusal(invocations.parse, report)
