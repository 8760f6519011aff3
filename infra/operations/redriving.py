"""Moving poison messages back to the queue that they came from."""

import time
from typing import Any

import click

from infra.operations import queues
from infra.operations.problems import Problem, answer_or_none
from infra.operations.target import Target


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
    if name != target.names.reminder_dlq:
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
    known = [name for name in queues.names(target) if queues.is_dead_letter_queue(name)]
    for name in known:
        if queue in {name, name.removesuffix(f"-{target.stage}")}:
            return name
    raise Problem(f"There is no dead-letter queue {queue}: there are {', '.join(known)}.")


def _finished(target: Target, arn: str) -> dict[str, Any]:
    while True:
        (task, *_) = target.client("sqs").list_message_move_tasks(SourceArn=arn)["Results"]
        if task["Status"] not in {"RUNNING", "CANCELLING"}:
            return dict(task)
        time.sleep(target.poll_seconds)
