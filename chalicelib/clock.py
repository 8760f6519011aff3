"""The clock. Only entry points ask it; they pass the time on."""

import time
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.ids import EPOCH, MILLISECOND


def _of_the_machine() -> int:
    return time.time_ns()


read: Callable[[], int] = _of_the_machine
"""Returns the nanoseconds since 1970 (UTC); the local cloud puts a clock of its own in its place.

The only source of time: replacing it moves the whole application.
"""


def milliseconds() -> int:
    """Return the milliseconds since 1970 (UTC)."""
    return read() // 1_000_000


def now() -> datetime:
    """Return the time (UTC), to the millisecond, which is as precise as an event id."""
    return EPOCH + milliseconds() * MILLISECOND
