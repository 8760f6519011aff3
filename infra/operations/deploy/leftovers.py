"""Names that AWS keeps reserved for a moment after a stage was removed.

A `deploy` right after a `destroy` would fail on them, so it waits and says so.

Sources: "DeleteQueue" in the Amazon SQS API reference, "DeleteScheduleGroup" in that of EventBridge
Scheduler.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.deploy.stacks import name_of
from infra.operations.problems import Problem, answer_or_none, say
from infra.operations.target import Target

NAMES_ARE_TAKEN_FOR: Final = timedelta(seconds=60)
"""How long SQS refuses a queue with the name of one that was deleted."""

MAX_WAIT: Final = timedelta(minutes=10)
"""A schedule group goes when its schedules are deleted, which takes a while for many."""


def wait(target: Target, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until the names of a removed stage are free again.

    Raises:
        Problem: AWS does not get on with deleting them.
    """
    _wait_for_schedule_group(target, sleep)
    if target.is_local:  # emulators forget at once
        return
    deleted_at = max(_deletions(target), default=None)
    left = NAMES_ARE_TAKEN_FOR - (datetime.now(UTC) - deleted_at) if deleted_at else timedelta(0)
    if left > timedelta(0):
        seconds = left.total_seconds()
        say(f"Waiting {seconds:.0f} seconds, until SQS frees the names of the deleted queues")
        sleep(seconds)


def is_being_deleted(group: dict[str, Any] | None) -> bool:
    """Tell whether a schedule group, as Scheduler describes it, is about to be gone."""
    return group is not None and group.get("State") == "DELETING"


def _wait_for_schedule_group(target: Target, sleep: Callable[[float], None]) -> None:
    name = target.resources(FOUNDATION)["ScheduleGroup"].ref
    until = time.monotonic() + MAX_WAIT.total_seconds()
    told = False
    find = target.client("scheduler").get_schedule_group
    while is_being_deleted(answer_or_none(find, Name=name)):
        if time.monotonic() > until:
            raise Problem(f"Scheduler still deletes the group {name}: try again in a while.")
        if not told:
            say(f"Waiting until Scheduler has deleted the group {name}")
            told = True
        sleep(target.poll_seconds)


def _deletions(target: Target) -> Iterator[datetime]:
    """Give when the stage's foundation was deleted, as far as CloudFormation remembers."""
    pages = target.client("cloudformation").get_paginator("list_stacks")
    for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"]):
        for stack in page["StackSummaries"]:
            if stack["StackName"] == name_of(target, FOUNDATION) and "DeletionTime" in stack:
                yield stack["DeletionTime"]
