"""The operator's commands, and the options that say where they act."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from infra.operations.problems import explained
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
    from infra.operations import deployment  # noqa: PLC0415

    deployment.deploy(target, leave_out)


COMMANDS: Final = (deploy,)
