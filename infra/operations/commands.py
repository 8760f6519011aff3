"""The operator's commands, and the options that say where they act."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from chalicelib import wiring
from chalicelib.adapters.shop_folder import ShopError, stages_of
from infra.cloudformation.template import variable_of
from infra.operations import (
    customers,
    mailing,
    pausing,
    queues,
    replaying,
    reporting,
    state,
    watching,
)
from infra.operations.deploy import deployment, removal, signing_keys, stacks
from infra.operations.problems import Problem, explained
from infra.operations.replaying import Moment
from infra.operations.target import ROOT, Target, connect
from infra.operations.verify import command
from infra.shop import products_command


class StageName(click.ParamType[str]):
    """A stage that ``shop.toml`` names."""

    name = "stage"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the stage; refuse one that the shop does not have, and name those it has."""
        try:
            known = stages_of(wiring.shop_folder())
        except ShopError as error:
            self.fail(str(error), param, ctx)
        if value not in known:
            self.fail(f"{value!r} is not a stage of shop.toml: {', '.join(known)}.", param, ctx)
        return value


_OPTIONS: Final = (
    click.option("--stage", required=True, type=StageName(), help="The stage to act on."),
    click.option("--region", help="The AWS region.  [default: that of AWS_REGION or the profile]"),
    click.option("--profile", envvar="AWS_PROFILE", help="The AWS profile."),
    click.option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL",
        help="The URL of an emulator to use in place of AWS, such as http://localhost:4566.",
    ),
    click.option(
        "--project-dir",
        type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
        default=ROOT,
        help="The project to take .chalice/ and the code from.  [default: this one]",
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
    help="Leave out a type of resource that an emulator does not know, "
    "such as AWS::Events::Archive.",
)
@operation
def deploy(target: Target, leave_out: tuple[str, ...]) -> None:
    """Deploy a stage: tables, functions, subscriptions.

    Run it again to finish a deployment that was broken off; what is as it should be is left
    alone. Afterwards `chalice deploy --stage STAGE` is enough for a change of code.
    """
    deployment.deploy(target, leave_out)


@click.command()
@click.option("--delete-data", is_flag=True, help="Delete the table and the customers as well.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@operation
def destroy(target: Target, *, delete_data: bool, yes: bool) -> None:
    """Remove a stage, and keep the table with the carts.

    The customers go with the user pool. Stage prod protects them, so it needs --delete-data, which
    deletes the table as well.
    """
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
    """Show how everything is, with ! before trouble.

    These are stacks, functions, rules, queues, schedules, alarms, and what was changed by hand.
    """
    state.show(target)


@click.command()
@click.option(
    "--page",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result to this file.  [default: print it]",
)
@click.option("--shop-url", help="Where the API answers.  [default: SHOP_URL of the stage]")
@click.option(
    "--leave-out", metavar="CHECK", multiple=True, help="Leave out what an emulator cannot show."
)
@operation
def verify(
    target: Target, page: Path | None, shop_url: str | None, leave_out: tuple[str, ...]
) -> None:
    """Try a deployed stage out, and say what holds of it.

    Customers of its own sign in, add, and are reminded; a job fails and is retried; a mail bounces;
    the archive is replayed; every resource is compared with the templates. On stage dev that takes
    about ten minutes. What it made is removed, and the page that it writes holds nothing personal.
    """
    command.verify(target, page, shop_url, leave_out)


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), help="Stop after this many seconds."
)
@operation
def watch(target: Target, seconds: float | None) -> None:
    """Print what happens on the bus, until Ctrl-C.

    These are events, results, failures and schedules. The command needs a rule and a queue of its
    own, which it removes when it stops.
    """
    watching.watch(target, seconds)


@click.command()
@click.option(
    "--from",
    "since",
    required=True,
    type=Moment(),
    help="Replay events from this time on: 2026-11-21T10:00 (UTC), or 2h, 30m, 3d ago.",
)
@click.option(
    "--to",
    "until",
    default="0m",
    type=Moment(),
    help="Replay events until this time.  [default: now]",
)
@click.option(
    "--rule", "rules", multiple=True, help="Replay through this rule only, such as persist-cart."
)
@operation
def replay(target: Target, since: datetime, until: datetime, rules: tuple[str, ...]) -> None:
    """Send archived events through the rules again.

    No consumer does anything twice. The archive may be some minutes behind: wait ten before you
    replay what has just happened.
    """
    replaying.replay(target, since, until, rules)


@click.command()
@click.argument("queue")
@operation
def redrive(target: Target, queue: str) -> None:
    """Move a dead-letter QUEUE's messages back to their source."""
    queues.redrive(target, queue)


@click.command()
@click.argument("request_id")
@operation
def retry(target: Target, request_id: str) -> None:
    """Do a failed job once more.

    The event of REQUEST_ID, which is what the API answered the customer, goes on the bus again. No
    consumer does anything twice.
    """
    customers.retry(target, request_id)


@click.command()
@click.argument("customer", required=False)
@click.option("--delete-account", is_flag=True, help="Delete the account in the user pool as well.")
@click.option(
    "--without-account",
    is_flag=True,
    help="Forget everybody who has a reminder to come, and no account in the user pool any more.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@operation
def forget(
    target: Target,
    customer: str | None,
    *,
    delete_account: bool,
    without_account: bool,
    yes: bool,
) -> None:
    """Erase what is kept about a CUSTOMER.

    CUSTOMER is an e-mail address or an id (`sub`); with an issuer of the shop's own, it is the id
    there. The cart, failures, preferences and pending reminders go; docs/privacy.md says what
    stays.
    """
    if bool(customer) == without_account:
        raise Problem("Name a CUSTOMER, or say --without-account.")
    if customer:
        customers.forget(target, customer, delete_account=delete_account)
    else:
        customers.forget_without_account(target, ask=not yes)


@click.command()
@click.argument("customer")
@operation
def export(target: Target, customer: str) -> None:
    """Print all that is kept about a CUSTOMER, as JSON.

    CUSTOMER is an e-mail address or an id (`sub`). Whoever asks for their data gets this.
    """
    customers.export(target, customer)


@click.command()
@click.option("--to", "address", required=True, help="The address to send it to.")
@click.option("--lang", "language", help="One of the shop's languages.  [default: all of them]")
@operation
def mail(target: Target, address: str, language: str | None) -> None:
    """Send a sample of the reminder.

    It goes through the stage's SES, from the shop's sender, and lists the first products.
    """
    mailing.mail(target, address, language)


@click.command("rotate-keys")
@click.option("--revoke", is_flag=True, help="Revoke all older keys. Guests lose their carts.")
@operation
def rotate_keys(target: Target, *, revoke: bool) -> None:
    """Sign links and tokens with a new key from now on.

    What the key before it signed stays valid. Two keys are valid at once, so leave 60 days, the
    lifetime of a link, between two rotations.
    """
    signing_keys.rotate(target, revoke=revoke)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as a JSON object.")
@operation
def outputs(target: Target, *, as_json: bool) -> None:
    """Print the outputs of the foundation stack.

    They have the names of the functions' environment variables.
    """
    found = stacks.required_outputs_of(target)
    variables = {variable_of(name): value for name, value in found.items()}
    if as_json:
        click.echo(json.dumps(variables, indent=2))
    else:
        click.echo("\n".join(f"{name}={value}" for name, value in variables.items()))


@click.command()
@click.argument("rule")
@operation
def pause(target: Target, rule: str) -> None:
    """Have a RULE deliver nothing until it is resumed.

    Events stay in the archive for 30 days. `queue-reminder` holds back all reminders.
    """
    pausing.pause(target, rule)


@click.command()
@click.argument("rule")
@operation
def resume(target: Target, rule: str) -> None:
    """Have a paused RULE deliver again.

    It says since when the rule was paused, and how to bring what it missed.
    """
    pausing.resume(target, rule)


@click.command()
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 60),
    help="How many days to look back.",
)
@operation
def report(target: Target, days: int) -> None:
    """Show what extensions have to report of the last days.

    They are those with a module `report`: what reminders brought, for instance.
    """
    reporting.show(target, days)


@click.group()
def products() -> None:
    """Take over products from another system."""


@products.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stage", type=StageName(), help="The stage to tell.  [default: products.json]")
@click.option("--dry-run", is_flag=True, help="Only look for what is wrong.")
def import_products(file: Path, stage: str | None, *, dry_run: bool, **where: Any) -> None:
    """Take over the products of FILE, which is CSV or JSON as in products.json.

    Without a stage they are written to the shop's products.json. With one, an event tells its bus
    of each, which fills the table of a shop that has one. Each line that is wrong is named, and
    then nothing is taken over.
    """
    target = None if stage is None else connect(stage, **where)
    with explained():
        products_command.import_products(file, target, dry_run=dry_run)


for _option in reversed(_OPTIONS[1:]):
    import_products = _option(import_products)


COMMANDS: Final = (
    deploy,
    destroy,
    status,
    verify,
    watch,
    replay,
    redrive,
    retry,
    forget,
    export,
    mail,
    rotate_keys,
    outputs,
    pause,
    resume,
    products,
    report,
)
