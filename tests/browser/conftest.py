"""The local cloud in a process of its own, and people who visit its shop with a browser."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import chromium
from tests.browser.people import Cloud, Visitor
from tests.browser.profiles import PATIENCE, Profiles
from tests.browser.watcher import Watcher
from tests.support.seconds import DAY, MINUTE

ROOT: Final = Path(__file__).parents[2]
FAULTS_OF_THE_CONSOLE: Final = (
    "ses",
    "function:persist_cart",
    "network:duplicate",
    "network:reorder",
)
START_SECONDS: Final = 300

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium; without one the tests are skipped, but never in CI."""
    with chromium.started() as browser:
        if browser is None:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up("no Chromium here: `apt-get install chromium`, or set CHROMIUM to its path")
        yield browser


@pytest.fixture(scope="session")
def shop_url() -> Iterator[str]:
    """Start the local cloud as `make run` does, on a port that is free."""
    command = (sys.executable, "-u", "-m", "infra", "local", "--port", "0")
    output: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **output) as process:  # noqa: S603  all of it is here
        assert process.stdout
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        said = list(takewhile(str.strip, process.stdout))  # up to the first empty line
        watchdog.cancel()
        url = next((line.split()[-1] for line in said if line.startswith("The shop")), None)
        if url is None:
            pytest.fail("The local cloud did not start:\n" + "".join(said))
        # Its output has to be read on, for a full pipe would stop it.
        reader = threading.Thread(target=said.extend, args=(process.stdout,))
        reader.start()
        yield url
        process.terminate()
        reader.join()


@pytest.fixture
def cloud(shop_url: str) -> Iterator[Cloud]:
    """The local cloud, in which nothing fails and no earlier test left anything to be done."""
    cloud = Cloud(shop_url)
    yield cloud
    cloud.heal()
    cloud.advance(10 * MINUTE)


@pytest.fixture(scope="session")
def profiles(browser: Browser, shop_url: str) -> Profiles:
    """Keep the profiles of all who open pages."""
    return Profiles(browser, shop_url)


@pytest.fixture
def visit(profiles: Profiles, cloud: Cloud) -> Iterator[Callable[..., Visitor]]:
    """Have somebody open the shop, each in a browser profile of their own.

    At the end nobody's page may have reported an error.
    """
    town = uuid4().hex
    visitors: list[Visitor] = []

    def open_shop(*, url: str = cloud.url, **options: Any) -> Visitor:
        visitors.append(Visitor(profiles.take(**options), url, town))
        return visitors[-1]

    yield open_shop
    for visitor in visitors:
        profiles.give_back(visitor.context)
    assert [error for visitor in visitors for error in visitor.errors] == []


@pytest.fixture
def shopper(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody who looks at the shop and has not signed in."""
    return visit().open()


@pytest.fixture
def ada(shopper: Visitor) -> Visitor:
    """Ada, signed in, with an empty cart."""
    return shopper.sign_in("Ada")


@pytest.fixture
def watch(profiles: Profiles, cloud: Cloud) -> Iterator[Callable[..., Watcher]]:
    """Have somebody open the console, with no reminder left that is still to be sent.

    At the end no page may have reported an error.
    """
    cloud.advance(2 * DAY)
    watchers: list[Watcher] = []

    def open_console(**options: Any) -> Watcher:
        watchers.append(Watcher(profiles.take(**options), cloud.url))
        return watchers[-1].open()

    yield open_console
    for watcher in watchers:
        watcher.leave()
        profiles.give_back(watcher.context)
    for target in FAULTS_OF_THE_CONSOLE:
        cloud.fail(target, 0)
    assert [error for watcher in watchers for error in watcher.errors] == []


@pytest.fixture
def watcher(watch: Callable[..., Watcher]) -> Watcher:
    """Somebody who looks at the console."""
    return watch()
