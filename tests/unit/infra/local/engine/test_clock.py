import time
from datetime import UTC, datetime, timedelta

from infra.local.engine.clock import Clock
from tests.support.times import NOON


def test_a_standing_clock_shows_the_same_time() -> None:
    clock = Clock(NOON)
    assert clock.now() == NOON
    assert clock.now() == NOON


def test_moving_forward_is_exact() -> None:
    clock = Clock(NOON)
    clock.advance_to(NOON + timedelta(days=1, milliseconds=1))
    assert clock.now() == NOON + timedelta(days=1, milliseconds=1)


def test_never_moves_back() -> None:
    clock = Clock(NOON)
    clock.advance_to(NOON - timedelta(hours=1))
    assert clock.now() == NOON


def test_a_running_clock_keeps_what_has_passed_when_it_is_moved() -> None:
    clock = Clock(NOON, running=True)
    for _ in range(2):
        clock.advance_to(clock.now() + timedelta(days=1))
    assert NOON + timedelta(days=2) <= clock.now() < NOON + timedelta(days=2, minutes=1)


def test_without_a_start_it_shows_the_machines_time() -> None:
    before = datetime.now(UTC)
    assert before <= Clock().now() <= datetime.now(UTC)


def test_the_machines_time_is_left_alone() -> None:
    before = time.time_ns()
    Clock(NOON).advance_to(NOON + timedelta(days=1))
    assert before <= time.time_ns() < before + timedelta(minutes=1).total_seconds() * 1e9
