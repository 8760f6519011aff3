"""Durations as people write them in a settings file."""

import re
from datetime import timedelta
from typing import Final

PATTERN: Final = r"^([1-9][0-9]{0,4})([smhd])\Z"
_DURATION: Final = re.compile(PATTERN)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Read a duration: ``90s``, ``15m``, ``3h`` or ``1d``.

    Raises:
        ValueError: the text is not a duration.
    """
    parsed = _DURATION.match(text)
    if parsed is None:
        raise ValueError('a duration is a whole number and s, m, h or d, such as "3h" or "1d"')
    return timedelta(**{_UNITS[parsed[2]]: int(parsed[1])})
