import time
from datetime import UTC, datetime, timedelta

from infra.local.engine.clock import Clock
from tests.support.times import NOON


def test_a_standing_clock_shows_the_same_time_everywhere() -> None:
    with Clock(NOON) as clock:
        assert clock.now() == datetime.now(UTC) == NOON
        assert time.time() == NOON.timestamp()


def test_moving_forward_is_exact() -> None:
    with Clock(NOON) as clock:
        clock.advance(timedelta(days=1, milliseconds=1))
        assert clock.now() == NOON + timedelta(days=1, milliseconds=1)


def test_never_moves_back() -> None:
    with Clock(NOON) as clock:
        clock.advance_to(NOON - timedelta(hours=1))
        assert clock.now() == NOON


def test_a_running_clock_keeps_what_has_passed_when_it_is_moved() -> None:
    with Clock(NOON, running=True) as clock:
        clock.advance(timedelta(days=1))
        clock.advance(timedelta(days=1))
        assert NOON + timedelta(days=2) <= clock.now() < NOON + timedelta(days=2, minutes=1)


def test_the_real_time_is_back_afterwards() -> None:
    before = datetime.now(UTC)
    with Clock(NOON):
        pass
    assert datetime.now(UTC) >= before
