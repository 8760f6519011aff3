"""The stage's queues and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.problems import answer_or_none
from infra.operations.target import Target

_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True)
class Depth:
    """How many messages of a queue wait, are being worked on, or are put off."""

    waiting: int
    in_flight: int
    delayed: int
    is_dead_letter_queue: bool

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look into it."""
        return self.is_dead_letter_queue and self.waiting + self.in_flight > 0

    def __str__(self) -> str:
        return f"{self.waiting} waiting, {self.in_flight} in flight, {self.delayed} delayed"


def names(target: Target) -> list[str]:
    """Return the names of the stage's queues, dead-letter queues included."""
    resources = target.resources(FOUNDATION).values()
    return [
        resource.attributes["QueueName"]
        for resource in resources
        if resource.type == "AWS::SQS::Queue"
    ]


def depths(target: Target) -> Mapping[str, Depth | None]:
    """Return the depth of each queue by name; None for one that is missing."""
    return {name: _depth(target, name) for name in names(target)}


def is_dead_letter_queue(name: str) -> bool:
    """Tell from its name whether a queue is for dead letters."""
    return "-dlq-" in name


def _depth(target: Target, name: str) -> Depth | None:
    found = answer_or_none(target.client("sqs").get_queue_url, QueueName=name)
    if found is None:
        return None
    answer = target.client("sqs").get_queue_attributes(
        QueueUrl=found["QueueUrl"], AttributeNames=list(_COUNTS)
    )
    waiting, in_flight, delayed = (int(answer["Attributes"].get(count, 0)) for count in _COUNTS)
    return Depth(waiting, in_flight, delayed, is_dead_letter_queue(name))
