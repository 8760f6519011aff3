"""The whole system for a shop with another plan of reminders than that of the tests."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from tests.support.catalog import SHOP
from tests.support.leaks import leaked_by, logged_lines
from tests.support.permissions import refused_in
from tests.support.plugin import MORNING
from tests.support.shops import changed_shop

_ONE_STEP = '[[reminders]]\nafter = "1d"\n'
_WINDOW = f'reminder_window = "{SHOP.reminder_window}"\n'


@contextmanager
def planned_shop(steps: Sequence[str], *lines: str) -> Iterator[Path]:
    """Make a shop's folder with reminders after these times, and these lines of shop.toml."""
    plan = "".join(f'[[reminders]]\nafter = "{after}"\n' for after in steps)
    changes = (_ONE_STEP, plan), (_WINDOW, "\n".join([_WINDOW, *lines, ""]))
    with TemporaryDirectory() as place:
        folder = changed_shop(Path(place), *changes)
        with mock.patch.dict(os.environ, {"SHOP_FOLDER": str(folder)}):
            yield folder


@contextmanager
def open_shop(
    steps: Sequence[str], *lines: str, at: datetime = MORNING, seed: int | None = None
) -> Iterator[LocalCloud]:
    """Run a shop with reminders after these times, and these lines of shop.toml."""
    with (
        planned_shop(steps, *lines),
        LocalCloud.start(CartProject(), clock=Clock(at), seed=seed) as cloud,
        logged_lines() as logged,
    ):
        yield cloud
        assert refused_in(cloud) == set()
        assert leaked_by(cloud, logged) == []
