"""A consumer behind a queue: what is done, what waits and for how long, what is kept as failed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest import mock

import pytest

from chalicelib import wiring
from chalicelib.domain.errors import ClaimHeld, MailRejected, TransientError
from chalicelib.domain.events import CartCheckedOut, Envelope
from chalicelib.entrypoints.queued import queued
from chalicelib.entrypoints.reporting import READS, Payload
from tests.support.builders import checked_out, on_bus, sqs_record


class Hurried(TransientError):
    """An error that is worth another try soon."""

    def wait(self, attempt: int) -> int:
        return attempt


@pytest.fixture
def adapters() -> Iterator[mock.Mock]:
    known = mock.Mock()
    with mock.patch.object(wiring, "adapters", known):
        yield known
    READS.pop("take_order", None)


def taking(error: Exception | None = None) -> Any:
    @queued
    def take_order(told: Envelope[CartCheckedOut], now: datetime) -> Payload:
        del now
        if error is not None:
            raise error
        return {"action": "taken", "cart": told.data.cart_id}

    return take_order


def failed(handler: Any, *records: dict[str, Any]) -> list[str]:
    answer = handler({"Records": list(records)}, None)
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def message(receive_count: int = 1) -> dict[str, Any]:
    return sqs_record(on_bus(checked_out()), receive_count)


def test_what_is_done_leaves_the_queue(adapters: mock.Mock) -> None:
    assert failed(taking(), message(), message()) == []
    adapters.queue.assert_not_called()


@pytest.mark.parametrize(
    ("error", "attempt", "seconds"),
    [
        (ClaimHeld("later"), 1, 30),
        (ClaimHeld("later"), 3, 120),
        (ClaimHeld("later"), 20, 3600),
        (Hurried("soon"), 7, 7),
    ],
)
def test_the_error_says_for_how_long_a_message_waits(
    adapters: mock.Mock, error: TransientError, attempt: int, seconds: int
) -> None:
    record = message(attempt)
    assert failed(taking(error), record) == [record["messageId"]]
    adapters.queue.assert_called_once_with("take-order")
    retry_after = adapters.queue.return_value.retry_after
    retry_after.assert_called_once_with(record["receiptHandle"], seconds)


def test_a_defect_waits_for_as_long_as_the_queue_says(adapters: mock.Mock) -> None:
    record = message()
    assert failed(taking(KeyError("x")), record) == [record["messageId"]]
    adapters.queue.assert_not_called()


def test_a_message_waits_even_if_the_queue_cannot_be_told_for_how_long(
    adapters: mock.Mock,
) -> None:
    adapters.queue.return_value.retry_after.side_effect = TransientError("SQS is down.")
    record = message()
    assert failed(taking(ClaimHeld("later")), record) == [record["messageId"]]


def test_one_that_fails_holds_up_no_other(adapters: mock.Mock) -> None:
    bad = sqs_record(on_bus(checked_out()), 1)
    with mock.patch.object(wiring.adapters.failures, "record", side_effect=TransientError("no")):
        broken = sqs_record("nonsense")
        assert failed(taking(), bad, broken, message()) == [broken["messageId"]]


@pytest.mark.parametrize("body", ["nonsense", "[]", "{}", "[" * 100_000, "null"])
def test_what_is_no_event_is_kept_as_a_failure(adapters: mock.Mock, body: str) -> None:
    assert failed(taking(), sqs_record(body)) == []
    (failure,) = adapters.failures.record.call_args.args
    assert (failure.function, failure.error.code) == ("take_order", "unknown_event")


def test_what_is_refused_for_good_is_kept_with_its_event(adapters: mock.Mock) -> None:
    told = on_bus(checked_out())
    assert failed(taking(MailRejected("No.")), sqs_record(told, 3)) == []
    (failure,) = adapters.failures.record.call_args.args
    assert (failure.error.code, failure.attempts) == ("mail_rejected", 3)
    assert failure.event == told
