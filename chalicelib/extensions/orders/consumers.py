"""What happens to orders: each function may run often, late and in any order."""

import json
from contextlib import suppress
from typing import Any

from chalice import Blueprint
from msgspec.structs import replace

from chalicelib import clock, wiring
from chalicelib.adapters import sdk
from chalicelib.adapters.sqs import ReminderQueue
from chalicelib.domain.errors import CartError, PermanentError
from chalicelib.domain.failures import Failure, failed_message
from chalicelib.domain.reminders import retry_delay
from chalicelib.entrypoints.reporting import Payload, reporting, run
from chalicelib.extensions.orders import placing
from chalicelib.extensions.orders.order import CartIncomplete

consumers = Blueprint(__name__)


@consumers.lambda_function(name="place_order")
def place_order(event: Payload, _context: Any) -> Payload:
    """Place the order that a message of the queue asks for; what must wait is named as failed.

    While the cart is incomplete the waits are short: 2 seconds, 4, 8, and so on up to a minute.
    """
    (record,) = event["Records"]
    now, attempt = clock.now(), int(record["attributes"]["ApproximateReceiveCount"])
    message = _json_in(record)

    def failure(error: PermanentError) -> Failure:
        return replace(failed_message(record, message, error, now), function="place_order")

    try:
        run("place_order", placing.place, message, now, failure, attempt=attempt)
    except Exception as error:  # noqa: BLE001 - logged by `run`
        incomplete = isinstance(error, CartIncomplete)
        wait = min(2**attempt, 60) if incomplete else retry_delay(attempt, 0)
        names = wiring.adapters.settings.names
        name = f"{names.prefix}-orders-{names.stage}"
        with suppress(CartError):  # where even this fails, the visibility timeout holds
            ReminderQueue(sdk.client("sqs"), name).retry_after(record["receiptHandle"], wait)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    return {"batchItemFailures": []}


def _json_in(record: Payload) -> Payload:
    with suppress(ValueError, RecursionError):
        if isinstance(body := json.loads(record["body"]), dict):
            return body
    return {}


@consumers.lambda_function(name="move_lines")
@reporting
def move_lines(event: Payload, now: Any) -> Payload:
    """Take the lines of an order out of the cart, or let them return."""
    return placing.move_lines(event, now)


@consumers.lambda_function(name="settle_order")
@reporting
def settle_order(event: Payload, now: Any) -> Payload:
    """Note that an order is paid for, or cannot be."""
    return placing.settle(event, now)


@consumers.lambda_function(name="close_order")
@reporting
def close_order(event: Payload, now: Any) -> Payload:
    """Cancel an order whose time to pay is over."""
    return placing.close(event, now)
