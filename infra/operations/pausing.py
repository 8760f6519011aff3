"""Pauses a rule, and has it deliver again: what came meanwhile is in the archive."""

from datetime import UTC, datetime
from typing import Final

import click

from infra.cloudformation.template import Resource
from infra.operations.problems import Problem
from infra.operations.target import Target

_PAUSED_AT: Final = "paused-at"
"""The tag of a rule that says since when it has been paused."""


def pause(target: Target, name: str) -> None:
    """Have a rule deliver nothing; pausing it twice is the same as once.

    Raises:
        Problem: there is no such rule.
    """
    rule, events = _find(target, name), target.client("events")
    events.disable_rule(Name=name, EventBusName=rule.properties["EventBusName"])
    if _paused_at(target, rule) is None:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
        tags = [{"Key": _PAUSED_AT, "Value": now}]
        events.tag_resource(ResourceARN=rule.attributes["Arn"], Tags=tags)
    click.echo(
        f"Rule {name} delivers nothing since {_paused_at(target, rule)} UTC. Events stay in "
        "the archive. `resume` has it deliver again, and so does `deploy`."
    )


def resume(target: Target, name: str) -> None:
    """Have a paused rule deliver again, and say how to bring what it missed.

    Raises:
        Problem: there is no such rule.
    """
    rule, events = _find(target, name), target.client("events")
    paused_at, bus = _paused_at(target, rule), rule.properties["EventBusName"]
    events.enable_rule(Name=name, EventBusName=bus)
    if paused_at is None:
        click.echo(f"Rule {name} delivers; it was not paused by this command.")
        return
    events.untag_resource(ResourceARN=rule.attributes["Arn"], TagKeys=[_PAUSED_AT])
    click.echo(f"Rule {name} delivers again. It was paused since {paused_at} UTC.")
    if bus == target.names.bus:
        command = f"replay --stage {target.stage} --from {paused_at} --rule {name}"
        click.echo(
            f"What it missed comes by `python -m infra {command}`, ten minutes from now. "
            "Reminders that are too late by then are skipped."
        )


def _find(target: Target, name: str) -> Resource:
    rules = {each.properties["Name"]: each for each in target.rules()}
    if name not in rules:
        raise Problem(f"There is no rule {name}: there are {', '.join(sorted(rules))}.")
    return rules[name]


def _paused_at(target: Target, rule: Resource) -> str | None:
    answer = target.client("events").list_tags_for_resource(ResourceARN=rule.attributes["Arn"])
    tags = {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
    return tags.get(_PAUSED_AT)
