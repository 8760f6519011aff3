"""What the local cloud has to do and when: every delivery, retry, poll and wake-up is a step."""

import heapq
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple, cast

from infra.local.engine.clock import Clock
from infra.local.engine.fair_lock import FairLock

NO_DELAY: Final = timedelta()

MAX_STEPS_AT_ONE_INSTANT: Final = 10_000
"""More than this without the clock moving is a loop in the topology, such as a function whose
destination leads back to it."""


class Step(NamedTuple):
    """Something to do at ``due``; of steps due at one instant the first planned is the first."""

    due: datetime
    number: int
    what: str
    action: Callable[[], None]


class Agenda:
    """A queue of steps in the order of their time.

    ``lock`` is held while a step runs; every other caller of the app holds it too, so that
    handlers run one at a time. It is given back after each step, so a request waits for one step
    and not for all that are due.
    """

    def __init__(self, clock: Clock) -> None:
        self.lock = FairLock()
        # typeshed knows no other locks than its own.
        self.changed = threading.Condition(cast("threading.RLock", self.lock))
        self._closed = False
        self._clock = clock
        self._steps: list[Step] = []
        self._numbers = count()
        self._instant = (clock.now(), 0)

    def plan(self, what: str, action: Callable[[], None], delay: timedelta = NO_DELAY) -> Step:
        """Plan ``action`` for ``delay`` from now; ``what`` names it in errors."""
        return self.plan_at(self._clock.now() + delay, what, action)

    def plan_at(self, due: datetime, what: str, action: Callable[[], None]) -> Step:
        """Plan ``action`` for ``due`` (UTC), or for now if that has passed."""
        with self.changed:
            step = Step(due, next(self._numbers), what, action)
            heapq.heappush(self._steps, step)
            self.changed.notify_all()
        return step

    def cancel(self, step: Step) -> None:
        """Remove a step; it is not an error if it has run."""
        with self.lock:
            self._steps = [planned for planned in self._steps if planned is not step]
            heapq.heapify(self._steps)

    def next_due(self) -> datetime | None:
        """Return when there is something to do next (UTC)."""
        with self.lock:
            return self._steps[0].due if self._steps else None

    def run_due(self) -> None:
        """Run every step that is due now, including those that these steps plan for now."""
        while self.run_next(self._clock.now()):
            pass

    def close(self) -> None:
        """Stop: no further step is run."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()

    def advance(self, delta: timedelta) -> None:
        """Move the clock forward by ``delta``, doing everything on the way at its own time.

        Returns when all that became due is done; the clock then shows the target.
        """
        target = self._clock.now() + delta
        while self.run_next(target):
            pass
        self._clock.advance_to(target)

    def run_next(self, until: datetime) -> bool:
        """Run the next step due by ``until``, at its time; return whether there was one."""
        with self.lock:
            if self._closed or not self._steps or self._steps[0].due > until:
                return False
            step = heapq.heappop(self._steps)
            self._clock.advance_to(step.due)
            self._count(step)
            step.action()
            return True

    def wait(self) -> bool:
        """Wait for something to be due as a running clock goes on; False if it is closed."""
        with self.changed:
            while not self._closed:
                due = self.next_due()
                seconds = None if due is None else (due - self._clock.now()).total_seconds()
                if seconds is not None and seconds <= 0:
                    return True
                self.changed.wait(None if seconds is None else min(seconds, threading.TIMEOUT_MAX))
            return False

    def _count(self, step: Step) -> None:
        instant, steps = self._instant
        now = self._clock.now()
        self._instant = (now, steps + 1 if now == instant else 1)
        if steps > MAX_STEPS_AT_ONE_INSTANT:
            raise RuntimeError(
                f"More than {MAX_STEPS_AT_ONE_INSTANT} steps at {now:%Y-%m-%d %H:%M:%S} without "
                f"an end; the last is: {step.what}. Do a rule and a destination form a circle?"
            )


class Worker(threading.Thread):
    """Does the steps of an agenda as a running clock reaches them."""

    def __init__(self, agenda: Agenda, clock: Clock, on_error: Callable[[Exception], None]) -> None:
        super().__init__(name="agenda", daemon=True)
        self._agenda = agenda
        self._clock = clock
        self._on_error = on_error

    def run(self) -> None:
        """Work until :meth:`stop`; an error in a step is reported and ends nothing else."""
        while self._agenda.wait():
            try:
                self._agenda.run_next(self._clock.now())
            except Exception as error:  # noqa: BLE001  whatever it is, the next step is due too
                self._on_error(error)

    def stop(self) -> None:
        """Finish the step under way, then end."""
        self._agenda.close()
        self.join()
