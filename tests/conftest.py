"""What holds for all tests."""

import os
import signal
from collections.abc import Iterator

import freezegun
import pytest
from botocore.loaders import create_loader
from hypothesis import settings

from chalicelib.adapters import sdk
from infra.local.engine.sdk import check_parameters
from tests.support import catalog
from tests.support.builders import REGION

# Reading AWS's models takes longer than most tests; what was read once serves every session.
_MODELS = create_loader()

# pytest measures how long tests take; a clock that stands still or jumps must not be its own.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")

# The tests bring their own shop, so that the other one can be changed and not a test fails.
os.environ["SHOP_FOLDER"] = str(catalog.FOLDER)


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start: a shell's background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the adapters a session of their own, whose clients check what they are given."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    sdk.reset()
    sdk.session().register_component("data_loader", _MODELS)
    check_parameters(sdk.session())
    yield
    sdk.reset()
