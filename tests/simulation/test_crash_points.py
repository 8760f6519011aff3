"""A function is killed at each call to AWS that it makes, before and after it took effect.

Enumerated, not sampled: a scenario is played once to see which calls are made in it, then once for
each of them and each side of it. Whatever was killed, every promise must hold in the end.
"""

import json
from collections.abc import Iterator
from functools import cache

import pytest

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.play import Outcome, play_with_each
from tests.simulation.runner import project
from tests.simulation.scenarios import SCENARIOS, SIGN_IN, WRITE, calls_in
from tests.simulation.steps import Ask
from tests.support.chalice import CHALICE
from tests.support.infrastructure import core_functions

pytestmark = pytest.mark.exhaustive

POLICIES = CHALICE

SEND_RESULTS_ON = {"KeepWhatCouldNotBeRecorded", "ReportTheResultToTheBus"}
"""The statements by which consumers are allowed what Lambda does with their results."""
IN_ANOTHER_SHOP = "ReadProducts"
"""The statement by which products are read from a table; the shop of the tests has a file."""
CALLS_OF_LAMBDA = {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}


@cache
def crashes(name: str) -> dict[tuple[Site, Kind], Outcome]:
    """Play a scenario once for each call in it and each side of the call."""
    history = SCENARIOS[name]
    sides = Fault(Kind.KILLED_BEFORE), Fault(Kind.KILLED_AFTER)
    faults = dict.fromkeys(calls_in(history), sides)
    found = play_with_each(faults, history, project())
    assert len(found) == 2 * len(faults) > 0
    return {(site, fault.kind): outcome for (site, fault), outcome in found.items()}


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
    calls = {site.place for history in SCENARIOS.values() for site in calls_in(history)}
    core = {"api", *core_functions()}
    assert {call for call in calls if call.split()[0] in core} == set(_allowed_calls())


def _allowed_calls() -> Iterator[str]:
    for path in POLICIES.glob("policy-prod-*.json"):
        function = path.stem.removeprefix("policy-prod-")
        if function not in core_functions():
            continue  # extensions have tests of their own
        is_api = function == "api_handler"
        for statement in json.loads(path.read_text())["Statement"]:
            if statement["Sid"] in {*SEND_RESULTS_ON, IN_ANOTHER_SHOP}:
                continue
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                service, _, operation = action.partition(":")
                if service in {"logs", "xray", "iam"} or operation == "SendRawEmail":
                    continue
                if operation in CALLS_OF_LAMBDA:
                    continue
                yield f"{'api' if is_api else function} {operation}"
