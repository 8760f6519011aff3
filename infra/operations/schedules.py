"""The reminders' schedules, as an operator sees them."""

from dataclasses import dataclass
from typing import Any, Final

from infra.operations.problems import answer_or_none
from infra.operations.target import Target

MAX_LISTED: Final = 1000
"""How many schedules a command asks for: each hundred of them is a call."""


@dataclass(frozen=True)
class Found:
    """The names of schedules, and whether these are all: there may be millions."""

    names: set[str]
    are_all: bool

    def __str__(self) -> str:
        return str(len(self.names)) if self.are_all else f"more than {len(self.names)}"


def found(target: Target, limit: int = MAX_LISTED) -> Found:
    """Return the names of the stage's schedules, no more than ``limit``."""
    scheduler, group = target.client("scheduler"), target.names.schedule_group
    if answer_or_none(scheduler.get_schedule_group, Name=group) is None:
        return Found(set(), are_all=True)
    pages = scheduler.get_paginator("list_schedules").paginate(
        GroupName=group, PaginationConfig={"MaxItems": limit + 1, "PageSize": min(limit + 1, 100)}
    )
    names = [schedule["Name"] for page in pages for schedule in page["Schedules"]]
    return Found(set(names[:limit]), are_all=len(names) <= limit)


def due(target: Target, name: str) -> str:
    """Return when a schedule is due, in UTC; "already" if it is gone."""
    found: dict[str, Any] | None = answer_or_none(
        target.client("scheduler").get_schedule, GroupName=target.names.schedule_group, Name=name
    )
    return "already" if found is None else found["ScheduleExpression"].strip("at()") + " UTC"
