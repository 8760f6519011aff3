"""What every consumer has in common: how it tells what it did, and what that leads to.

A consumer that EventBridge invokes returns what it did, and Lambda's destinations put that on
the bus. A permanent error is such a result too, ``rejected``, for trying again would not help.
A transient error is raised: Lambda tries twice more and then reports the failure.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from chalicelib import clock, wiring
from chalicelib.domain.errors import PermanentError
from chalicelib.domain.failures import refused_event
from chalicelib.telemetry import logs

SOURCE: Final = "cart.consumers"

Payload = dict[str, Any]
Consumer = Callable[[Payload, Any], Payload]


def rejected(error: PermanentError) -> Payload:
    """Return the result of a job that no retry can save."""
    return {"action": "rejected", "error": {"code": error.code, "message": error.message}}


def reporting(consumer: Consumer) -> Consumer:
    """Complete a consumer's result with where it comes from, and log each of its runs.

    What the consumer returns has an ``action``, in the past tense, and facts about it.
    """

    @wraps(consumer)
    def report(event: Payload, context: Any) -> Payload:
        hop = logs.Hop(consumer.__name__, event)
        try:
            result = consumer(event, context)
        except PermanentError as error:
            hop.raised(error, "rejected")
            return {"source": SOURCE, **rejected(error)}
        except Exception as error:
            hop.raised(error)
            raise
        facts = dict(result)
        hop.ended(facts.pop("action"), **facts)
        return {"source": SOURCE, **result}

    return report


def recording_refusals(consumer: Callable[[Payload], None]) -> Callable[[Payload, Any], None]:
    """Have a consumer that reports to nobody keep what it refuses, instead of retrying it."""

    @wraps(consumer)
    def record(event: Payload, context: Any) -> None:
        hop = logs.Hop(consumer.__name__)
        try:
            consumer(event)
        except PermanentError as error:
            run_id = context.aws_request_id
            failure = refused_event(event, error, consumer.__name__, run_id, clock.now())
            wiring.failures().record(failure)
            hop.raised(error, "rejected")

    return record
