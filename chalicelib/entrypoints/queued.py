"""Consumers that a queue brings events to: what must wait goes back to it for some seconds."""

import json
from contextlib import suppress
from functools import wraps
from typing import Any

from chalicelib import clock, wiring
from chalicelib.domain.errors import CartError, PermanentError, TransientError
from chalicelib.domain.failures import Failure, failed_message
from chalicelib.entrypoints.reporting import Consumer, Handler, Payload, registered, run


def queued(consumer: Consumer) -> Handler:
    """Make the Lambda handler of a consumer with a queue that is named after it.

    How long a message waits after a transient error is up to the error. What the consumer refuses
    for good is kept as a failure.
    """
    reader = registered(consumer)

    @wraps(consumer)
    def handle(event: Payload, _context: Any) -> Payload:
        failed = [record for record in event["Records"] if not _is_done(reader, record)]
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}

    return handle


def _is_done(consumer: Consumer, record: Payload) -> bool:
    """Run the consumer for one message; tell whether nothing of it is left to do."""
    name, now, event = consumer.__name__, clock.now(), event_in(record)
    attempt = int(record["attributes"]["ApproximateReceiveCount"])

    def failure(error: PermanentError) -> Failure:
        return failed_message(record, event, error, now, name)

    try:
        run(name, consumer, event, now, failure, attempt=attempt)
    except Exception as error:  # noqa: BLE001 - logged by `run`
        if isinstance(error, TransientError):  # else the queue's own visibility timeout holds
            with suppress(CartError):
                queue = wiring.adapters.queue(name.replace("_", "-"))
                queue.retry_after(record["receiptHandle"], error.wait(attempt))
        return False
    return True


def event_in(record: Payload) -> Payload:
    """Return the event in a message; none if its body is not one."""
    with suppress(ValueError, RecursionError):
        if isinstance(body := json.loads(record["body"]), dict):
            return body
    return {}
