"""The stage's queues: what is in them, and moving poison messages back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.problems import Problem, answer_or_none
from infra.operations.target import Target

MAX_WAIT_SECONDS: Final = 60
"""How long SQS may take to list what it was asked to move."""

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
    return [each.attributes["QueueName"] for each in resources if each.type == "AWS::SQS::Queue"]


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


def redrive(target: Target, queue: str) -> None:
    """Move all messages of a dead-letter queue back, and wait until it is done.

    Raises:
        Problem: there is no such queue, or SQS cannot know where its messages came from.
    """
    name = _named(target, queue)
    arn = target.arn("sqs", name)
    sqs = target.client("sqs")
    if answer_or_none(sqs.get_queue_url, QueueName=name) is None:
        raise Problem(f"The queue {name} does not exist: is stage {target.stage} deployed?")
    if name != target.names.queue("reminders-dlq"):
        raise Problem(
            f"{name} holds what never was in a queue: SQS cannot move it back. Find the cause in "
            "its messages, then repeat the events with `python -m infra replay`."
        )
    sqs.start_message_move_task(SourceArn=arn)
    task = _finished(target, arn)
    if task["Status"] != "COMPLETED":
        raise Problem(f"SQS stopped moving: {task.get('FailureReason', task['Status'])}")
    click.echo(f"{task.get('ApproximateNumberOfMessagesMoved', 0)} messages moved from {name}.")


def _named(target: Target, queue: str) -> str:
    """Return a queue's full name: the stage may be left out."""
    known = [name for name in names(target) if is_dead_letter_queue(name)]
    for name in known:
        if queue in {name, name.removesuffix(f"-{target.stage}")}:
            return name
    raise Problem(f"There is no dead-letter queue {queue}: there are {', '.join(known)}.")


def _finished(target: Target, arn: str) -> dict[str, Any]:
    """Wait until SQS has moved all messages; it lists a task a moment after it has begun.

    Raises:
        Problem: SQS does not list it.
    """
    until = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        tasks = target.client("sqs").list_message_move_tasks(SourceArn=arn)["Results"]
        if tasks and tasks[0]["Status"] not in {"RUNNING", "CANCELLING"}:
            return dict(tasks[0])
        if not tasks and time.monotonic() > until:
            raise Problem("SQS does not tell how far it is: look at the queue with `status`.")
        time.sleep(target.poll_seconds)
