from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import ErrorBody, MailRejected
from chalicelib.domain.failures import (
    UNKNOWN_CART,
    failed_invocation,
    failed_message,
    refused_event,
)
from chalicelib.domain.invocations import Invocation, parse
from tests.support.builders import (
    CART_ID,
    NOW,
    invocation_record,
    invocation_result,
    item_added,
    on_bus,
    reminder_due,
    sqs_record,
)
from tests.support.products import MUG

RAISED = {"errorType": "TransientError", "errorMessage": "ada@example.com", "stackTrace": []}
FULL = {"code": "line_full", "message": "This line of the cart has changed too often."}
REJECTED = {"source": "cart.consumers", "action": "rejected", "error": FULL}


def reported(record: dict[str, Any]) -> Invocation:
    return parse(invocation_result(record))


def test_a_job_that_lambda_gave_up_retrying() -> None:
    added = item_added(MUG, 2)
    event = on_bus(added)
    record = invocation_record(event, RAISED, condition="RetriesExhausted", attempts=3)
    failure = failed_invocation(reported(record), NOW)
    assert failure.function == "persist_cart"
    assert failure.request_id == added.metadata.event_id
    assert failure.cart_id == CART_ID
    assert failure.job == {"event": "ItemAddedToCart", "sku": MUG, "quantity": 2}
    assert failure.error.code == "retries_exhausted"
    assert failure.attempts == 3
    assert failure.failed_at == NOW
    assert failure.event == event


@pytest.mark.parametrize("kind", ["TransientError", "Runtime.ExitError", "", "ada@example.com"])
def test_what_a_function_raised_is_not_told(kind: str) -> None:
    raised = {**RAISED, "errorType": kind}
    record = invocation_record(on_bus(item_added()), raised, condition="RetriesExhausted")
    error = failed_invocation(reported(record), NOW).error
    assert error == ErrorBody("retries_exhausted", "Every attempt failed.")


def test_a_job_that_the_consumer_rejected_keeps_its_error() -> None:
    record = invocation_record(on_bus(item_added()), REJECTED)
    assert failed_invocation(reported(record), NOW).error == ErrorBody(
        FULL["code"], FULL["message"]
    )


def test_an_event_that_grew_too_old_before_it_was_handled() -> None:
    record = invocation_record(on_bus(item_added()), None, condition="EventAgeExceeded")
    assert failed_invocation(reported(record), NOW).error == ErrorBody(
        "retries_exhausted", "It could not be finished in time."
    )


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"detail": None},
        {"detail": {"metadata": [], "data": "x"}},
        {"detail": {"metadata": {"event_id": "5"}, "data": {"cart_id": "../x", "sku": {}}}},
        {"detail": {"metadata": {"event_id": 5}, "data": {"cart_id": None, "quantity": []}}},
    ],
)
def test_an_event_that_cannot_be_read_is_kept_under_the_id_of_its_invocation(
    payload: dict[str, Any],
) -> None:
    record = invocation_record(payload, REJECTED)
    failure = failed_invocation(reported(record), NOW)
    assert failure.request_id == record["requestContext"]["requestId"]
    assert failure.cart_id == UNKNOWN_CART
    assert failure.job == {}
    assert failure.event == payload


def test_what_is_no_json_object_is_kept_as_the_payload() -> None:
    record = invocation_record(["no", "event"], REJECTED)  # type: ignore[arg-type]
    assert failed_invocation(reported(record), NOW).event == {"payload": ["no", "event"]}


def test_a_job_shows_wrong_values_as_they_were_but_not_without_end() -> None:
    event = on_bus(item_added())
    event["detail"]["data"] |= {"sku": "x" * 10_000, "quantity": 1.5}
    job = failed_invocation(reported(invocation_record(event, REJECTED)), NOW).job
    assert job == {"event": "ItemAddedToCart", "sku": "x" * 200, "quantity": 1.5}


def test_a_message_of_the_queue() -> None:
    due = reminder_due(window=7)
    event = on_bus(due)
    error = MailRejected("The mail service rejected the mail.")
    failure = failed_message(sqs_record(event, receive_count=2), event, error, NOW, "send_reminder")
    assert failure.function == "send_reminder"
    assert failure.request_id == due.metadata.event_id
    assert failure.job == {"event": "CartReminderDue"}
    assert failure.error == ErrorBody("mail_rejected", error.message)
    assert failure.attempts == 2
    assert failure.event == event


def test_a_message_without_an_event_is_kept_under_its_own_id() -> None:
    record = sqs_record("not JSON")
    failure = failed_message(record, {}, MailRejected("No."), NOW, "send_reminder")
    assert failure.request_id == record["messageId"]
    assert failure.cart_id == UNKNOWN_CART
    assert failure.event == {"body": "not JSON"}


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [(2**53 - 1, 2**53 - 1), (2**53, str(2**53)), (2**60, str(2**60)), (-(2**53), str(-(2**53)))],
)
def test_a_number_that_a_json_reader_might_round_is_shown_as_text(quantity, shown) -> None:
    event = on_bus(item_added())
    event["detail"]["data"]["quantity"] = quantity
    job = failed_invocation(reported(invocation_record(event, REJECTED)), NOW).job
    assert job["quantity"] == shown


def test_a_reason_is_told_in_200_characters_at_most() -> None:
    error = {"code": "line_full", "message": "x" * 201}
    record = invocation_record(on_bus(item_added()), {**REJECTED, "error": error})
    assert failed_invocation(reported(record), NOW).error.message == "x" * 200


@pytest.mark.parametrize("quantity", [10**9, 10**30, -(10**30)])
def test_a_job_can_be_shown_as_json_whatever_number_is_in_it(quantity: int) -> None:
    event = on_bus(item_added())
    event["detail"]["data"]["quantity"] = quantity
    job = failed_invocation(reported(invocation_record(event, REJECTED)), NOW).job
    assert str(quantity) in msgspec.json.encode(job).decode()


def test_a_reason_that_is_none_of_ours_is_not_shown() -> None:
    foreign = {**REJECTED, "error": {"code": "ada@example.com", "message": "x"}}
    record = invocation_record(on_bus(item_added()), foreign)
    assert failed_invocation(reported(record), NOW).error.code == "retries_exhausted"


def test_an_event_that_is_refused_belongs_to_no_cart_whatever_it_claims() -> None:
    event = on_bus(item_added())
    error = MailRejected("No.")
    failure = refused_event(event, error, "record_failure", "r-1", NOW)
    assert (failure.cart_id, failure.request_id, failure.job) == (UNKNOWN_CART, "r-1", {})
    assert (failure.attempts, failure.failed_at) == (1, NOW)
    assert failure.event == event
