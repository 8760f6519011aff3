"""When each alarm is raised: soon enough to help, and not by what passes by itself."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.support.infrastructure import RESOURCES, of_the_core, of_type
from tests.support.seconds import HOUR, MINUTE

STATISTICS: Final = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): "Maximum",
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): "Maximum",
    ("AWS/Lambda", "Invocations"): "Sum",
    ("AWS/Lambda", "DestinationDeliveryFailures"): "Sum",
    ("AWS/Lambda", "AsyncEventsDropped"): "Sum",
    ("AWS/Lambda", "Throttles"): "Sum",
    ("AWS/Events", "FailedInvocations"): "Sum",
    ("AWS/Events", "InvocationsFailedToBeSentToDlq"): "Sum",
    ("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount"): "Sum",
    ("cart-prod", "AgeAtPersist"): "p90",
    ("cart-prod", "Failures"): "Sum",
    ("AWS/SES", "Reputation.BounceRate"): "Average",
}
"""How each metric is to be read: a sum of ages, or a mean of counts, would mean nothing."""

THRESHOLDS: Final[Mapping[str, tuple[float, float]]] = {
    "ReminderQueueAgeAlarm": (20 * MINUTE, HOUR),
    "PersistLateAlarm": (30_000, 120_000),  # milliseconds; the first retry is after a minute
    "FailuresAlarm": (3, 20),
    "BouncesAlarm": (0.02, 0.05),  # AWS reviews an account at 5 %
}
"""The least and the greatest threshold of alarms that wait for more than one occurrence."""


PASS_BY_THEMSELVES: Final = {"ThrottledAlarm"}
"""What may happen once, for AWS tries it again; going on for three periods it is a fault."""


class Metric:
    """A metric that an alarm looks at: by itself, or as a part of a sum."""

    def __init__(self, alarm: str, metric: Mapping[str, Any]) -> None:
        stat = metric.get("MetricStat")
        inner = stat["Metric"] if stat else metric
        self.alarm = alarm
        self.name = inner["Namespace"], inner["MetricName"]
        self.period = int((stat or metric)["Period"])
        self.statistic = (
            stat["Stat"] if stat else metric.get("Statistic") or metric["ExtendedStatistic"]
        )


def metrics() -> Iterator[Metric]:
    for alarm in of_type("CloudWatch::Alarm"):
        parts = alarm.properties.get("Metrics", [alarm.properties])
        for part in parts:
            if "Expression" not in part:
                yield Metric(alarm.logical_id, part)


def test_every_metric_is_read_as_what_it_is() -> None:
    for metric in metrics():
        assert STATISTICS[metric.name] == metric.statistic, metric.alarm


def test_an_alarm_is_raised_within_a_quarter_of_an_hour() -> None:
    for metric in metrics():
        evaluated = RESOURCES[metric.alarm].properties["EvaluationPeriods"] * metric.period
        # A reputation is of all mails of a while, and does not change in minutes.
        longest = HOUR if metric.name[1].startswith("Reputation.") else 15 * MINUTE
        assert MINUTE <= metric.period <= evaluated <= longest, metric.alarm


def test_as_many_periods_raise_an_alarm_as_it_looks_at_or_most_of_them() -> None:
    for alarm in of_type("CloudWatch::Alarm"):
        periods = alarm.properties["EvaluationPeriods"]
        raising = alarm.properties.get("DatapointsToAlarm", periods)
        assert periods / 2 < raising <= periods, alarm.logical_id


def test_every_alarm_is_raised_by_more_than_its_threshold() -> None:
    for alarm in of_type("CloudWatch::Alarm"):
        operator = alarm.properties["ComparisonOperator"]
        assert operator == "GreaterThanThreshold", alarm.logical_id


def test_what_must_never_happen_raises_its_alarm_the_first_time() -> None:
    for alarm in of_the_core("CloudWatch::Alarm"):
        if alarm.logical_id not in THRESHOLDS:
            assert alarm.properties["Threshold"] == 0, alarm.logical_id
            periods = 3 if alarm.logical_id in PASS_BY_THEMSELVES else 1
            assert alarm.properties["EvaluationPeriods"] == periods, alarm.logical_id


@pytest.mark.parametrize("alarm", THRESHOLDS)
def test_what_may_happen_raises_its_alarm_when_it_goes_on(alarm: str) -> None:
    least, greatest = THRESHOLDS[alarm]
    assert least <= RESOURCES[alarm].properties["Threshold"] <= greatest


def test_what_is_counted_over_several_periods_may_come_and_go_and_raise_the_alarm() -> None:
    counted = {metric.alarm for metric in metrics() if metric.statistic == "Sum"}
    for alarm in counted:
        properties = RESOURCES[alarm].properties
        if properties["EvaluationPeriods"] > 1:
            raising = properties.get("DatapointsToAlarm"), properties["EvaluationPeriods"]
            assert raising == (2, 3), alarm


def test_the_sum_of_an_alarm_is_of_all_that_it_looks_at() -> None:
    for alarm in of_type("CloudWatch::Alarm"):
        parts = alarm.properties.get("Metrics")
        if parts:
            (total,) = (part for part in parts if "Expression" in part)
            assert total["Expression"] == "SUM(METRICS())", alarm.logical_id
            assert total.get("ReturnData", True) is True, alarm.logical_id
            periods = {part["MetricStat"]["Period"] for part in parts if part is not total}
            assert len(periods) == 1, alarm.logical_id
            for part in parts:
                assert part is total or part["ReturnData"] is False, alarm.logical_id
