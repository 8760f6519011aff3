"""`python -m infra verify` visits a stage of which MiniStack shows a part."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.settings import PREFIX, Names
from infra.operations.deployer_policy import policy
from tests.deploy.ministack import emulator, project
from tests.deploy.ministack.emulator import Emulator
from tests.deploy.ministack.project import ROOT, STAGE
from tests.deploy.packaging import remind_within_seconds

# MiniStack runs functions without retries and destinations, publishes no bounces and has no
# archive and no metrics of log lines.
LEFT_OUT = ("results", "rejection", "bounce", "failure", "retry", "replay", "metrics")


@pytest.fixture(scope="session")
def page(tmp_path_factory) -> str:
    """Deploy a stage of its own as a deployer who may nothing else, and visit it."""
    folder = tmp_path_factory.mktemp("verify")
    with emulator.running(Path(os.environ["MINISTACK"]), folder) as ministack:
        project.prepare(ministack, folder)
        remind_within_seconds(folder / "project")
        project.deploy(ministack, folder, print, deployer(ministack))
        file = folder / "page.md"
        done = subprocess.run(  # noqa: S603 - this project's own command
            [
                *(sys.executable, "-m", "infra", "verify", "--stage", STAGE),
                *("--endpoint-url", ministack.endpoint_url, "--shop-url", project.url(ministack)),
                *("--project-dir", str(folder / "project"), "--page", str(file)),
                *(option for each in LEFT_OUT for option in ("--leave-out", each)),
            ],
            cwd=ROOT,
            env=ministack.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert ministack.refusals() == []
    return file.read_text(encoding="utf-8")


def deployer(ministack: Emulator) -> dict[str, str]:
    """Make a user who may deploy and do nothing else; return the credentials."""
    iam = ministack.client("iam")
    iam.create_user(UserName="deployer")
    document = json.dumps(policy(Names(PREFIX, STAGE)))
    iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=document)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def test_what_ministack_can_show_holds(page):
    others = [line for line in page.splitlines() if "| not looked at |" in line]
    assert len(others) == len(LEFT_OUT), page
    assert "| does not hold |" not in page
