"""How a stage is doing, on one page."""

from collections.abc import Iterator

import click

from infra.cloudformation.stacks import STACKS, SUBSCRIPTIONS, template_of
from infra.operations import queues, schedules
from infra.operations.deploy import drift, functions, http_api, stacks
from infra.operations.problems import answer_or_none
from infra.operations.target import Target

_SCHEDULES_SHOWN = 5


def show(target: Target) -> None:
    """Print how everything is, and what was changed by hand; "!" marks trouble."""
    click.echo(f"Stage {target.stage}: account {target.account}, region {target.region}")
    sections = {
        "Stacks": _stacks(target),
        "API": _api(target),
        "Functions": _functions(target),
        "Rules": _rules(target),
        "Queues": _queues(target),
        "Schedules": _schedules(target),
        "Alarms": _alarms(target),
        "Changed by hand": _drift(target),
    }
    for title, lines in sections.items():
        click.echo(f"\n{title}")
        for line in lines:
            click.echo(line)


def _line(name: str, state: str, *, trouble: bool) -> str:
    return f"{'!' if trouble else ' '} {name:<32} {state}"


def _stacks(target: Target) -> Iterator[str]:
    for template in STACKS:
        status = stacks.status_of(target, template)
        if status is None and not template_of(template).section("Resources"):
            continue
        yield _line(
            stacks.name_of(target, template),
            status or "missing",
            trouble=status is None or stacks.trouble_with(target, template) is not None,
        )


def _api(target: Target) -> Iterator[str]:
    outputs = stacks.outputs_of(target)
    url, api_id = outputs.get("ShopUrl", ""), outputs.get("HttpApiId")
    if api_id is None:
        yield _line("REST API", url or "missing", trouble=not url)
        return
    is_there = http_api.is_there(target, api_id)
    yield _line("HTTP API", url if is_there else "missing", trouble=not is_there)
    yield _line("REST API", "closed, as customers call the HTTP API", trouble=False)


def _functions(target: Target) -> Iterator[str]:
    client, release = target.client("lambda"), functions.release_of(target.configuration)
    for name in target.configuration.functions.values():
        found = answer_or_none(client.get_function_configuration, FunctionName=name)
        if found is None:
            yield _line(name, "missing", trouble=True)
            continue
        tag = functions.release_tag(target, name)
        code = {release: "as in this folder", None: "from a plain `chalice deploy`"}.get(
            tag, "another release"
        )
        state = found.get("State", "Active")
        yield _line(name, f"{state}, {code}, {found['LastModified']}", trouble=state != "Active")


def _rules(target: Target) -> Iterator[str]:
    for resource in target.rules():
        name, bus = resource.properties["Name"], resource.properties["EventBusName"]
        found = answer_or_none(target.client("events").describe_rule, Name=name, EventBusName=bus)
        state = "missing" if found is None else found["State"]
        yield _line(name, state, trouble=state != "ENABLED")


def _queues(target: Target) -> Iterator[str]:
    for name, depth in queues.depths(target).items():
        trouble = depth is None or depth.is_trouble
        yield _line(name, str(depth or "missing"), trouble=trouble)


def _schedules(target: Target) -> Iterator[str]:
    found = schedules.found(target)
    yield _line(target.names.schedule_group, f"{found} reminders to come", trouble=False)
    for name in sorted(found.names)[:_SCHEDULES_SHOWN]:
        yield _line(f"  {name}", schedules.due(target, name), trouble=False)


def _alarms(target: Target) -> Iterator[str]:
    pages = target.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=f"{target.names.base}-"):
        for alarm in page["MetricAlarms"]:
            state = alarm["StateValue"]
            yield _line(alarm["AlarmName"], state, trouble=state == "ALARM")


def _drift(target: Target) -> Iterator[str]:
    if not stacks.is_there(target, SUBSCRIPTIONS):
        return
    for what, how in drift.told(target):
        yield _line(what, f"{how}: `python -m infra deploy` restores it", trouble=True)
