"""Repeating events from the archive, and the moments between which it is done."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.problems import Problem
from infra.operations.target import Target

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_AGO: Final = re.compile(r"(\d{1,6})([mhd])")


class Moment(click.ParamType[datetime]):
    """A point in time: ``2026-11-21T10:00``, in UTC unless it says otherwise, or ``2h`` ago."""

    name = "moment"

    def convert(
        self,
        value: str | datetime,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Return the moment in UTC."""
        if isinstance(value, datetime):
            return value
        if ago := _AGO.fullmatch(value):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither like 2026-11-21T10:00 nor like 2h", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def replay(target: Target, since: datetime, until: datetime, rules: tuple[str, ...]) -> None:
    """Send the events of a period through the rules again, all or these, and wait for the end.

    Raises:
        Problem: there is no such rule, the period is empty, or EventBridge stopped.
    """
    if since >= until:
        raise Problem("--from must be earlier than --to.")
    bus = target.resources(FOUNDATION)["EventBus"].attributes["Arn"]
    archive = target.resources(FOUNDATION)["Archive"].attributes["Arn"]
    name = f"{target.names.base}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    target.client("events").start_replay(
        ReplayName=name,
        EventSourceArn=archive,
        EventStartTime=since,
        EventEndTime=until,
        Destination={"Arn": bus, **_filter(target, rules)},
    )
    click.echo(f"Replay {name}: {since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC")
    finished = _finished(target, name)
    if finished["State"] != "COMPLETED":
        raise Problem(
            f"EventBridge stopped the replay: {finished.get('StateReason', finished['State'])}"
        )
    click.echo("Completed. What the consumers did is in `python -m infra status` and the logs.")


def _filter(target: Target, rules: tuple[str, ...]) -> dict[str, list[str]]:
    bus = target.names.bus
    known = {
        resource.properties["Name"]: resource.attributes["Arn"]
        for resource in target.rules()
        if resource.properties["EventBusName"] == bus
    }
    for rule in rules:
        if rule not in known:
            raise Problem(f"There is no rule {rule}: there are {', '.join(sorted(known))}.")
    return {"FilterArns": [known[rule] for rule in rules]} if rules else {}


def _finished(target: Target, name: str) -> dict[str, Any]:
    told = None
    while True:
        answer: dict[str, Any] = target.client("events").describe_replay(ReplayName=name)
        if answer["State"] not in {"STARTING", "RUNNING", "CANCELLING"}:
            return answer
        reached = answer.get("EventLastReplayedTime")
        if reached not in {None, told}:
            told = reached
            click.echo(f"  Replayed until {reached:%Y-%m-%d %H:%M:%S} UTC")
        time.sleep(target.poll_seconds)
