"""The package that is deployed, made of a copy of the project and without a package index."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import botocore

from infra.operations.configuration import Configuration
from tests.deploy.stage import ROOT

FOUND_OUT = {
    "EVENT_BUS_ARN": "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/cart-dev-scheduler",
    "SCHEDULES_DLQ_ARN": "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev",
    "USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a",
    "USER_POOL_CLIENT_ID": "client",
    "SHOP_URL": "https://shop.example.com/",
}


def make_wheels(folder: Path, machine: str = "x86_64") -> None:
    """Make wheels of what is installed, for pip to find in place of the package index.

    They say that they are for ``machine``, whatever it is that this one is.
    """
    for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines():
        if "==" in line:
            _make_wheel(line.partition("==")[0], folder, machine)


def pip_finds(wheels: Path) -> dict[str, str]:
    """Return the environment in which pip finds these wheels, and nothing else."""
    return {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": str(wheels)}


def _make_wheel(name: str, folder: Path, machine: str) -> None:
    installed = metadata.distribution(name)
    python = f"{sys.version_info.major}{sys.version_info.minor}"
    tags = f"cp{python}-cp{python}-manylinux2014_{machine}"
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{tags}.whl", "w") as wheel:
        for file in installed.files or ():
            if "__pycache__" not in file.parts and file.name not in {"INSTALLER", "REQUESTED"}:
                wheel.write(str(installed.locate_file(file)), str(file))


def copy_project(target: Path) -> Path:
    """Copy what is deployed."""
    left_out = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
    for name in (".chalice", "chalicelib"):
        shutil.copytree(ROOT / name, target / name, ignore=left_out)
    shutil.copy(ROOT / "app.py", target)
    # Without hashes: pip gets wheels that the tests made, which are other bytes.
    (target / "requirements.txt").write_bytes((ROOT / "requirements.in").read_bytes())
    return target


def configured(folder: Path) -> Path:
    """Copy the project to a folder, with all that a deployment finds out."""
    project = copy_project(folder)
    Configuration(project, "dev").keep_outputs(
        {_camel(name): value for name, value in FOUND_OUT.items()}
    )
    return project


def _camel(variable: str) -> str:
    return "".join(word.capitalize() for word in variable.split("_"))


def package(project: Path, target: Path) -> Path:
    """Package a copy of the project as `chalice package` does; give the zip file."""
    command = ["--project-dir", str(project), "package", "--stage", "dev", str(target)]
    subprocess.run(  # noqa: S603 - this project's own command
        [sys.executable, "-m", "infra.chalice.command", *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return target / "deployment.zip"


def shorten_waiting(models: Path) -> None:
    """Let the SDK look every tenth of a second, not every five, whether a function is there."""
    waiters = Path(botocore.__file__).parent / "data/lambda/2015-03-31/waiters-2.json"
    content = json.loads(waiters.read_text(encoding="utf-8"))
    for waiter in content["waiters"].values():
        waiter["delay"] = 0.1
    target = models / "lambda" / "2015-03-31" / waiters.name
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(content), encoding="utf-8")


def remind_within_seconds(project: Path, stage: str = "dev") -> None:
    """Have reminders be due soon after an add."""
    file = project / ".chalice" / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    settings = config["stages"][stage]["environment_variables"]
    settings |= {"REMINDER_WINDOW_SECONDS": "1", "REMINDER_DELAY_SECONDS": "15"}
    file.write_text(json.dumps(config), encoding="utf-8")


def fail_within_a_minute(project: Path) -> None:
    """Have what fails for minutes, as a demonstration, fail for one only."""
    file = project / "chalicelib" / "shop" / "products.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"fails_for": "5m"', '"fails_for": "60s"'), encoding="utf-8")
