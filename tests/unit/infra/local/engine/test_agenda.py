import threading
from datetime import datetime
from functools import partial

import pytest

from infra.local.engine.agenda import Agenda, Worker
from infra.local.engine.clock import Clock
from tests.support.times import MINUTE, NOON


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def agenda(clock: Clock) -> Agenda:
    return Agenda(clock)


def test_steps_run_in_the_order_of_their_time(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.plan("later", lambda: done.append("later"), 2 * MINUTE)
    agenda.plan("sooner", lambda: done.append("sooner"), MINUTE)
    agenda.advance(3 * MINUTE)
    assert done == ["sooner", "later"]


def test_of_steps_due_together_the_first_planned_is_the_first(agenda: Agenda) -> None:
    done: list[int] = []
    for number in range(5):
        agenda.plan("step", partial(done.append, number), MINUTE)
    agenda.advance(MINUTE)
    assert done == [0, 1, 2, 3, 4]


def test_each_step_runs_at_its_own_time(agenda: Agenda, clock: Clock) -> None:
    seen = list[datetime]()
    for minutes in (5, 1):
        agenda.plan("look", lambda: seen.append(clock.now()), minutes * MINUTE)
    agenda.advance(10 * MINUTE)
    assert seen == [NOON + MINUTE, NOON + 5 * MINUTE]


def test_advancing_ends_exactly_at_the_target(agenda: Agenda, clock: Clock) -> None:
    agenda.plan("step", lambda: None, MINUTE)
    agenda.advance(90 * MINUTE)
    assert clock.now() == NOON + 90 * MINUTE


def test_work_that_comes_up_on_the_way_is_done_too(agenda: Agenda, clock: Clock) -> None:
    seen = list[datetime]()

    def first() -> None:
        agenda.plan("second", lambda: seen.append(clock.now()), MINUTE)

    agenda.plan("first", first, MINUTE)
    agenda.advance(2 * MINUTE)
    assert seen == [NOON + 2 * MINUTE]


def test_what_is_due_after_the_target_waits(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.plan("step", lambda: done.append("step"), 2 * MINUTE)
    agenda.advance(MINUTE)
    assert done == []
    assert agenda.next_due() == NOON + 2 * MINUTE


def test_settling_does_not_move_the_clock(agenda: Agenda, clock: Clock) -> None:
    done: list[str] = []
    agenda.plan("now", lambda: done.append("now"))
    agenda.plan("later", lambda: done.append("later"), MINUTE)
    agenda.run_due()
    assert done == ["now"]
    assert clock.now() == NOON


def test_a_cancelled_step_does_not_run(agenda: Agenda) -> None:
    done: list[str] = []
    step = agenda.plan("step", lambda: done.append("step"))
    agenda.cancel(step)
    agenda.run_due()
    assert done == []


def test_a_circle_is_an_error_that_names_a_step(agenda: Agenda) -> None:
    def again() -> None:
        agenda.plan("invoke echo", again)

    again()
    with pytest.raises(RuntimeError, match="invoke echo"):
        agenda.run_due()


def test_a_worker_does_steps_as_the_clock_reaches_them() -> None:
    done = threading.Event()
    clock = Clock(NOON, running=True)
    agenda = Agenda(clock)
    worker = Worker(agenda, clock, on_error=lambda _: None)
    worker.start()
    agenda.plan("step", done.set)
    assert done.wait(5)
    worker.stop()


def test_a_worker_goes_on_after_an_error() -> None:
    errors: list[Exception] = []
    done = threading.Event()

    def fail() -> None:
        raise LookupError("no")

    clock = Clock(NOON, running=True)
    agenda = Agenda(clock)
    agenda.plan("fail", fail)
    agenda.plan("go on", done.set)
    worker = Worker(agenda, clock, errors.append)
    worker.start()
    assert done.wait(5)
    worker.stop()
    assert [str(error) for error in errors] == ["no"]


def test_a_worker_stops_after_the_step_under_way_however_much_is_due() -> None:
    begun, release = threading.Event(), threading.Event()
    done: list[str] = []

    def first() -> None:
        begun.set()
        assert release.wait(5)
        done.append("first")

    agenda = Agenda(Clock(NOON, running=True))
    agenda.plan("first", first)
    for number in range(1_000):
        agenda.plan("more", partial(done.append, str(number)))
    worker = Worker(agenda, Clock(NOON, running=True), on_error=lambda _: None)
    worker.start()
    assert begun.wait(5)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    while not agenda.lock._waiting:  # noqa: SLF001 - until it waits for the step
        threading.Event().wait(0.001)
    release.set()
    stopper.join(5)
    assert (worker.is_alive(), done) == (False, ["first"])


def test_whoever_waits_for_a_step_goes_before_the_steps_that_are_due_too() -> None:
    begun, release = threading.Event(), threading.Event()
    order: list[str] = []
    clock = Clock(NOON, running=True)
    agenda = Agenda(clock)

    def first() -> None:
        begun.set()
        assert release.wait(5)

    def request() -> None:
        with agenda.lock:
            order.append("request")

    agenda.plan("first", first)
    for number in range(100):
        agenda.plan("more", partial(order.append, str(number)))
    worker = Worker(agenda, clock, on_error=lambda _: None)
    worker.start()
    assert begun.wait(5)
    asking = threading.Thread(target=request)
    asking.start()
    while not agenda.lock._waiting:  # noqa: SLF001 - until it stands in line
        threading.Event().wait(0.001)
    release.set()
    asking.join(5)
    worker.stop()
    assert order[0] == "request"


def test_a_closed_agenda_moves_on_without_doing_anything(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.plan("step", lambda: done.append("step"))
    agenda.close()
    agenda.advance(MINUTE)
    assert done == []
