"""The metrics: a log line with one of these outcomes is a metric as well.

CloudWatch reads metrics from the lines themselves, so that counting takes no call and no agent.
Source: "Specification: Embedded metric format" in the Amazon CloudWatch user guide.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec


class Count(msgspec.Struct, frozen=True):
    """Each line counts as one.

    ``by`` is a fact that it is also broken down by. ``ages`` are facts that are metrics themselves,
    in milliseconds, with the name that each has as one; each such line has them.
    """

    name: str
    by: str | None = None
    ages: Mapping[str, str] = {}


# Each metric, and each value of its dimension, is paid for by the month. That is why they are few,
# and dimensions have few values: no ids, no SKUs.
METRICS: Final[Mapping[str, Count]] = {
    "accepted": Count("Accepted"),
    "persisted": Count("Persisted", ages={"age_ms": "AgeAtPersist"}),
    "scheduled": Count("RemindersScheduled"),
    "sent": Count("RemindersSent"),
    "skipped": Count("RemindersSkipped", by="reason"),
    "failed": Count("Failures", by="error"),
}
"""What counts the lines of each outcome; those of any other are only logged."""


def counted(line: Mapping[str, Any], namespace: str, milliseconds: int) -> dict[str, Any]:
    """Return a line with what makes it its own metrics, if it has any.

    ``milliseconds`` (Unix time) is when it happened. What was merely repeated counts for nothing.
    """
    metric = METRICS.get(line["outcome"])
    if metric is None or line.get("repeated"):
        return dict(line)
    ages = metric.ages
    facts = {ages.get(name, name): fact for name, fact in line.items()} if ages else line
    return {
        **facts,
        metric.name: 1,
        "_aws": {
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [_directive(line["outcome"], namespace)],
        },
    }


@cache
def _directive(outcome: str, namespace: str) -> Mapping[str, Any]:
    """Return what says which fields of such a line are metrics; the same for each of them."""
    metric = METRICS[outcome]
    definitions = [{"Name": metric.name}]
    definitions += [{"Name": name, "Unit": "Milliseconds"} for name in metric.ages.values()]
    dimensions: list[list[str]] = [[]] if metric.by is None else [[], [metric.by]]
    return {"Namespace": namespace, "Dimensions": dimensions, "Metrics": definitions}
