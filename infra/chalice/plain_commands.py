"""What `chalice` itself may do here, typed without `python -m infra` around it.

`app.py` asks when Chalice's command line loads it. What could only end in a traceback, or would
make things that nothing else here knows, ends in one sentence that says what to do instead.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from infra.operations.configuration import Configuration

_LOCAL: Final = (
    "`chalice local` has no event bus, no queue and no scheduler, and lets everybody in without "
    "checking their token: use `make run`, which has the whole system at http://127.0.0.1:8000."
)
_PACKAGE: Final = (
    "`chalice package` writes a template in which CloudFormation makes up the functions' names, "
    "but the rules in infra/templates/subscriptions.yaml invoke functions by name: deploy with "
    "`python -m infra deploy`. For the zip alone run `python -m infra.chalice.command package`."
)
_NEVER_DEPLOYED: Final = (
    "Stage {stage} has never been deployed from here: run `python -m infra deploy --stage "
    "{stage}`, which makes what the functions need. Afterwards `chalice deploy --stage {stage}` is "
    "enough for a change of code."
)
_NO_RECORD: Final = (
    "Stage {stage} is deployed, but not from this clone: Chalice knows an API by its record in "
    ".chalice/deployed/ only, and would make a second one. Run `python -m infra deploy --stage "
    "{stage}` here once, which finds the API; afterwards `chalice deploy` is enough."
)

_is_plain = True


def allow_all() -> None:
    """Let this process run every command: `python -m infra` sees to what Chalice does not."""
    global _is_plain  # noqa: PLW0603 - a process is the one or the other
    _is_plain = False


def check(environment: Mapping[str, str], project_dir: Path) -> None:
    """Refuse the command that is being run, unless it can do what it is expected to.

    ``environment`` holds the variables of the stage.

    Raises:
        click.ClickException: what to do instead.
    """
    context = click.get_current_context(silent=True)
    if context is not None and context.info_name in {"deploy", "package"}:
        from infra.shop.check import require_sound_shop  # noqa: PLC0415  others need none of this

        require_sound_shop()
    if not _is_plain:
        return
    if "CHALICE_WORKER" in os.environ:
        _end_local_server()
    if context is None:
        return
    stage = str(context.params.get("stage", "dev"))
    if context.info_name == "local":
        raise click.ClickException(_LOCAL)
    if not environment.get("EVENT_BUS_ARN"):
        raise click.ClickException(_NEVER_DEPLOYED.format(stage=stage))
    if context.info_name == "package":
        raise click.ClickException(_PACKAGE)
    if context.info_name == "deploy":
        _check_record(stage, environment.get("REST_API_ID", ""), project_dir)


def _end_local_server() -> None:
    """End `chalice local`, which loads the app in a thread, where an error would end nothing."""
    click.echo(f"Error: {_LOCAL}", err=True)
    os._exit(1)


def _check_record(stage: str, api: str, project_dir: Path) -> None:
    """Refuse to deploy without the record of the stage's REST API, or with that of another one.

    The id counts, for the shop may have a domain of its own.
    """
    recorded = Configuration(project_dir, stage).recorded()
    apis = [each["rest_api_id"] for each in recorded if each["resource_type"] == "rest_api"]
    if apis[:1] != [api]:
        raise click.ClickException(_NO_RECORD.format(stage=stage))
