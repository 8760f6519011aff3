from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.agenda import Agenda
from infra.local.clock import Clock
from infra.local.journal import Journal
from infra.local.targets import Delivery, DeliveryError, RetryPolicy, Targets

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:dead"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:f"


class Flaky:
    """A target that refuses a number of deliveries and keeps the time of every one."""

    def __init__(self, clock: Clock, failures: int) -> None:
        self._clock = clock
        self._failures = failures
        self.times: list[timedelta] = []

    def __call__(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        del arn, payload, entry
        self.times.append(self._clock.now() - NOON)
        if len(self.times) <= self._failures:
            raise DeliveryError("THROTTLING", "Rate exceeded")


class World:
    """A target, a dead-letter queue and the time."""

    def __init__(self, clock: Clock, failures: int) -> None:
        self.agenda = Agenda(clock)
        self.targets = Targets(self.agenda, clock, Journal(clock))
        self.flaky = Flaky(clock, failures)
        self.dead: list[tuple[Any, Any]] = []
        self.targets.register("lambda", self.flaky)
        self.targets.register("sqs", lambda _, payload, entry: self.dead.append((payload, entry)))

    def deliver(self, retries: int, max_age: timedelta, dead_letter_arn: str | None) -> None:
        policy = RetryPolicy(retries, max_age)
        labels = {"RULE_ARN": "arn:aws:events:::rule/r"}
        self.targets.deliver(
            Delivery(FUNCTION, {"a": 1}, {}, policy, dead_letter_arn, labels, NOON)
        )
        self.agenda.advance(timedelta(days=2))


@pytest.fixture
def clock() -> Iterator[Clock]:
    with Clock(NOON) as clock:
        yield clock


def test_pauses_between_attempts_grow(clock: Clock) -> None:
    world = World(clock, failures=3)
    world.deliver(185, timedelta(days=1), QUEUE)
    assert [time.total_seconds() for time in world.flaky.times] == [0, 2, 6, 14]
    assert world.dead == []


def test_after_the_last_retry_the_dead_letter_queue_has_it(clock: Clock) -> None:
    world = World(clock, failures=99)
    world.deliver(2, timedelta(days=1), QUEUE)
    assert len(world.flaky.times) == 3
    ((payload, entry),) = world.dead
    assert payload == {"a": 1}
    assert entry["Attributes"] == {
        "RULE_ARN": "arn:aws:events:::rule/r",
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "Rate exceeded",
        "RETRY_ATTEMPTS": "2",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }


def test_an_event_is_not_tried_beyond_its_greatest_age(clock: Clock) -> None:
    world = World(clock, failures=99)
    world.deliver(185, timedelta(seconds=60), QUEUE)
    assert world.flaky.times[-1] <= timedelta(seconds=60)
    assert world.dead[0][1]["Attributes"]["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_the_defaults_are_those_of_eventbridge() -> None:
    assert RetryPolicy.read(None) == RetryPolicy(185, timedelta(hours=24))


def test_a_policy_may_forbid_retries() -> None:
    policy = RetryPolicy.read({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60})
    assert policy == RetryPolicy(0, timedelta(seconds=60))
