"""What a Lambda function is given and what Lambda makes of its result."""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.local.engine.clock import Clock, iso
from infra.local.engine.engine import Engine

LATEST: Final = "$LATEST"

Handler = Callable[[Any, Any], Any]
Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """A function as it is deployed; ``timeout`` in seconds, ``memory`` in MB."""

    name: str
    handler: Handler
    timeout: int = 60
    memory: int = 128


@dataclass(frozen=True)
class Outcome:
    """What one run of a function came to.

    ``payload`` is what it returned or, as Lambda tells it, what it raised; ``error`` is that in
    one line, or None.
    """

    payload: Any
    error: str | None
    ended_at: datetime
    duration_ms: float


@dataclass
class QueuedEvent:
    """An event in the queue of asynchronous invocations."""

    function: Function
    payload: Payload
    request_id: str
    queued_at: datetime
    attempts: int = 0


class LambdaContext:
    """The context object of one invocation ("Using the Lambda context object …", Python)."""

    def __init__(self, function: Function, request_id: str, engine: Engine) -> None:
        clock = engine.clock
        self.function_name = function.name
        self.function_version = LATEST
        self.invoked_function_arn = engine.account.function_arn(function.name)
        self.memory_limit_in_mb = str(function.memory)
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = f"{clock.now():%Y/%m/%d}/[{LATEST}]{request_id.replace('-', '')}"
        self.identity = None
        self.client_context = None
        self._clock = clock
        self._deadline = clock.now().timestamp() + function.timeout

    def get_remaining_time_in_millis(self) -> int:
        """Return how much of the function's timeout is left, in milliseconds."""
        return max(0, round((self._deadline - self._clock.now().timestamp()) * 1000))


def run(handler: Handler, payload: Payload, context: LambdaContext, clock: Clock) -> Outcome:
    """Run a handler once on a copy of ``payload``, which Lambda passes as JSON."""
    started = clock.now()
    error = None
    try:
        result = json.loads(json.dumps(handler(json.loads(json.dumps(payload)), context)))
    except Exception as raised:  # noqa: BLE001  whatever a handler raises is its outcome
        result = error_payload(raised, context.aws_request_id)
        error = f"{result['errorType']}: {result['errorMessage']}"
    ended = clock.now()
    return Outcome(result, error, ended, (ended - started).total_seconds() * 1000)


def error_payload(error: Exception, request_id: str) -> dict[str, Any]:
    """Return what Lambda makes of an error that a function raised."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def destination_record(
    event: QueuedEvent, condition: str, outcome: Outcome | None, engine: Engine
) -> dict[str, Any]:
    """Build what a destination is sent ("Capturing records of Lambda asynchronous invocations").

    ``outcome`` is None for an event that grew too old before the function ran at all.
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso(engine.clock.now()),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{engine.account.function_arn(event.function.name)}:{LATEST}",
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": event.payload,
    }
    if outcome is not None:
        response = {"statusCode": 200, "executedVersion": LATEST}
        if outcome.error is not None:
            response["functionError"] = "Unhandled"
        record["responseContext"] = response
        record["responsePayload"] = outcome.payload
    return record
