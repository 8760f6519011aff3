"""Consumers that a queue brings events to: what must wait goes back to it for some seconds."""

import json
from collections.abc import Iterable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

from chalicelib import clock, wiring
from chalicelib.domain.errors import CartError, TransientError
from chalicelib.domain.failures import failed_message
from chalicelib.entrypoints.reporting import Consumer, Handler, Payload, registered, run


def queued(consumer: Consumer) -> Handler:
    """Make the Lambda handler of a consumer with a queue that is named after it.

    How long a message waits after a transient error is up to the error. What the consumer refuses
    for good is kept as a failure.
    """
    reader = registered(consumer)

    @wraps(consumer)
    def handle(event: Payload, _context: Any) -> Payload:
        return failed(record for record in event["Records"] if not _is_done(reader, record))

    return handle


def _is_done(consumer: Consumer, record: Payload) -> bool:
    """Run the consumer for one message; tell whether nothing of it is left to do."""
    name = consumer.__name__
    try:
        handle_message(name, consumer, record)
    except Exception as error:  # noqa: BLE001 - logged by `run`
        if isinstance(error, TransientError):  # else the queue's own visibility timeout holds
            again_in(error.wait(receives_of(record)), name.replace("_", "-"), record)
        return False
    return True


def handle_message(
    name: str, consumer: Consumer, record: Payload, retry_in_seconds: int | None = None
) -> Payload:
    """Run the consumer ``name`` for one message, and keep as a failure what it refuses for good.

    Raises:
        Exception: whatever the consumer raised but a permanent error; it was logged, with the wait
            that follows if that is known.
    """
    event, now, attempt = event_in(record), clock.now(), receives_of(record)
    keep = partial(failed_message, record, event, now=now, function=name)
    return run(name, consumer, event, now, keep, attempt=attempt, retry_in_seconds=retry_in_seconds)


def again_in(seconds: int, queue: str, *records: Payload) -> tuple[Payload, ...]:
    """Have messages of a queue visible again in ``seconds``, and return them."""
    # Where even this fails, the queue's own visibility timeout holds.
    with suppress(CartError):
        for record in records:
            wiring.adapters.queue(queue).retry_after(record["receiptHandle"], seconds)
    return records


def failed(records: Iterable[Payload]) -> Payload:
    """Return the answer to Lambda that names the messages to be tried again."""
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in records]}


def receives_of(record: Payload) -> int:
    """Return how often a message was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def event_in(record: Payload) -> Payload:
    """Return the event in a message; none if its body is not one."""
    with suppress(ValueError, RecursionError):
        if isinstance(body := json.loads(record["body"]), dict):
            return body
    return {}
