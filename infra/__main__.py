"""``python -m infra``: run, deploy and repair the system."""

import json

import click

from chalicelib import extensions
from infra.operations import added
from infra.operations.commands import COMMANDS, StageName
from infra.shop import needs


@click.group()
def cli() -> None:
    """Run the event-driven cart on this machine, deploy it, and repair it."""
    if unmet := needs.unmet(extensions.FOLDER):  # else an import would fail of it
        raise click.ClickException("\n  ".join(["An extension is missing:", *unmet]))


@cli.command()
@click.option(
    "--port",
    envvar="PORT",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on. 0 takes one that is free.",
)
def local(port: int) -> None:
    """Run the whole system on this machine, without AWS.

    The shop is at http://127.0.0.1:8000/, the console at http://127.0.0.1:8000/_local/. State is
    kept in memory.
    """
    from infra.shop.check import require_sound_shop  # noqa: PLC0415  other commands need none

    require_sound_shop()  # before an import fails of what is missing
    from infra.local import command  # noqa: PLC0415

    command.run(port)


@cli.command()
def docs() -> None:
    """Generate the pages, schemas and pictures in docs/.

    They derive from the event classes and the templates.
    """
    from infra.architecture import svg  # noqa: PLC0415
    from infra.generate import asyncapi, event_docs, event_schemas  # noqa: PLC0415
    from infra.shop import schemas  # noqa: PLC0415

    svg.FILE.write_text(svg.picture(), encoding="utf-8")
    event_docs.PAGE.write_text(event_docs.page(), encoding="utf-8")
    event_schemas.write_documents(event_schemas.FOLDER, event_schemas.current())
    asyncapi.FILE.write_text(asyncapi.written(), encoding="utf-8")
    for file, text in schemas.written().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


@cli.command()
def check() -> None:
    """Look for everything that is wrong with the shop's folder.

    Each problem is named with its file, its place and what is allowed there.
    """
    from infra.shop.check import require_sound_shop  # noqa: PLC0415

    require_sound_shop()
    click.echo("Nothing is wrong with the shop.")


@cli.command()
def configure() -> None:
    """Write what derives from the shop's folder and app.py.

    That is .chalice/config.json, the policies that name the shop's values, and its locales.
    """
    from app import app  # noqa: PLC0415
    from chalicelib.adapters.shop_folder import ShopError  # noqa: PLC0415
    from chalicelib.wiring import shop_folder  # noqa: PLC0415
    from infra.generate import chalice_files, locales  # noqa: PLC0415
    from infra.generate.policies import MissingPolicy  # noqa: PLC0415

    consumers = [function.name for function in app.pure_lambda_functions]
    try:
        changed = chalice_files.write(chalice_files.FOLDER, shop_folder(), consumers)
        changed += locales.write(shop_folder())
    except (MissingPolicy, ShopError) as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(f"Wrote {file.name}" for file in changed) or "Nothing to change.")


@cli.command()
@click.option("--stage", required=True, type=StageName(), help="The stage to deploy.")
def deployer_policy(stage: str) -> None:
    """Print the IAM policy that deploying a stage takes.

    It allows what deploy, status and destroy call, on what is the stage's, and nothing else. Attach
    it to the role or user that deploys.
    """
    from chalicelib.adapters.shop_folder import read_shop  # noqa: PLC0415
    from chalicelib.settings import Names  # noqa: PLC0415
    from chalicelib.wiring import shop_folder  # noqa: PLC0415
    from infra.operations.deployer_policy import policy  # noqa: PLC0415

    names = Names(read_shop(shop_folder(), stage).prefix, stage)
    click.echo(json.dumps(policy(names), indent=2))


@cli.command()
@click.argument("name")
@click.pass_context
def new_consumer(context: click.Context, name: str) -> None:
    """Write the folder of a new consumer.

    chalicelib/extensions/NAME is the example of docs/add-a-consumer.md under another name. It is
    configured at once, and runs as it is.
    """
    from infra.generate.new_consumer import NameTakenError, write  # noqa: PLC0415

    try:
        files = write(name)
    except NameTakenError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(f"Wrote {file}" for file in files))
    context.invoke(configure)


@cli.command()
@click.option(
    "--release", is_flag=True, help="Release the contract as it is now, unless it breaks something."
)
def contract(*, release: bool) -> None:
    """Compare API and events with the released contract.

    The contract is in docs/released/. The command fails and names each change that breaks it, with
    the consumers that read what it is about, and what consumers read that no event has.
    """
    from infra.contract import readers, released  # noqa: PLC0415

    if gaps := readers.unmet():
        click.echo("\n".join(gaps), err=True)
        raise click.ClickException("Consumers read what the events do not have.")
    if changes := released.breaking_changes():
        for change in changes:
            consumers = ", ".join(readers.named_in(change))
            click.echo(f"{change}; read by {consumers}" if consumers else change, err=True)
        raise click.ClickException("Such changes need a new major version.")
    click.echo("Nothing breaks what was last released.")
    if release:
        released.release()
        click.echo(f"{released.FOLDER} is renewed.")


for operation in (*COMMANDS, *added.commands()):
    cli.add_command(operation)


if __name__ == "__main__":
    cli(prog_name="python -m infra")
