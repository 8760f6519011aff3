"""Random histories of customers and mishaps, each against the promises that the system makes."""

from itertools import count

import pytest

from tests.simulation import report
from tests.simulation.history import history_of
from tests.simulation.mutations import MUTATIONS
from tests.simulation.play import play
from tests.simulation.runner import play_seed, project, simplest

SEEDS = 5  # `make simulate` plays 200, these among them

DOUBLE_ADD = next(each for each in MUTATIONS if each.name.startswith("each delivery of an add"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_history_breaks_a_promise(seed):
    outcome = play_seed(seed)
    if outcome.broken:
        pytest.fail(report.timeline(simplest(outcome)), pytrace=False)


def test_a_seed_is_the_same_history_each_time():
    assert play_seed(3).timeline == play_seed(3).timeline


def test_the_faults_that_struck_strike_again_when_they_are_given():
    drawn = play_seed(3)
    assert drawn.history.faults
    assert play(drawn.history, project()).timeline == drawn.timeline


def test_a_broken_promise_is_told_by_a_short_history_and_how_to_see_it_again():
    with DOUBLE_ADD.patch():
        outcome = next(each for each in map(play_seed, count()) if each.broken)
        told = simplest(outcome)
    assert len(told.history.steps) < len(history_of(outcome.history.seed).steps)
    assert told.broken[0] in report.timeline(told)
    assert f"make simulate SEED={outcome.history.seed}" in report.timeline(told)
