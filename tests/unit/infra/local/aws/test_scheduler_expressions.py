"""Schedule expressions, by the documentation of EventBridge Scheduler."""

from datetime import UTC, datetime

import pytest

from infra.local.aws.scheduler import due_at

BERLIN = "Europe/Berlin"  # forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_one_time_schedule_is_due_at_its_time() -> None:
    assert due_at("at(2026-03-01T12:00:00)", "UTC") == utc("2026-03-01T12:00:00")


@pytest.mark.parametrize(
    ("local", "due"),
    [
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00"),
        ("2026-01-02T12:00:00", "2026-01-02T11:00:00"),
    ],
)
def test_the_time_is_in_the_time_zone_of_the_schedule(local: str, due: str) -> None:
    assert due_at(f"at({local})", BERLIN) == utc(due)


def test_a_time_in_a_skipped_hour_is_an_hour_later_on_the_clock() -> None:
    assert due_at("at(2026-03-29T02:30:00)", BERLIN) == utc("2026-03-29T01:30:00")


def test_a_time_in_a_repeated_hour_is_the_first_one() -> None:
    assert due_at("at(2026-10-25T02:30:00)", BERLIN) == utc("2026-10-25T00:30:00")


@pytest.mark.parametrize(
    "expression",
    [
        "at(2026-03-01T12:00:00Z)",
        "at(2026-03-01T12:00:00+01:00)",
        "at(2026-03-01T12:00)",
        "at(2026-03-01 12:00:00)",
        "at()",
        "rate(5 minutes)",
        "cron(0 8 * * ? *)",
        "every day",
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="knows at"):
        due_at(expression, "UTC")


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        due_at("at(2026-02-30T12:00:00)", "UTC")


@pytest.mark.parametrize("timezone", ["Europe/Atlantis", "", "/etc/passwd", "../UTC"])
def test_an_unknown_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due_at("at(2026-03-01T12:00:00)", timezone)
