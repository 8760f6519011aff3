"""Lines that are metrics: "Specification: Embedded metric format" says what they must hold."""

from typing import Any

import pytest

from chalicelib.telemetry import metrics

# What the entry points log with these outcomes; tests of them hold them to it.
LINES: dict[str, dict[str, Any]] = {
    "accepted": {},
    "persisted": {"age_ms": 1500},
    "scheduled": {},
    "sent": {},
    "skipped": {"reason": "superseded"},
    "failed": {"error": "mail_rejected"},
}


def counted(outcome: str, **facts: object) -> dict:
    return metrics.counted({"outcome": outcome, **facts}, "cart-prod", 1)


def test_there_is_a_line_for_every_outcome_that_counts():
    assert set(LINES) == set(metrics.METRICS)


@pytest.mark.parametrize("outcome", LINES)
def test_everything_that_a_directive_names_is_in_the_line(outcome):
    line = counted(outcome, **LINES[outcome])
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    for definition in directive["Metrics"]:
        assert isinstance(line[definition["Name"]], int)
    for dimensions in directive["Dimensions"]:
        for dimension in dimensions:
            assert isinstance(line[dimension], str)


def test_an_add_that_was_persisted_counts_once_and_has_an_age():
    line = counted("persisted", age_ms=1500)
    assert (line["Persisted"], line["AgeAtPersist"]) == (1, 1500)
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "Persisted"},
        {"Name": "AgeAtPersist", "Unit": "Milliseconds"},
    ]


@pytest.mark.parametrize(("outcome", "dimension"), [("skipped", "reason"), ("failed", "error")])
def test_what_is_skipped_or_fails_is_counted_and_also_by_why(outcome, dimension):
    [directive] = counted(outcome, **LINES[outcome])["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [[], [dimension]]


@pytest.mark.parametrize("outcome", ["persisted", "scheduled"])
def test_what_was_merely_repeated_does_not_count(outcome):
    assert "_aws" not in counted(outcome, repeated=True, age_ms=5)


@pytest.mark.parametrize("outcome", ["answered", "refused", "raised", "recorded"])
def test_other_outcomes_are_only_logged(outcome):
    line = {"outcome": outcome, "error": "unknown_sku"}
    assert counted(**line) == line
