"""How a rule or a schedule tries a target again."""

from datetime import timedelta

from infra.local.engine.delivery import LONGEST_PAUSE, RetryPolicy, pause_after


def test_the_pause_doubles_from_attempt_to_attempt():
    assert [pause_after(attempts) for attempts in (1, 2, 3)] == [
        timedelta(seconds=seconds) for seconds in (2, 4, 8)
    ]


def test_the_pause_has_a_limit_however_many_attempts_there_were():
    assert pause_after(RetryPolicy().retries) == LONGEST_PAUSE
