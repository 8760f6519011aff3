"""The project, deployed to LocalEmu and visited there: destinations and all that follows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.localemu import emulator
from tests.deploy.localemu.emulator import LocalEmu
from tests.deploy.packaging import (
    copy_project,
    make_wheels,
    pip_finds,
    remind_within_seconds,
    shorten_waiting,
)
from tests.deploy.stage import NAME, ROOT, SENDER

# LocalEmu's SES reports no bounces, its archive fails to replay, and log lines are no metrics.
LEFT_OUT = ("bounce", "replay", "metrics")


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("localemu")


@pytest.fixture(scope="session")
def localemu(folder):
    """Run LocalEmu, and deploy to it."""
    with emulator.running(Path(os.environ["LOCALEMU"]), folder) as running:
        project = copy_project(folder / "project")
        remind_within_seconds(project)
        shorten_waiting(folder / "models")
        (folder / "wheels").mkdir()
        make_wheels(folder / "wheels")
        # The domain as well, because LocalEmu finds no identity whose name has to be URL-encoded.
        for identity in (SENDER, SENDER.partition("@")[2]):
            running.client("sesv2").create_email_identity(EmailIdentity=identity)
        deployed = infra(running, folder, "deploy")
        assert deployed.returncode == 0, deployed.stdout
        yield running


def infra(localemu: LocalEmu, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ``python -m infra`` on the stage."""
    return subprocess.run(  # noqa: S603 - this project's own command
        [
            *(sys.executable, "-m", "infra", *arguments, "--stage", NAME),
            *("--endpoint-url", localemu.endpoint_url, "--project-dir", str(folder / "project")),
        ],
        cwd=ROOT,
        env={
            **localemu.environment(),
            **pip_finds(folder / "wheels"),
            "AWS_DATA_PATH": str(folder / "models"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_what_localemu_can_show_holds(localemu: LocalEmu, folder: Path) -> None:
    page = folder / "page.md"
    options = [option for each in LEFT_OUT for option in ("--leave-out", each)]
    visited = infra(
        localemu, folder, "verify", "--page", str(page), "--shop-url", localemu.api_url(), *options
    )
    assert visited.returncode == 0, visited.stdout
    others = [line for line in page.read_text().splitlines() if "| not looked at |" in line]
    assert len(others) == len(LEFT_OUT), others


def test_to_deploy_again_changes_nothing(localemu: LocalEmu, folder: Path) -> None:
    assert infra(localemu, folder, "deploy").stdout.count("  Nothing to change.") == 3
