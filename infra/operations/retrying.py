"""Doing a failed job once more."""

import click

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.deploy import stacks
from infra.operations.problems import Problem
from infra.operations.target import Target
from infra.repair import retry as failed_jobs


def retry(target: Target, request_id: str) -> None:
    """Put the event of a failed request on the bus again.

    Raises:
        Problem: the stage is not deployed, no failure of this request is kept, or the event
            cannot be put on the bus as it is kept.
    """
    if not stacks.outputs_of(target, FOUNDATION):
        raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")
    clients = target.client("dynamodb"), target.client("events")
    try:
        functions = failed_jobs.retry(*clients, target.stage, request_id)
    except failed_jobs.RetryError as error:
        raise Problem(str(error)) from error
    click.echo(f"The event is on the bus again; {', '.join(functions)} had failed.")
