"""Pauses a rule, and has it deliver again: what came meanwhile is in the archive."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

import click

from infra.operations.problems import Problem
from infra.operations.target import Target

_PAUSED_AT: Final = "paused-at"
"""The tag of a rule that says since when it has been paused."""


class Rule(NamedTuple):
    """A rule of a stage."""

    name: str
    bus: str
    arn: str


def pause(target: Target, name: str) -> None:
    """Have a rule deliver nothing; pausing it twice is the same as once.

    Raises:
        Problem: there is no such rule.
    """
    rule, events = _find(target, name), target.client("events")
    events.disable_rule(Name=rule.name, EventBusName=rule.bus)
    if _paused_at(target, rule) is None:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
        events.tag_resource(ResourceARN=rule.arn, Tags=[{"Key": _PAUSED_AT, "Value": now}])
    click.echo(
        f"Rule {rule.name} delivers nothing since {_paused_at(target, rule)} UTC. Events stay in "
        "the archive. `resume` has it deliver again, and so does `deploy`."
    )


def resume(target: Target, name: str) -> None:
    """Have a paused rule deliver again, and say how to bring what it missed.

    Raises:
        Problem: there is no such rule.
    """
    rule, events = _find(target, name), target.client("events")
    paused_at = _paused_at(target, rule)
    events.enable_rule(Name=rule.name, EventBusName=rule.bus)
    if paused_at is None:
        click.echo(f"Rule {rule.name} delivers; it was not paused by this command.")
        return
    events.untag_resource(ResourceARN=rule.arn, TagKeys=[_PAUSED_AT])
    click.echo(f"Rule {rule.name} delivers again. It was paused since {paused_at} UTC.")
    if rule.bus == target.names.bus:
        command = f"replay --stage {target.stage} --from {paused_at} --rule {rule.name}"
        click.echo(
            f"What it missed comes by `python -m infra {command}`, ten minutes from now. "
            "Reminders that are too late by then are skipped."
        )


def _find(target: Target, name: str) -> Rule:
    rules = {
        each.properties["Name"]: Rule(
            each.properties["Name"], each.properties["EventBusName"], each.attributes["Arn"]
        )
        for each in target.rules()
    }
    if name not in rules:
        raise Problem(f"There is no rule {name}: there are {', '.join(sorted(rules))}.")
    return rules[name]


def _paused_at(target: Target, rule: Rule) -> str | None:
    answer = target.client("events").list_tags_for_resource(ResourceARN=rule.arn)
    tags = {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
    return tags.get(_PAUSED_AT)
