"""Random days of guests keep what is promised of their addresses and reminders."""

import pytest

from chalicelib.extensions.guest_reminders.tests.histories import History


@pytest.mark.parametrize("seed", range(24))
def test_a_history_keeps_every_promise(seed):
    assert History(seed).play() == []
