"""Short histories that between them have the functions make every call to AWS that they may."""

from typing import Final

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.history import History
from tests.simulation.model import ADD, CHECK_OUT, MERGE, REMOVE
from tests.simulation.play import play
from tests.simulation.runner import project
from tests.simulation.steps import Ask, Follow, Look, Replay, Unsubscribe
from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR, MINUTE

WRITE: Final = "persist_cart UpdateItem"

BUY_AND_FORGET = (
    Ask(0, "ada", ADD, MUG, 2, key="a", patience=3),
    Ask(60, "ada", ADD, TEA, 1, patience=3),
    Ask(120, "ada", REMOVE, MUG, patience=3),
    Look(HOUR, "ada"),
    Look(26 * HOUR, "ada"),
)
CHECK_OUT_IN_TIME = (
    Ask(0, "ada", ADD, MUG, 2, key="a", patience=3),
    Ask(60, "ada", CHECK_OUT, key="b", patience=3),
    Look(26 * HOUR, "ada"),
)
GIVEN_UP = (
    Ask(0, "ada", ADD, MUG, 2, patience=3),
    Follow(10 * MINUTE, "ada"),
    Replay(12 * HOUR, DAY),  # in time for the reminder
    Look(26 * HOUR, "ada"),
)
MAILBOX_GONE = (
    Ask(0, "bea", ADD, MUG, 1, key="a", patience=3),
    Ask(2 * DAY, "bea", ADD, TEA, 1, key="b", patience=3),
    Look(4 * DAY, "bea"),
)
NO_MORE_REMINDERS = (
    Ask(0, "ada", ADD, MUG, 1, key="a", patience=3),
    Unsubscribe(26 * HOUR, "ada"),
    Ask(2 * DAY, "ada", ADD, TEA, 1, key="b", patience=3),
    Look(4 * DAY, "ada"),
)
SIGN_IN = (
    Ask(0, "the visitor", ADD, MUG, 2, key="a", patience=3),
    Ask(60, "ada", MERGE, key="b", patience=3, guest="the visitor"),
    Ask(120, "the visitor", REMOVE, MUG, patience=3),
    Ask(180, "the visitor", ADD, TEA, 1, patience=3),
    Look(HOUR, "ada"),
    Look(HOUR, "the visitor"),
    Look(26 * HOUR, "ada"),
)
TWO_SIGN_IN = (
    Ask(0, "the visitor", ADD, MUG, 2, patience=3),
    Ask(60, "ada", MERGE, key="a", patience=3, guest="the visitor"),
    Ask(62, "grace", MERGE, key="b", patience=3, guest="the visitor"),
    Follow(10 * MINUTE, "grace"),
    Look(26 * HOUR, "ada"),
    Look(26 * HOUR, "grace"),
)

# The mailer tries once more by itself.
SES_SAYS_NO = {
    Site("send_reminder SendEmail", number): Fault(Kind.THROTTLED, 3) for number in (1, 2)
}
# When the bounce is reported, no function holds the signing keys any more.
BOUNCES_LATE = {Site("rule cart-local-mail-feedback", 1): Fault(Kind.LATE, 10 * MINUTE)}
NOTHING_IS_WRITTEN = {Site(WRITE, number): Fault(Kind.THROTTLED, 3) for number in (1, 2, 3)}
NOTHING_IS_SCHEDULED = {
    Site("schedule_reminder CreateSchedule", number): Fault(Kind.THROTTLED, 3)
    for number in (1, 2, 3)
}

SCENARIOS: Final = {
    "a cart is left alone": History(1, BUY_AND_FORGET, faults={}),
    "a cart is checked out": History(2, CHECK_OUT_IN_TIME, faults={}),
    "a mail bounces": History(3, MAILBOX_GONE, faults=BOUNCES_LATE),
    "the reminders are stopped": History(7, NO_MORE_REMINDERS, faults={}),
    "a guest signs in": History(8, SIGN_IN, faults={}),
    "two customers merge one guest": History(9, TWO_SIGN_IN, faults={}),
    "SES refuses a mail at first": History(4, GIVEN_UP, faults=SES_SAYS_NO),
    "an add is given up": History(5, GIVEN_UP, faults=NOTHING_IS_WRITTEN),
    "a schedule is given up": History(6, GIVEN_UP, faults=NOTHING_IS_SCHEDULED),
}


def calls_in(history: History) -> list[Site]:
    """Return every call to AWS that functions make in a history."""
    return [site for site in sites_in(history) if site.place.split()[-1][0].isupper()]


def sites_in(history: History) -> list[Site]:
    """Return everything in a history that a fault could strike: calls to AWS and deliveries."""
    passed = play(history, project()).passed
    return [Site(place, number + 1) for place, count in passed.items() for number in range(count)]
