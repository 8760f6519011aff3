"""Random days of customers, in shops with random rules, keep what is promised of reminders."""

import pytest

from chalicelib.extensions.next_reminder.tests.lives import Lives


@pytest.mark.parametrize("seed", range(24))
def test_a_history_keeps_every_promise(seed):
    assert Lives(seed).play() == []
