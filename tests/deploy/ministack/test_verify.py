"""`python -m infra verify` visits a stage of which MiniStack shows a part."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.settings import PREFIX, Names
from infra.operations.deployer_policy import policy
from infra.operations.verify.checks import CHECKS, name_of
from tests.deploy.ministack import emulator, project
from tests.deploy.ministack.emulator import Emulator
from tests.deploy.ministack.project import ROOT, STAGE
from tests.deploy.ministack.shop import Shop
from tests.deploy.packaging import remind_within_seconds

# MiniStack runs functions without retries and destinations, publishes no bounces and has no
# archive and no metrics of log lines.
LEFT_OUT = ("results", "rejection", "bounce", "failure", "retry", "replay", "metrics")


class Visit(NamedTuple):
    """A stage that can be visited, and the folder with its project."""

    shop: Shop
    folder: Path

    def verify(self, leave_out: Iterable[str], *options: str) -> tuple[int, str]:
        """Return the exit code of ``python -m infra verify``, and what it printed."""
        endpoint = self.shop.emulator.endpoint_url
        done = subprocess.run(  # noqa: S603 - this project's own command
            [
                *(sys.executable, "-m", "infra", "verify", "--stage", STAGE),
                *("--endpoint-url", endpoint, "--shop-url", self.shop.url),
                *("--project-dir", str(self.folder / "project"), *options),
                *(option for each in leave_out for option in ("--leave-out", each)),
            ],
            cwd=ROOT,
            env=self.shop.emulator.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="session")
def visit(tmp_path_factory) -> Iterator[Visit]:
    """Deploy a stage of its own as a deployer who may nothing else."""
    folder = tmp_path_factory.mktemp("verify")
    with emulator.running(Path(os.environ["MINISTACK"]), folder) as ministack:
        project.prepare(ministack, folder)
        remind_within_seconds(folder / "project")
        project.deploy(ministack, folder, print, deployer(ministack))
        assert ministack.refusals() == []
        yield Visit(Shop(ministack, project.url(ministack)), folder)


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


def test_what_ministack_can_show_holds(visit: Visit) -> None:
    file = visit.folder / "page.md"
    code, said = visit.verify(LEFT_OUT, "--page", str(file))
    assert code == 0, said
    assert visit.shop.emulator.refusals() == []
    page = file.read_text(encoding="utf-8")
    assert page.count("| not looked at |") == len(LEFT_OUT), page
    assert "| does not hold |" not in page


@pytest.mark.parametrize(
    ("function", "statement", "checks", "says"),
    [
        ("api_handler", "ReadCartsAndFailures", ["sign-in"], "GET /cart was answered 503"),
        (
            "api_handler",
            "PublishWhatCustomersDo",
            ["sign-in", "add"],
            "POST /cart was answered 503",
        ),
        (
            "send_reminder",
            "SendAsTheShop",
            ["resources"],
            f"function cart-{STAGE}-send_reminder is",
        ),
    ],
)
def test_a_permission_less_is_told_by_the_last_check(
    visit: Visit, function: str, statement: str, checks: Sequence[str], says: str
) -> None:
    with visit.shop.without(function, statement):
        code, said = visit.verify({name_of(check) for check in CHECKS} - {*checks})
    assert code == 1
    assert says in said
    assert f"This does not hold of stage {STAGE}: {checks[-1]}." in said
