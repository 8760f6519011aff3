"""The clocks of the functions, which the histories of two climates in three have."""

from datetime import timedelta
from itertools import pairwise

from chalicelib.domain.ids import MAX_CLOCK_SKEW
from tests.simulation.clocks import MAX_OFF, Clocks
from tests.simulation.observed import START

DAYS = [START + timedelta(hours=hours) for hours in range(24 * 9)]


def test_no_two_clocks_differ_by_more_than_is_assumed():
    clocks = Clocks("seed", MAX_OFF)
    errors = {name: [clocks.error_of(name, at) for at in DAYS] for name in ("api", "persist_cart")}
    assert all(-MAX_OFF <= error <= MAX_OFF for of_one in errors.values() for error in of_one)
    apart = [abs(one - other) for one, other in zip(*errors.values(), strict=True)]
    assert MAX_CLOCK_SKEW / 5 < max(apart) <= MAX_CLOCK_SKEW


def test_a_clock_steps_forward_and_back():
    errors = [Clocks("seed", MAX_OFF).error_of("api", at) for at in DAYS]
    steps = {later - earlier for earlier, later in pairwise(errors)}
    assert min(steps) < timedelta() < max(steps)


def test_clocks_that_are_off_by_nothing_are_right():
    assert {Clocks("seed", timedelta()).error_of("api", at) for at in DAYS} == {timedelta()}
