import json
from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time

from chalicelib.domain.errors import EventsNotAccepted
from chalicelib.telemetry import logs
from tests.support.times import NOON

EVENT = {"detail": {"metadata": {"event_id": "e1", "correlation_id": "c1"}, "data": {}}}


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


@pytest.fixture(autouse=True)
def clock():
    with freeze_time(NOON) as clock:
        yield clock


def test_a_hop_is_one_line_of_json_without_what_is_not_known(capsys):
    logs.Hop("suppress_address").ended("suppressed", addresses=1, reason=None)
    assert logged(capsys) == {
        "hop": "suppress_address",
        "outcome": "suppressed",
        "duration_ms": 0.0,
        "addresses": 1,
    }


def test_a_hop_about_an_event_is_logged_under_its_ids(capsys):
    logs.Hop("record_failure", EVENT, attempt=2).ended("recorded")
    assert logged(capsys) == {
        "hop": "record_failure",
        "outcome": "recorded",
        "duration_ms": 0.0,
        "event_id": "e1",
        "correlation_id": "c1",
        "attempt": 2,
    }


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"metadata": {"event_id": 7}}}])
def test_an_event_without_ids_is_logged_all_the_same(capsys, event):
    logs.Hop("persist_cart", event).ended("rejected")
    assert set(logged(capsys)) == {"hop", "outcome", "duration_ms"}


@pytest.mark.parametrize("name", ["event_id", "correlation_id"])
@pytest.mark.parametrize("text", ["ada@example.com", "x" * 65, "\ud800", "two words", ""])
def test_what_is_no_id_is_not_logged_as_one(capsys, name, text):
    event = {"detail": {"metadata": {**EVENT["detail"]["metadata"], name: text}}}
    logs.Hop("persist_cart", event).ended("rejected")
    assert name not in logged(capsys)


def test_a_hop_tells_how_long_it_took(capsys, clock):
    hop = logs.Hop("get_cart")
    clock.tick(timedelta(milliseconds=12.34))
    hop.ended("answered")
    assert logged(capsys)["duration_ms"] == 12.3


def test_an_error_is_logged_with_its_place_but_not_its_message(capsys):
    hop = logs.Hop("send_reminder", EVENT)
    try:
        int("ada@example.com")
    except ValueError as error:
        hop.raised(error)
    line = logged(capsys)
    assert (line["outcome"], line["error"]) == ("raised", "ValueError")
    assert line["raised_at"][-1].startswith("test_logs.py:")
    assert "ada@example.com" not in json.dumps(line)


def test_an_error_of_the_application_is_logged_with_its_code_and_that_of_aws(capsys):
    error = EventsNotAccepted("The bus is busy.", aws_code="ThrottlingException")
    logs.Hop("post_cart").raised(error, "failed", status=503)
    line = logged(capsys)
    assert line["error"] == "events_not_accepted"
    assert line["aws_code"] == "ThrottlingException"


def test_a_line_that_is_a_metric_has_the_stage_in_its_namespace_and_the_time(capsys, monkeypatch):
    monkeypatch.setenv("STAGE", "prod")
    of_this_process = logs._namespace.__wrapped__  # noqa: SLF001 - others have asked for it before
    monkeypatch.setattr(logs, "_namespace", of_this_process)
    logs.Hop("post_cart").ended("accepted")
    metrics = logged(capsys)["_aws"]
    assert metrics["Timestamp"] == int(NOON.timestamp() * 1000)
    assert metrics["CloudWatchMetrics"][0]["Namespace"] == "cart-prod"
