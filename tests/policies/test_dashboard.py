"""The dashboard shows what there is, and every alarm; each alarm says where to read on."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from chalicelib.telemetry.metrics import METRICS
from tests.support.infrastructure import ROOT, function_names, of_the_core, of_type, watched_metrics

METRIC_NAMES: Final = {
    name for metric in METRICS.values() for name in (metric.name, *metric.ages.values())
}


def widgets(kind: str) -> list[dict[str, Any]]:
    (dashboard,) = of_the_core("CloudWatch::Dashboard")
    body = json.loads(dashboard.properties["DashboardBody"])
    return [widget["properties"] for widget in body["widgets"] if widget["type"] == kind]


def metrics_of(namespace: str) -> Iterator[list[Any]]:
    for widget in widgets("metric"):
        for metric in widget["metrics"]:
            if metric[0] == namespace:
                yield metric


def test_it_answers_three_questions():
    titles = [text["markdown"].partition("?")[0] for text in widgets("text")]
    assert titles == ["## Are adds flowing", "## Is anything stuck", "## Are mails going out"]


def test_it_shows_every_alarm():
    (alarms,) = widgets("alarm")
    assert set(alarms["alarms"]) == {
        alarm.attributes["Arn"] for alarm in of_the_core("CloudWatch::Alarm")
    }


def test_it_shows_every_metric_of_the_application_and_no_other():
    shown = {metric[1] for metric in metrics_of("cart-prod")}
    searched = set(
        re.findall(r'\{\\"cart-prod\\",\w+\} MetricName=\\"(\w+)', json.dumps(all_text()))
    )
    assert shown | searched == METRIC_NAMES


def all_text() -> list[str]:
    return [
        metric[0]["expression"]
        for widget in widgets("metric")
        for metric in widget["metrics"]
        if isinstance(metric[0], dict)
    ]


def test_what_it_breaks_down_is_broken_down_by_that():
    broken_down = {metric.name: metric.by for metric in METRICS.values() if metric.by}
    searched = [
        re.findall(r'\{"cart-prod",(\w+)\} MetricName="(\w+)"', text) for text in all_text()
    ]
    assert {name: by for found in searched for by, name in found} == broken_down


@pytest.mark.parametrize(
    ("namespace", "dimension", "resources"),
    [("AWS/SQS", "QueueName", "SQS::Queue"), ("AWS/Lambda", "FunctionName", None)],
)
def test_it_shows_queues_and_functions_that_exist(namespace, dimension, resources):
    exist = (
        {queue.properties["QueueName"] for queue in of_type(resources)}
        if resources
        else function_names()
    )
    shown = [metric[2:4] for metric in metrics_of(namespace)]
    assert shown
    for name, value in shown:
        assert (name, value in exist) == (dimension, True), value


@pytest.mark.parametrize("dashboard", of_type("CloudWatch::Dashboard"))
def test_widgets_do_not_overlap(dashboard):
    taken: set[tuple[int, int]] = set()
    for widget in json.loads(dashboard.properties["DashboardBody"])["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_an_alarm_on_a_metric_of_the_application_is_on_one_that_exists():
    on_the_application = [
        metric["MetricName"]
        for alarm in of_type("CloudWatch::Alarm")
        for metric in watched_metrics(alarm)
        if metric["Namespace"] == "cart-prod"
    ]
    assert on_the_application
    assert set(on_the_application) <= METRIC_NAMES


def test_every_alarm_leads_to_its_row_in_the_runbook():
    for alarm in of_type("CloudWatch::Alarm"):
        runbook = alarm.properties["AlarmDescription"].partition("Runbook: ")[2]
        assert runbook.endswith("#alarms")
        text = (ROOT / runbook.removesuffix("#alarms")).read_text(encoding="utf-8")
        name = alarm.properties["AlarmName"].replace("-prod-", "-<stage>-")
        assert f"| `{name}` |" in text
        assert "\n## Alarms\n" in text
