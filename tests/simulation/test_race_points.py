"""Two runs for one event interleave at each call to AWS that one of them makes.

Enumerated, not sampled, as the crash points are: whatever a rule delivers arrives twice, a second
apart, and one run stands still before one of its calls while the other goes all the way. Standing
still after a call would come to the same as standing still before the next.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.history import History
from tests.simulation.mutations import MUTATIONS
from tests.simulation.play import Outcome, play, play_with_each
from tests.simulation.runner import project
from tests.simulation.scenarios import SCENARIOS, calls_in, sites_in

pytestmark = pytest.mark.exhaustive

TWICE = Fault(Kind.DUPLICATED, 1)
STANDS_STILL = Fault(Kind.STALLED_BEFORE, 10)
BUGS = {bug.name: bug for bug in MUTATIONS}


def struck(history: History, faults: Mapping[Site, Fault]) -> History:
    """Return a history in which these things go wrong as well."""
    return replace(history, faults={**(history.faults or {}), **faults})


def races(name: str) -> dict[Site, Outcome]:
    """Play a scenario once for each call that its consumers make, with one run halted there."""
    alone = SCENARIOS[name]
    rules = [site for site in sites_in(alone) if site.place.startswith("rule ")]
    twice = struck(alone, dict.fromkeys(rules, TWICE))
    raced = {
        site: (STANDS_STILL,)
        for site in calls_in(twice)
        if not site.place.startswith("api ") and site not in (twice.faults or {})
    }
    found = play_with_each(raced, twice, project())
    assert len(found) == len(raced)
    return {site: outcome for (site, _), outcome in found.items()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_race_breaks_a_promise_or_changes_how_many_mails_there_are(name):
    mails = play(SCENARIOS[name], project()).figures["mails"]
    ends = {
        f"{site.place} #{site.number}": (outcome.broken, outcome.figures["mails"])
        for site, outcome in races(name).items()
    }
    assert ends, "no call was raced"
    assert ends == dict.fromkeys(ends, ((), mails))


@pytest.mark.parametrize(
    "bug",
    [
        "a mail is sent without a claim, and marked after",
        "the claim is a lease that has run out when it begins",
    ],
)
def test_without_the_claim_one_of_them_mails_twice(bug):
    with BUGS[bug].patch():
        assert any(outcome.broken for outcome in races("a cart is left alone").values())
