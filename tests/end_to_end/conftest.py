"""The whole system on a clock that stands still, and customers who shop in it.

Whatever a test has the functions do, their policies have to allow it, and no log line, no hop,
no schedule's name and no queue's attribute may tell whom it was about.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.support.leaks import leaked_by, logged_lines
from tests.support.permissions import refused_in
from tests.support.shopper import Shopper

MORNING = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(clock=Clock(MORNING)) as cloud:
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
