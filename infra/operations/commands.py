"""The operator's commands, and the options that say where they act."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from infra.cloudformation.stacks import FOUNDATION
from infra.cloudformation.template import variable_of
from infra.operations.moments import Moment
from infra.operations.problems import Problem, explained
from infra.operations.target import ROOT, Target, connect

_OPTIONS: Final = (
    click.option("--stage", required=True, type=click.Choice(["dev", "prod"]), help="Which stage."),
    click.option("--region", help="AWS region.  [default: as AWS_REGION or the profile says]"),
    click.option("--profile", envvar="AWS_PROFILE", help="AWS profile."),
    click.option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL",
        help="An emulator in place of AWS, such as http://localhost:4566.",
    ),
    click.option(
        "--project-dir",
        type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
        default=ROOT,
        help="The project whose .chalice/ and code are used.  [default: this one]",
    ),
)


def operation(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a target, the options that choose it, and errors in words."""

    @wraps(command)
    def run(
        stage: str,
        region: str | None,
        profile: str | None,
        endpoint_url: str | None,
        project_dir: Path,
        **options: Any,
    ) -> None:
        target = connect(
            stage,
            project_dir=project_dir,
            region=region,
            profile=profile,
            endpoint_url=endpoint_url,
        )
        with explained():
            command(target, **options)

    decorated: Callable[..., None] = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


@click.command()
@click.option(
    "--leave-out",
    metavar="TYPE",
    multiple=True,
    help="A type of resource that an emulator does not know, such as AWS::Events::Archive.",
)
@operation
def deploy(target: Target, leave_out: tuple[str, ...]) -> None:
    """Deploy a stage: what keeps state, the functions and the API, the subscriptions.

    Run it again to finish a deployment that was broken off; what is as it should be is left
    alone. Afterwards `chalice deploy --stage STAGE` is enough for a change of code.
    """
    from infra.operations.deploy import deployment  # noqa: PLC0415

    deployment.deploy(target, leave_out)


@click.command()
@click.option("--delete-data", is_flag=True, help="Delete the table and the customers, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@operation
def destroy(target: Target, *, delete_data: bool, yes: bool) -> None:
    """Remove a stage; the table with the carts is kept unless --delete-data says otherwise."""
    from infra.operations.deploy import removal  # noqa: PLC0415

    what = "with all its data" if delete_data else "but for its table"
    if not yes:
        click.confirm(
            f"Remove stage {target.stage} {what} from account {target.account}, "
            f"region {target.region}?",
            abort=True,
        )
    removal.destroy(target, delete_data=delete_data)


@click.command()
@operation
def status(target: Target) -> None:
    """Show stacks, functions, rules, queues, schedules and alarms."""
    from infra.operations import state  # noqa: PLC0415

    state.show(target)


@click.command()
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Stop by itself.")
@operation
def watch(target: Target, seconds: float | None) -> None:
    """Print events, results, failures and schedules as they happen, until Ctrl-C.

    Needs a rule and a queue of its own, which it removes when it stops.
    """
    from infra.operations import watching  # noqa: PLC0415

    watching.watch(target, seconds)


@click.command()
@click.option(
    "--from",
    "since",
    required=True,
    type=Moment(),
    help="Events from then on: 2026-11-21T10:00 (UTC), or 2h, 30m, 3d ago.",
)
@click.option(
    "--to", "until", default="0m", type=Moment(), help="Events until then.  [default: now]"
)
@click.option(
    "--rule", "rules", multiple=True, help="Only through this rule, such as persist-cart."
)
@operation
def replay(target: Target, since: datetime, until: datetime, rules: tuple[str, ...]) -> None:
    """Send archived events through the rules again; no consumer does anything twice.

    The archive may be some minutes behind: wait ten before you replay what has just happened.
    """
    from infra.operations import replaying  # noqa: PLC0415

    replaying.replay(target, since, until, rules)


@click.command()
@click.argument("queue")
@operation
def redrive(target: Target, queue: str) -> None:
    """Move the messages of a dead-letter QUEUE back to where they came from."""
    from infra.operations import redriving  # noqa: PLC0415

    redriving.redrive(target, queue)


@click.command()
@click.argument("request_id")
@operation
def retry(target: Target, request_id: str) -> None:
    """Do a failed job once more: the event of REQUEST_ID goes on the bus again.

    REQUEST_ID is what the API answered the customer. No consumer does anything twice.
    """
    from infra.operations import retrying  # noqa: PLC0415

    retrying.retry(target, request_id)


@click.command()
@click.argument("customer")
@operation
def forget(target: Target, customer: str) -> None:
    """Erase what is kept about a CUSTOMER: an e-mail address, or the id (`sub`).

    The cart, failures, preferences and pending reminders go; docs/privacy.md says what stays.
    """
    from infra.operations import forgetting  # noqa: PLC0415

    forgetting.forget(target, customer)


@click.command("rotate-keys")
@click.option("--revoke", is_flag=True, help="Keep no older key; guests lose their carts.")
@operation
def rotate_keys(target: Target, *, revoke: bool) -> None:
    """Sign links and tokens with a new key; what the key before it signed stays valid.

    Two keys are valid at once, so leave 60 days, the lifetime of a link, between two rotations.
    """
    from infra.operations.deploy import signing_keys  # noqa: PLC0415

    signing_keys.rotate(target, revoke=revoke)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@operation
def outputs(target: Target, *, as_json: bool) -> None:
    """Print what the foundation stack made, as the functions' environment has it."""
    from infra.operations.deploy import stacks  # noqa: PLC0415

    found = stacks.outputs_of(target, FOUNDATION)
    if not found:
        raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")
    variables = {variable_of(name): value for name, value in found.items()}
    if as_json:
        click.echo(json.dumps(variables, indent=2))
    else:
        click.echo("\n".join(f"{name}={value}" for name, value in variables.items()))


COMMANDS: Final = (
    deploy,
    destroy,
    status,
    watch,
    replay,
    redrive,
    retry,
    forget,
    rotate_keys,
    outputs,
)
