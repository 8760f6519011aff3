"""Durations as people write them."""

from datetime import timedelta

import pytest

from chalicelib.domain.durations import duration


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("3h", timedelta(hours=3)),
        ("1d", timedelta(days=1)),
        ("99999s", timedelta(seconds=99_999)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", "s", "1", "0s", "01s", "-1h", "1.5h", "1w", "1H", "1 h", "1h\n", "100000s", "١h"],  # noqa: RUF001
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is a whole number and s, m, h or d"):
        duration(text)
