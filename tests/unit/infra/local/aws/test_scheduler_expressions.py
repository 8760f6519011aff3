"""Schedule expressions, by the documentation of EventBridge Scheduler."""

from datetime import datetime, timedelta

import pytest

from infra.local.aws.scheduler import due_at
from tests.support.times import NOON


def due(expression: str) -> datetime:
    return due_at({"ScheduleExpression": expression}, NOON)


def test_a_one_time_schedule_is_due_at_its_time() -> None:
    assert due("at(2026-03-03T12:00:00)") == NOON + timedelta(days=1)


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
        due(expression)


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        due("at(2026-02-30T12:00:00)")
