"""Delivers to what an ARN names, with retries and a dead-letter queue where they are asked for.

The rules of an event bus and EventBridge Scheduler share this: they try again with growing
pauses, give up by attempts or by age, and then write to a dead-letter queue.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.local.engine import arns
from infra.local.engine.agenda import Agenda
from infra.local.engine.clock import Clock
from infra.local.engine.correlation import correlation_id_of
from infra.local.engine.journal import Journal

Sender = Callable[[str, Mapping[str, Any], Mapping[str, Any]], None]
"""Takes the ARN, the payload and, for an event bus, the entry's other fields."""

LONGEST_PAUSE: Final = timedelta(minutes=15)


class DeliveryError(Exception):
    """A target did not accept a delivery; ``code`` is the ERROR_CODE of the dead letter."""

    def __init__(self, code: str, message: str, *, retriable: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.retriable = retriable


@dataclass(frozen=True)
class RetryPolicy:
    """When to give up; the defaults are those of EventBridge and of Scheduler."""

    retries: int = 185
    max_age: timedelta = timedelta(days=1)

    @classmethod
    def read(cls, properties: Mapping[str, Any] | None) -> "RetryPolicy":
        """Read a ``RetryPolicy`` as the API and the templates spell it."""
        given = properties or {}
        age = given.get("MaximumEventAgeInSeconds")
        return cls(
            retries=int(given.get("MaximumRetryAttempts", cls.retries)),
            max_age=cls.max_age if age is None else timedelta(seconds=int(age)),
        )


@dataclass
class Delivery:
    """A payload on its way to a target.

    ``labels`` are message attributes of the dead letter beside those that tell of the error.
    """

    arn: str
    payload: Mapping[str, Any]
    entry: Mapping[str, Any]
    policy: RetryPolicy
    dead_letter_arn: str | None
    labels: Mapping[str, str]
    since: datetime
    attempts: int = 0


class Targets:
    """What can be delivered to, by the service in its ARN."""

    def __init__(self, agenda: Agenda, clock: Clock, journal: Journal) -> None:
        self._agenda = agenda
        self._clock = clock
        self._journal = journal
        self._senders: dict[str, Sender] = {}
        self._guard: Callable[[str], None] = lambda _: None

    def guard(self, guard: Callable[[str], None]) -> None:
        """Call ``guard`` with the ARN before each delivery; it may raise DeliveryError."""
        self._guard = guard

    def register(self, service: str, sender: Sender) -> None:
        """Register ``sender`` for the ARNs of a service."""
        self._senders[service] = sender

    def send(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        """Deliver once.

        Raises:
            DeliveryError: the target did not accept it, or its kind is not supported.
        """
        self._guard(arn)
        service = arns.parse(arn).service
        if service not in self._senders:
            raise DeliveryError("NOT_SUPPORTED", f"No delivery to {service}", retriable=False)
        self._senders[service](arn, payload, entry)

    def plan(self, what: str, delivery: Delivery, delay: timedelta) -> None:
        """Plan a delivery for ``delay`` from now; ``what`` names it in errors."""
        self._agenda.plan(what, lambda: self.deliver(delivery), delay)

    def deliver(self, delivery: Delivery) -> None:
        """Deliver, with retries, and finally to the dead-letter queue."""
        delivery.attempts += 1
        try:
            self.send(delivery.arn, delivery.payload, delivery.entry)
        except DeliveryError as error:
            self._failed(delivery, error)

    def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        pause = pause_after(delivery.attempts)
        exhausted = self._exhausted(delivery, pause) if error.retriable else ""
        name = arns.parse(delivery.arn).name
        if exhausted is None:
            what = f"deliver to {name} again"
            self.plan(what, delivery, pause)
            return
        self._journal.record(
            "target",
            name,
            "dead-lettered" if delivery.dead_letter_arn else "LOST: no dead-letter queue",
            note=f"{error.code}: {error}",
            failed=True,
            correlation_id=correlation_id_of(delivery.payload),
        )
        if delivery.dead_letter_arn:
            attributes = {
                **delivery.labels,
                "ERROR_CODE": error.code,
                "ERROR_MESSAGE": str(error),
                "RETRY_ATTEMPTS": str(delivery.attempts - 1),
                **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
            }
            self.send(delivery.dead_letter_arn, delivery.payload, {"Attributes": attributes})

    def _exhausted(self, delivery: Delivery, pause: timedelta) -> str | None:
        """Return the condition that rules out another attempt after ``pause``, or None."""
        if delivery.attempts > delivery.policy.retries:
            return "MaximumRetryAttempts"
        if self._clock.now() + pause - delivery.since > delivery.policy.max_age:
            return "MaximumEventAgeInSeconds"
        return None


def pause_after(attempts: int) -> timedelta:
    """Return the wait after so many attempts: it doubles each time, up to :data:`LONGEST_PAUSE`."""
    doublings = min(attempts, LONGEST_PAUSE.seconds.bit_length())
    return min(timedelta(seconds=2**doublings), LONGEST_PAUSE)
