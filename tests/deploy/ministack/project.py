"""The project, deployed to the emulator by the same command that deploys it to AWS."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.deploy.ministack.emulator import Emulator
from tests.deploy.packaging import shorten_waiting

ROOT: Final = Path(__file__).parents[3]
STAGE: Final = "dev"

# MiniStack refuses templates with an archive or an alarm on several metrics. Replays are tested on
# the local cloud, alarms in tests/policies/.
UNKNOWN_TYPES: Final = (
    "AWS::Events::Archive",
    "AWS::CloudWatch::Alarm",
    "AWS::XRay::SamplingRule",
)


def prepare(emulator: Emulator, folder: Path) -> None:
    """Copy the project into ``folder``, and do what an account's owner does before deploying.

    A copy, because a deployment writes into ``.chalice/`` where everything is.
    """
    _copy(folder / "project")
    shorten_waiting(folder / "models")
    config = json.loads((folder / "project/.chalice/config.json").read_text(encoding="utf-8"))
    sender = config["stages"][STAGE]["environment_variables"]["MAIL_SENDER"]
    emulator.client("sesv2").create_email_identity(EmailIdentity=sender)


def deploy(
    emulator: Emulator,
    folder: Path,
    say: Callable[[str], None],
    credentials: Mapping[str, str] | None = None,
) -> None:
    """Deploy the copy in ``folder``; ``say`` gets each line that is printed meanwhile.

    ``credentials`` are whose permissions count, by default those of somebody who may do anything.
    """
    leave_out = [option for each in UNKNOWN_TYPES for option in ("--leave-out", each)]
    command = [
        *(sys.executable, "-m", "infra", "deploy", "--stage", STAGE),
        *("--endpoint-url", emulator.endpoint_url),
        *("--project-dir", str(folder / "project"), *leave_out),
    ]
    with subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        command,
        cwd=ROOT,
        env={
            **emulator.environment(),
            **(credentials or {}),
            "AWS_DATA_PATH": str(folder / "models"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            say(line.rstrip())
    if process.returncode != 0:
        raise RuntimeError("The project could not be deployed to the emulator.")


def url(emulator: Emulator) -> str:
    """Return where the API is, without a slash at the end."""
    (api,) = emulator.client("apigateway").get_rest_apis()["items"]
    return emulator.api_url(api["id"])


def _copy(target: Path) -> None:
    deployed = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
    for name in (".chalice", "chalicelib"):
        shutil.copytree(ROOT / name, target / name, ignore=deployed)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, target)
