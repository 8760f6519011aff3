"""What holds for all tests, those of the extensions included, and the whole system for them.

Whatever a test has the functions do in :func:`cloud`, their policies have to allow it, and no log
line, no hop, no schedule's name and no queue's attribute may tell whom it was about.
"""

import gc
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import freezegun
import pytest
from botocore.loaders import create_loader
from hypothesis import settings

from chalicelib.adapters import sdk
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.sdk import check_parameters
from tests.support import catalog
from tests.support.builders import REGION
from tests.support.leaks import leaked_by, logged_lines
from tests.support.permissions import refused_in
from tests.support.shopper import Shopper

pytest_plugins = ["tests.support.own_shop"]

assert catalog.FOLDER.is_dir(), "importing it sets the shop of the tests"

MORNING = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)

# Reading AWS's models takes longer than most tests; what was read once serves every session.
_MODELS = create_loader()

# pytest measures how long tests take; a clock that stands still or jumps must not be its own.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


# To look for garbage as often as Python does costs a twelfth of the time of all tests.
gc.set_threshold(20_000)


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start: a shell's background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Hold tests that take minutes to files that say so: `make simulate` looks for the word."""
    if item.get_closest_marker("exhaustive"):
        assert "exhaustive" in item.path.read_text(encoding="utf-8"), item.nodeid


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the adapters a session of their own, whose clients check what they are given."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    sdk.reset()
    sdk.session().register_component("data_loader", _MODELS)
    check_parameters(sdk.session())
    yield
    sdk.reset()


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(clock=Clock(MORNING), seed=1) as cloud:
        with logged_lines() as lines:
            yield cloud
        assert refused_in(cloud) == set()
        assert leaked_by(cloud, lines) == []


@pytest.fixture
def sign_in(cloud: LocalCloud) -> Callable[..., Shopper]:
    def sign_in(email: str, name: str | None = None) -> Shopper:
        return Shopper(cloud, email, name)

    return sign_in


@pytest.fixture
def ada(sign_in: Callable[..., Shopper]) -> Shopper:
    return sign_in("ada@example.com", "Ada")


@pytest.fixture
def grace(sign_in: Callable[..., Shopper]) -> Shopper:
    return sign_in("grace@example.com", "Grace")
