"""That a history is the same whether it is played from its start or from where it branches."""

from dataclasses import replace

import pytest

from tests.simulation.faults import Fault, Kind
from tests.simulation.play import play, play_with_each
from tests.simulation.runner import project
from tests.simulation.scenarios import SCENARIOS, calls_in
from tests.support.branches import Branches


def test_a_branch_comes_to_what_its_fault_comes_to_from_the_start():
    history = SCENARIOS["a cart is checked out"]
    faults = Fault(Kind.KILLED_AFTER), Fault(Kind.STALLED_BEFORE, 10)
    sites = calls_in(history)[::2]
    branches = play_with_each(dict.fromkeys(sites, faults), history, project())
    assert len(branches) == 2 * len(sites) > 4
    for (site, fault), branch in branches.items():
        alone = play(replace(history, faults={site: fault}), project())
        assert branch == replace(alone, timeline=())


def test_what_happens_in_one_branch_is_unknown_in_the_others():
    branches: Branches[int, str, str] = Branches({2: "ab", 3: "c"})

    def history() -> str:
        return "".join(branches.at(place) or "-" for place in range(5))

    found = branches.play(history)
    assert found == {(2, "a"): "--a--", (2, "b"): "--b--", (3, "c"): "---c-"}


def test_an_error_in_a_branch_is_told():
    branches: Branches[int, str, int] = Branches({1: ["broken"]})
    with pytest.raises(AssertionError, match=r"(?s)1 broken: .*ZeroDivisionError"):
        branches.play(lambda: 1 // (branches.at(1) is None))
