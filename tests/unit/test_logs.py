import json

import pytest

from chalicelib import logs

EVENT = {"detail": {"metadata": {"event_id": "e1", "correlation_id": "c1"}, "data": {}}}


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_a_hop_is_one_line_of_json_without_what_is_not_known(capsys):
    logs.emit("persist_cart", action="persisted", window=None)
    assert logged(capsys) == {"hop": "persist_cart", "action": "persisted"}


def test_a_consumed_event_is_logged_under_its_ids(capsys):
    logs.consumed("persist_cart", EVENT, action="persisted")
    assert logged(capsys) == {
        "hop": "persist_cart",
        "event_id": "e1",
        "correlation_id": "c1",
        "action": "persisted",
    }


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"metadata": {"event_id": 7}}}])
def test_an_event_without_ids_is_logged_all_the_same(capsys, event):
    logs.consumed("persist_cart", event, action="rejected")
    assert logged(capsys) == {"hop": "persist_cart", "action": "rejected"}


@pytest.mark.parametrize("name", ["event_id", "correlation_id"])
@pytest.mark.parametrize("text", ["ada@example.com", "x" * 65, "\ud800", "two words", ""])
def test_what_is_no_id_is_not_logged_as_one(capsys, name, text):
    event = {"detail": {"metadata": {**EVENT["detail"]["metadata"], name: text}}}
    logs.consumed("persist_cart", event, action="rejected")
    assert name not in logged(capsys)


def test_an_exception_is_logged_with_its_place_but_not_its_message(capsys):
    try:
        int("ada@example.com")
    except ValueError as error:
        logs.exception("send_reminder", error, EVENT, attempt=2)
    line = logged(capsys)
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["raised_at"][-1]
    assert "ada@example.com" not in json.dumps(line)
