"""The project, deployed once to MiniStack for all the tests here.

They run where ``MINISTACK`` names the Python of MiniStack's virtual environment, as
``make verify-deploy`` has it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.ministack import emulator, project
from tests.deploy.ministack.shop import Shop

collect_ignore_glob = [] if "MINISTACK" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ministack")


@pytest.fixture(scope="session")
def shop(folder: Path) -> Iterator[Shop]:
    with emulator.running(Path(os.environ["MINISTACK"]), folder) as ministack:
        project.prepare(ministack, folder)
        project.deploy(ministack, folder, print)
        yield Shop(ministack, project.url(ministack))
