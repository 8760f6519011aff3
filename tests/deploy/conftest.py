"""A copy of the project and an emulator to deploy it to, without network."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import NamedTuple

import pytest
from botocore import session

from infra.chalice import process
from infra.operations.deploy.deployment import STEPS
from tests.deploy import emulator, forking
from tests.deploy.damages import ROUNDS
from tests.deploy.packaging import copy_project, make_wheels, pip_finds
from tests.deploy.recording import Operation, recorded
from tests.deploy.stage import SENDER, Stage

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "nowhere",
    "AWS_MAX_ATTEMPTS": "1",
}
UNSET = ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


READ_ONCE = cache(session.create_loader)
"""Gives the loader of AWS's models, each of which is read once in a process."""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> Path:
    """Make wheels of what is installed, for pip to find in place of the package index."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheels(folder)
    return folder


@contextmanager
def offline(wheels: Path) -> Iterator[None]:
    """Let pip and the SDK find nothing but what the tests give them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in UNSET:
            patch.delenv(name, raising=False)
        for name, value in {**ENVIRONMENT, **pip_finds(wheels)}.items():
            patch.setenv(name, value)
        patch.setattr(session, "create_loader", READ_ONCE)
        patch.setattr(process, "subprocess", forking)
        yield


@pytest.fixture(autouse=True, scope="module")
def no_network(wheels) -> Iterator[None]:
    with offline(wheels):
        yield


@dataclass(frozen=True)
class Kept:
    """A stage as it is when this is made, and what the command printed that deployed it."""

    stage: Stage
    said: str = ""
    called: frozenset[Operation] = frozenset()
    _restore: Callable[[], None] = field(default_factory=emulator.snapshot)

    def copy(self, folder: Path) -> Stage:
        """Put it into a folder, and into the account in place of what is there."""
        self._restore()
        project, others = folder / "project", ignore_patterns("chalicelib")
        copytree(self.stage.project, project, symlinks=True, ignore=others)
        # Files that nobody writes to need not be others.
        code = self.stage.project / "chalicelib"
        copytree(code, project / code.name, copy_function=os.link)
        return Stage(project, self.stage.endpoint_url)


@pytest.fixture(scope="session")
def nothing(wheels, tmp_path_factory) -> Iterator[Kept]:
    """Run one emulator for all tests, with the sender's address in its account and nothing else."""
    with pytest.MonkeyPatch.context() as patch, emulator.running(patch) as url:
        stage = Stage(copy_project(tmp_path_factory.mktemp("nothing") / "project"), url)
        packages = tmp_path_factory.mktemp("packages")  # are the same for all copies
        (stage.project / ".chalice" / "deployments").symlink_to(packages)
        with offline(wheels):
            stage.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        yield Kept(stage)


@pytest.fixture
def stage(nothing, tmp_path) -> Stage:
    """Give a stage that is not deployed yet."""
    return nothing.copy(tmp_path)


@pytest.fixture(scope="session")
def deployment(nothing, wheels, tmp_path_factory) -> Kept:
    """Deploy a stage once, for all tests that begin with one."""
    with offline(wheels):
        stage = nothing.copy(tmp_path_factory.mktemp("deployment"))
        with recorded(pytest.MonkeyPatch()) as called:
            said = stage.succeed("deploy")
        return Kept(stage, said, frozenset(called))


@pytest.fixture
def deployed(deployment, tmp_path) -> Stage:
    """Give a stage that is deployed."""
    return deployment.copy(tmp_path)


@pytest.fixture(scope="session")
def kept_foundation(nothing, wheels, tmp_path_factory) -> Kept:
    """Take the first step of a deployment once."""
    with offline(wheels):
        stage = nothing.copy(tmp_path_factory.mktemp("foundation"))
        (_, first_step), *_ = STEPS
        first_step(stage.target(), ())
        return Kept(stage)


@pytest.fixture
def foundation(kept_foundation, tmp_path) -> Stage:
    """Give a stage of which there is the foundation."""
    return kept_foundation.copy(tmp_path)


class Repaired(NamedTuple):
    """What became of a stage that was damaged by hand again and again."""

    rounds: list[tuple[list[str], str, list[str]]]
    """What `status` marked, what `deploy` printed, and what `status` marked then."""
    again: str
    """What the last `deploy` printed, when everything was as it should be."""
    called: set[Operation]


@pytest.fixture(scope="session")
def repaired(deployment, wheels, tmp_path_factory) -> Repaired:
    """Do each round of damage to one stage, and have each repaired."""
    with offline(wheels):
        stage = deployment.copy(tmp_path_factory.mktemp("repaired"))
        rounds, called = [], set[Operation]()
        for damages in ROUNDS:
            for damage in damages:
                damage(stage)
            with recorded(pytest.MonkeyPatch()) as more:
                rounds.append((marked(stage), stage.succeed("deploy"), marked(stage)))
            called |= more
        return Repaired(rounds, stage.succeed("deploy"), called)


def marked(stage: Stage) -> list[str]:
    """Return the lines of `status` that tell of trouble."""
    return [line for line in stage.succeed("status").splitlines() if line.startswith("! ")]


def pytest_collection_modifyitems(items) -> None:
    """Let moto's CloudFormation say which types it skips; docs/operations.md lists them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning"))
