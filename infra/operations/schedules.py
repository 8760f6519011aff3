"""The reminders' schedules, as an operator sees them."""

from typing import Any

from infra.operations.problems import answer_or_none
from infra.operations.target import Target


def group_of(target: Target) -> str:
    """Return the name of the stage's schedule group."""
    return target.names.schedule_group


def names(target: Target) -> set[str]:
    """Return the names of all schedules of the stage, none if it has no group (yet)."""
    scheduler, group = target.client("scheduler"), group_of(target)
    if answer_or_none(scheduler.get_schedule_group, Name=group) is None:
        return set()
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group)
    return {schedule["Name"] for page in pages for schedule in page["Schedules"]}


def due(target: Target, name: str) -> str:
    """Return when a schedule is due, in UTC; "already" if it is gone."""
    found: dict[str, Any] | None = answer_or_none(
        target.client("scheduler").get_schedule, GroupName=group_of(target), Name=name
    )
    return "already" if found is None else found["ScheduleExpression"].strip("at()") + " UTC"
