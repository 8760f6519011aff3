"""A function is killed at each call to AWS that it makes, before and after it took effect.

Enumerated, not sampled: a scenario is played once to see which calls are made in it, then once for
each of them and each side of it. Whatever was killed, every promise must hold in the end.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.history import History
from tests.simulation.model import ADD, CHECK_OUT, MERGE, REMOVE
from tests.simulation.play import Outcome, play
from tests.simulation.runner import project
from tests.simulation.steps import DAY, HOUR, MINUTE, Ask, Follow, Look, Unsubscribe

pytestmark = pytest.mark.exhaustive

MUG, TEA = "MUG-STONE-350", "TEA-SENCHA-100"
POLICIES = Path(__file__).parents[2] / ".chalice"

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

WRITE = "persist_cart UpdateItem"
SES_SAYS_NO = {Site("send_reminder SendEmail", 1): Fault(Kind.THROTTLED, 3)}
NOTHING_IS_WRITTEN = {Site(WRITE, number): Fault(Kind.THROTTLED, 3) for number in (1, 2, 3)}
NOTHING_IS_SCHEDULED = {
    Site("schedule_reminder CreateSchedule", number): Fault(Kind.THROTTLED, 3)
    for number in (1, 2, 3)
}

SCENARIOS = {
    "a cart is left alone": History(1, BUY_AND_FORGET, faults={}),
    "a cart is checked out": History(2, CHECK_OUT_IN_TIME, faults={}),
    "a mail bounces": History(3, MAILBOX_GONE, faults={}),
    "the reminders are stopped": History(7, NO_MORE_REMINDERS, faults={}),
    "a guest signs in": History(8, SIGN_IN, faults={}),
    "two customers merge one guest": History(9, TWO_SIGN_IN, faults={}),
    "SES refuses a mail at first": History(4, GIVEN_UP, faults=SES_SAYS_NO),
    "an add is given up": History(5, GIVEN_UP, faults=NOTHING_IS_WRITTEN),
    "a schedule is given up": History(6, GIVEN_UP, faults=NOTHING_IS_SCHEDULED),
}

NO_CALLS_OF_THE_FUNCTION = {"SendMessage", "PutEvents"}
"""What consumers are allowed so that Lambda may send their results on."""
CALLS_OF_LAMBDA = {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}


def calls_in(history: History) -> list[Site]:
    """Return every call to AWS that functions make in a history."""
    passed = play(history, project()).passed
    return [
        Site(place, number + 1)
        for place, count in passed.items()
        if place.split()[-1][0].isupper()
        for number in range(count)
    ]


@cache
def crashes(name: str) -> dict[tuple[Site, Kind], Outcome]:
    """Play a scenario once for each call in it and each side of the call."""
    history = SCENARIOS[name]
    return {
        (site, kind): play(
            replace(history, faults={**(history.faults or {}), site: Fault(kind)}), project()
        )
        for site in calls_in(history)
        for kind in (Kind.KILLED_BEFORE, Kind.KILLED_AFTER)
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_crash_breaks_a_promise(name):
    broken = {
        f"{site.place} #{site.number} {kind}": outcome.broken
        for (site, kind), outcome in crashes(name).items()
        if outcome.broken
    }
    assert broken == {}


def test_only_a_crash_between_ses_and_the_mark_mails_twice():
    mails = {
        (site.place, kind): outcome.figures["mails"]
        for (site, kind), outcome in crashes("a cart is left alone").items()
    }
    assert set(mails.values()) == {1, 2}
    assert {where for where, count in mails.items() if count == 2} == {
        ("send_reminder SendEmail", Kind.KILLED_AFTER),
        ("send_reminder UpdateItem", Kind.KILLED_BEFORE),
    }


def test_a_merge_may_be_killed_at_its_claim_and_at_its_change():
    writes = [site for site in calls_in(SCENARIOS["a guest signs in"]) if site.place == WRITE]
    requests = [step for step in SIGN_IN if isinstance(step, Ask)]
    assert len(writes) == len(requests) + 1


def test_every_call_that_a_function_is_allowed_is_one_of_them():
    """What no scenario covers, the functions' IAM policies would show."""
    covered = {site.place for history in SCENARIOS.values() for site in calls_in(history)}
    assert covered == set(_allowed_calls())


def _allowed_calls() -> Iterator[str]:
    for path in POLICIES.glob("policy-prod-*.json"):
        function = path.stem.removeprefix("policy-prod-")
        is_api = function == "api_handler"
        for statement in json.loads(path.read_text())["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                service, _, operation = action.partition(":")
                if service in {"logs", "xray", "iam"} or operation == "SendRawEmail":
                    continue
                if operation in CALLS_OF_LAMBDA:
                    continue
                if operation in NO_CALLS_OF_THE_FUNCTION and not is_api:
                    continue
                yield f"{'api' if is_api else function} {operation}"
