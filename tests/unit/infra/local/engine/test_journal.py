import io

import pytest

from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.engine.journal import (
    KEPT,
    MAX_NOTE_LENGTH,
    MAX_PAYLOAD_LENGTH,
    Hop,
    Journal,
    redact,
)
from infra.local.engine.printer import Printer, line_of
from tests.support.times import NOON


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def test_a_hop_is_one_readable_line() -> None:
    hop = Hop(
        NOON, "invoke", "persist_cart", "failed", "0190-abcdef123456", 3.4, "attempt 2", failed=True
    )
    assert line_of(hop).split() == [
        "2026-03-02",
        "12:00:00",
        "invoke",
        "persist_cart",
        "failed",
        "3",
        "ms",
        "…abcdef123456",
        "attempt",
        "2",
    ]


def test_line_breaks_and_control_characters_do_not_reach_the_terminal() -> None:
    hop = Hop(NOON, "request", "GET /\x1b[2J", "200", note="two\nlines\r")
    assert line_of(hop).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "Did not have authority to send from email ada@example.com",
        '{"to": "ada.lovelace+x@mail.example.co.uk"}',
        "to=ada@example.com,next",
        "<ada@localhost>",
    ],
)
def test_addresses_are_taken_out_of_notes(text: str) -> None:
    assert "ada" not in redact(text)
    assert "@" not in redact(text)


def test_other_text_stays_as_it_is() -> None:
    assert redact("2 @ 3 items, no address") == "2 @ 3 items, no address"


def test_a_hop_names_the_function_that_was_running(clock: Clock) -> None:
    engine = Engine(clock)
    engine.journal.record("event", "Imported", "on cart")
    with engine.sdk.function_running("outer"):
        engine.journal.record("schedule", "one", "due")
        with engine.sdk.function_running("inner"):
            engine.journal.record("mail", "ses", "sent")
        engine.journal.record("event", "Ordered", "on cart")
    engine.journal.record("schedule", "one", "fired")
    functions = [hop.function for hop in engine.journal.hops]
    assert functions == ["", "outer", "inner", "outer", ""]


def test_only_the_latest_hops_are_kept(clock: Clock) -> None:
    journal = Journal(clock)
    for number in range(KEPT + 1):
        journal.record("event", str(number), "")
    assert len(journal.hops) == KEPT
    assert journal.hops[0].what == "1"


def test_a_slow_subscriber_loses_the_oldest(clock: Clock) -> None:
    journal = Journal(clock)
    subscriber = journal.subscribe()
    for number in range(KEPT + 5):
        journal.record("event", str(number), "")
    assert subscriber.qsize() == KEPT
    assert subscriber.get_nowait().what == "5"


def test_a_printer_writes_a_line_for_each_hop() -> None:
    stream = io.StringIO()
    Printer(stream)(Hop(NOON, "mail", "ses", "sent"))
    assert stream.getvalue() == f"{line_of(Hop(NOON, 'mail', 'ses', 'sent'))}\n"


def test_a_reader_that_goes_away_stops_nothing() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    printer = Printer(Closed())
    printer(Hop(NOON, "mail", "ses", "sent"))
    printer(Hop(NOON, "mail", "ses", "sent"))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("a@b,c@d;e@f", "<e-mail address>" * 3),
        ("@@ada@example.com@", "@@<e-mail address>@"),
        ("ada@ example", "ada@ example"),
        ("to:ada@example.com", "to:<e-mail address>"),
    ],
)
def test_each_address_is_redacted_wherever_it_stands(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize("text", ["a" * 400_000, "a." * 200_000, "@" * 400_000, "a@" * 200_000])
def test_a_long_text_is_redacted_in_a_time_that_grows_with_its_length_only(text: str) -> None:
    """400,000 characters took over an hour when each of them began a search of its own."""
    assert len(redact(text)) <= len(text) * 10


def test_a_note_and_a_payload_are_kept_in_part_if_they_are_large(clock: Clock) -> None:
    journal = Journal(clock)
    payload = {"body": "x" * MAX_PAYLOAD_LENGTH}
    journal.record("event", "e", "on bus", note="n" * 5_000, payload=payload)
    (hop,) = journal.hops
    assert hop.note == "n" * MAX_NOTE_LENGTH
    assert hop.payload == {
        "truncated": True,
        "characters": MAX_PAYLOAD_LENGTH + len('{"body": ""}'),
        "beginning": '{"body": "' + "x" * (MAX_NOTE_LENGTH - len('{"body": "')),
    }
