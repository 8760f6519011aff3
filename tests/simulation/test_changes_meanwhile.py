"""What is changed between a reading and what comes of it: the answer is that of the reading."""

import pytest

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.history import History
from tests.simulation.model import ADD, REMOVE
from tests.simulation.play import Outcome, play
from tests.simulation.runner import project
from tests.simulation.steps import Ask, Deploy, Look, Replay, Step
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR, MINUTE

WAKE_UP = DAY + 50 * MINUTE
"""When a reminder of what is added at first is due; histories begin at ten past nine."""


def outcome_of(*steps: Step, faults: dict[Site, Fault]) -> Outcome:
    """Return what became of these steps, each fault of which has to strike."""
    outcome = play(History(0, steps, faults=faults), project())
    assert outcome.history.faults == faults
    return outcome


@pytest.mark.parametrize(
    ("operation", "kind"), [("Query", Kind.STALLED_AFTER), ("GetItem", Kind.STALLED_BEFORE)]
)
def test_a_mail_tells_of_the_cart_as_it_was_read_whatever_is_removed_since(operation, kind):
    outcome = outcome_of(
        Ask(0, "ada", ADD, MUG, 1),
        Ask(WAKE_UP - 10, "ada", REMOVE, MUG),
        Look(2 * DAY, "ada"),
        faults={
            Site("rule persist-cart", 2): Fault(Kind.LATE, 20),
            Site(f"send_reminder {operation}", 1): Fault(kind, 17),
        },
    )
    assert (outcome.broken, outcome.figures["mails"]) == ((), 1)


def test_a_mail_on_its_way_out_when_an_earlier_one_turns_out_to_have_bounced_is_sent():
    outcome = outcome_of(
        Ask(0, "bea", ADD, MUG, 1),
        Ask(HOUR, "bea", ADD, MUG, 1),
        Look(4 * DAY, "bea"),
        faults={
            Site("rule persist-cart", 2): Fault(Kind.LATE, DAY),
            Site("rule cart-local-mail-feedback", 1): Fault(Kind.LATE, HOUR + 10),
            Site("send_reminder SendEmail", 2): Fault(Kind.STALLED_BEFORE, 17),
        },
    )
    assert (outcome.broken, outcome.figures["mails"]) == ((), 2)


@pytest.mark.parametrize("before", [60, 600, 3600])
@pytest.mark.parametrize("after", [60, 600, 3600])
@pytest.mark.parametrize("days", [0.001, 1, 1.038])
def test_a_reminder_comes_once_however_long_windows_are_when_it_is_due(before, after, days):
    outcome = outcome_of(
        Deploy(0, before),
        Ask(10, "ada", ADD, MUG, 1),
        Deploy(days * DAY, after),
        Look(2 * DAY, "ada"),
        faults={},
    )
    assert (outcome.broken, outcome.figures["mails"]) == ((), 1)


@pytest.mark.parametrize("before", [60, 600, 3600])
@pytest.mark.parametrize("after", [60, 600, 3600])
def test_a_replay_after_windows_have_changed_mails_nothing_again(before, after):
    outcome = outcome_of(
        Deploy(0, before),
        Ask(10, "ada", ADD, MUG, 1),
        Deploy(27 * HOUR, after),
        Replay(28 * HOUR, 2 * DAY),
        Look(3 * DAY, "ada"),
        faults={},
    )
    assert (outcome.broken, outcome.figures["mails"]) == ((), 1)


@pytest.mark.parametrize(("before", "after"), [(60, 3600), (3600, 60)])
def test_an_add_after_windows_have_changed_puts_the_reminder_off(before, after):
    outcome = outcome_of(
        Deploy(0, before),
        Ask(10, "ada", ADD, MUG, 1),
        Deploy(HOUR, after),
        Ask(5 * HOUR, "ada", ADD, MUG, 1),
        Look(2 * DAY, "ada"),
        faults={},
    )
    assert (outcome.broken, outcome.figures["mails"]) == ((), 1)


def test_a_cart_is_shown_as_it_was_read_whatever_is_added_since():
    outcome = outcome_of(
        Ask(0, "ada", ADD, MUG, 1),
        Ask(60, "ada", ADD, MUG, 1),
        Look(120, "ada"),
        faults={
            Site("rule persist-cart", 2): Fault(Kind.LATE, 65),
            Site("api Query", 1): Fault(Kind.STALLED_AFTER, 8),
        },
    )
    assert outcome.broken == ()
