"""How every consumer reports what it did.

A consumer takes an event and the time, and returns an ``action``, in the past tense, with facts
about it. The annotation of its event, such as ``Envelope[ItemAddedToCart]``, says which events it
reads, and which of their fields; others are refused.

Each of its runs is one log line. Where Lambda's destinations are configured, the result goes on the
bus, too. A permanent error is such a result, ``rejected``, since trying again would not help; a
consumer without a destination keeps the refused job as a failure. A transient error is raised, so
that Lambda or the queue tries again.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from inspect import get_annotations
from typing import Any, Final, get_args, get_origin

from chalicelib import clock, wiring
from chalicelib.domain import events
from chalicelib.domain.errors import PermanentError
from chalicelib.domain.events import Envelope, Event
from chalicelib.domain.failures import Failure, refused_event
from chalicelib.telemetry import logs

SOURCE: Final = "cart.consumers"

Payload = dict[str, Any]
Consumer = Callable[[Any, datetime], Payload]
Handler = Callable[[Payload, Any], Payload]

READS: Final[dict[str, tuple[type[Event], ...]]] = {}
"""The events that each consumer reads, by its name, with the fields that it relies on."""


def registered(consumer: Consumer) -> Consumer:
    """Note what a consumer reads, and return one that takes the event as AWS delivers it."""
    annotation = next(iter(get_annotations(consumer).values()), None)
    if get_origin(annotation) is not Envelope:
        return consumer
    (kind,) = get_args(annotation)
    name = consumer.__name__
    READS[name] = get_args(kind) or (kind,)

    @wraps(consumer)
    def parsed(event: Payload, now: datetime) -> Payload:
        return consumer(events.parse(event, *READS[name], now=now), now)

    return parsed


def run(
    name: str,
    consumer: Consumer,
    event: Payload,
    now: datetime,
    keep: Callable[[PermanentError], Failure] | None = None,
    *,
    attempt: int | None = None,
    retry_in_seconds: int | None = None,
) -> Payload:
    """Run the consumer ``name`` once, log the run, and return the result.

    ``keep`` makes the failure that is stored if the event is refused. ``attempt`` and
    ``retry_in_seconds``, the wait after a transient error, are known of a queue's messages.

    Raises:
        Exception: whatever the consumer raised but a permanent error; it was logged.
    """
    hop = logs.Hop(name, event, attempt=attempt)
    try:
        result = consumer(event, now)
    except PermanentError as error:
        if keep is not None:
            wiring.adapters.failures.record(keep(error))
        hop.raised(error, "rejected" if keep is None else "failed")
        told = {"code": error.code, "message": error.message}
        return {"source": SOURCE, "action": "rejected", "error": told}
    except Exception as error:
        hop.raised(error, retry_in_seconds=retry_in_seconds)
        raise
    facts = dict(result)
    hop.ended(facts.pop("action"), **facts)
    return {"source": SOURCE, **result}


def reporting(consumer: Consumer) -> Handler:
    """Make the Lambda handler of a consumer whose destinations tell of refused events."""
    reader = registered(consumer)

    @wraps(consumer)
    def handle(event: Payload, _context: Any) -> Payload:
        return run(consumer.__name__, reader, event, clock.now())

    return handle


def keeping_refusals(consumer: Consumer) -> Handler:
    """Make the Lambda handler of a consumer without destinations: it keeps refused events."""
    reader = registered(consumer)

    @wraps(consumer)
    def handle(event: Payload, context: Any) -> Payload:
        now, name = clock.now(), consumer.__name__
        return run(
            *(name, reader, event, now),
            lambda error: refused_event(event, error, name, context.aws_request_id, now),
        )

    return handle
