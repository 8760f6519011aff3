"""A copy of the project and an emulator to deploy it to, without network."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import requests
from botocore import session

from tests.deploy import emulator
from tests.deploy.packaging import copy_project, make_wheels, pip_finds
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


@pytest.fixture(autouse=True, scope="module")
def no_network(wheels) -> Iterator[None]:
    """Let pip and the SDK find nothing but what the tests give them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in UNSET:
            patch.delenv(name, raising=False)
        for name, value in {**ENVIRONMENT, **pip_finds(wheels)}.items():
            patch.setenv(name, value)
        patch.setattr(session, "create_loader", READ_ONCE)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Run one emulator for all tests."""
    with pytest.MonkeyPatch.context() as patch, emulator.running(patch) as url:
        yield url


@pytest.fixture(scope="session")
def packages(tmp_path_factory) -> Path:
    """Keep Chalice's packages, which are the same for all copies of the project."""
    return tmp_path_factory.mktemp("deployments")


@pytest.fixture
def stage(server, packages, tmp_path) -> Stage:
    """Give a stage that is not deployed yet, in an account in which there is nothing."""
    return new_stage(server, packages, tmp_path)


@pytest.fixture(scope="module")
def deployed(server, packages, tmp_path_factory) -> Stage:
    """Give a stage that is deployed once, for tests that change nothing and share a module."""
    stage = new_stage(server, packages, tmp_path_factory.mktemp("deployed"))
    stage.succeed("deploy")
    return stage


def new_stage(server: str, packages: Path, folder: Path) -> Stage:
    """Empty the account but for the sender's address, and copy the project."""
    requests.post(f"{server}/moto-api/reset", timeout=60).raise_for_status()
    stage = Stage(copy_project(folder / "project"), server)
    (stage.project / ".chalice" / "deployments").symlink_to(packages)
    stage.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    return stage


def pytest_collection_modifyitems(items) -> None:
    """Let moto's CloudFormation say which types it skips; docs/operations.md lists them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning"))
