"""Where what goes wrong is done to the system: to its runs and its deliveries.

The functions run as they are. One may stand still in the middle of a run while the world goes on,
so that two runs interleave; and it may be killed there, by an exception that no handler catches.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.engine import arns
from infra.local.engine.delivery import DeliveryError
from tests.simulation.evidence import Evidence
from tests.simulation.faults import ON_DELIVERIES, Fault, Kind, Weather
from tests.simulation.observed import Moment, Run


class Killed(BaseException):
    """The function is dead: nothing it would still do is done."""


class ExitError(Exception):
    """How Lambda reports a function that died."""


class BrokenError(Exception):
    """A function that is out of order fails as soon as it is run."""


class Chaos:
    """Does to a local cloud what the weather says."""

    def __init__(self, weather: Weather, evidence: Evidence) -> None:
        self.weather = weather
        self._evidence = evidence
        self._runs: list[Run] = []
        self._moments = count()
        self._cloud: LocalCloud
        self.out_of_order: set[str] = set()

    def attach(self, cloud: LocalCloud) -> None:
        """Take hold of this cloud, whose network this is already."""
        self._cloud = cloud
        cloud.engine.targets.guard(self.guard)

    def stop(self) -> None:
        """Let everything work from now on."""
        self.weather.calm = True
        self.out_of_order.clear()

    @property
    def current(self) -> Run | None:
        """The run that is under way; the innermost, if others stand still meanwhile."""
        return self._runs[-1] if self._runs else None

    @property
    def now(self) -> datetime:
        """The time (UTC)."""
        return self._cloud.clock.now()

    def moment(self) -> Moment:
        """Return this moment, which is after every one that was returned before."""
        return Moment(self.now, next(self._moments))

    def decided_at(self) -> Moment:
        """Return when the run under way read the cart that it is about; now, if it read none."""
        return (self.current and self.current.last_read_at) or self.moment()

    # Functions ----------------------------------------------------------------------------------

    def watched(
        self, name: str, handler: Callable[[Any, Any], Any], timeout: int
    ) -> Callable[[Any, Any], Any]:
        """Return a handler that can be out of order, killed or stopped at its timeout."""

        def run(event: Any, context: Any) -> Any:
            if name in self.out_of_order:
                raise BrokenError
            deadline = self.now + timedelta(seconds=timeout)
            run = Run(name, event, deadline)
            self._runs.append(run)
            self._evidence.began(run)
            try:
                run.result = handler(event, context)
                run.succeeded = True
            except Killed as killed:
                raise ExitError(str(killed)) from None
            except Exception as error:
                run.error = error
                raise
            finally:
                self._runs.pop()
                run.ended_at = self.moment()
                self._evidence.ended(run)
            return run.result

        return run

    def sleep(self, seconds: float) -> None:
        """Let the world go on for a while in the middle of a run; past its timeout it is killed."""
        run, agenda = self._runs[-1], self._cloud.engine.agenda
        left = run.deadline - self.now
        agenda.advance(max(min(timedelta(seconds=seconds), left), timedelta()))
        if self.now >= run.deadline:
            raise Killed("Task timed out")

    # Deliveries ---------------------------------------------------------------------------------

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        """Return after how many seconds each copy of a delivery arrives."""
        self._evidence.delivered(hop, payload)
        kind, _, name = hop.partition(":")
        place = kind if kind == "schedule" else f"{kind} {name}"
        fault = self.weather.at(place, ON_DELIVERIES)
        if fault is not None:
            self.note(place, fault)
        match fault:
            case Fault(Kind.LATE, seconds):
                return (seconds,)
            case Fault(Kind.DUPLICATED | Kind.DUPLICATED_LATE, seconds):
                return (0.0, seconds)
        return (0.0,)

    def guard(self, arn: str) -> None:
        """Refuse a delivery to a target that is out of order."""
        if f"target:{arns.parse(arn).name}" in self.out_of_order:
            raise DeliveryError("THROTTLING", "Rate exceeded.")

    def note(self, place: str, fault: Fault) -> None:
        """Tell of a fault in the timeline."""
        self._evidence.timeline.note(self.now, "fault", f"{place} is {fault}")
