"""Deploying a stage, in three steps that each can be repeated."""

from collections.abc import Callable, Collection
from typing import Final

import click

from infra.cloudformation.stacks import EXTENSIONS, FOUNDATION, SUBSCRIPTIONS
from infra.operations.deploy import (
    drift,
    functions,
    leftovers,
    limits,
    preflight,
    signing_keys,
    stack_changes,
    stacks,
)
from infra.operations.problems import say, step
from infra.operations.target import Target

Step = Callable[[Target, Collection[str]], bool]


def deploy(target: Target, leave_out: Collection[str] = ()) -> None:
    """Deploy a stage, or finish a deployment that was broken off.

    ``leave_out`` are types of resources that an emulator does not know.

    Raises:
        Problem: it cannot be deployed; why, in one sentence for each reason.
    """
    click.echo(f"Stage {target.stage}: account {target.account}, region {target.region}")
    preflight.check(target)
    for note in limits.notes(target):
        click.echo(f"Note: {note}")
    changed = False
    for number, (title, run) in enumerate(STEPS, start=1):
        step(number, len(STEPS), title)
        done = run(target, leave_out)
        say("Done." if done else "Nothing to change.")
        changed |= done
    click.echo(f"\n{'Deployed' if changed else 'Nothing was changed'}. The shop is at")
    click.echo(target.configuration.environment["SHOP_URL"])


def _deploy_foundation(target: Target, leave_out: Collection[str]) -> bool:
    if stacks.status_of(target, FOUNDATION) is None:
        leftovers.wait(target)
    changed = stack_changes.deploy(target, FOUNDATION, leave_out)
    outputs = stacks.outputs_of(target)
    target.configuration.keep_outputs(outputs, stacks.declared_outputs())
    changed |= signing_keys.ensure(target)
    return changed


def _deploy_subscriptions(target: Target, leave_out: Collection[str]) -> bool:
    changed = stack_changes.deploy(target, SUBSCRIPTIONS, leave_out)
    changed |= stack_changes.deploy(target, EXTENSIONS, leave_out)
    return drift.mend(target, leave_out) or changed


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("the foundation: bus, table, queues, user pool, signing key", _deploy_foundation),
    ("the functions and the API, with `chalice deploy`", functions.deploy),
    ("the subscriptions: rules, destinations, alarms", _deploy_subscriptions),
)
