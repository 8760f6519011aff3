"""Where what goes wrong is done to the system: at its calls to AWS, its runs, its deliveries.

The functions run as they are. A call may be lost on its way, or only its answer; a function may
stand still in the middle of a run while the world goes on, so that two runs interleave; and it may
be killed there, which is an exception that no handler catches.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from infra.local import arns
from infra.local.cloud import LocalCloud
from infra.local.sdk import Answer, Call, answer, failure
from infra.local.targets import DeliveryError
from tests.simulation.evidence import DONE, Evidence, Run
from tests.simulation.faults import ON_CALLS, ON_DELIVERIES, Fault, Kind, Weather

READ_TIMEOUT: Final = 3.0
"""Seconds that the SDK waits for an answer: chalicelib/adapters/aws.py."""

_THROTTLED: Final = {
    "dynamodb": "ThrottlingException",
    "events": "ThrottlingException",
    "scheduler": "ThrottlingException",
    "sesv2": "TooManyRequestsException",
    "sqs": "RequestThrottled",
}


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
        self._refusals = 0
        self._cloud: LocalCloud | None = None
        self.out_of_order: set[str] = set()

    def attach(self, cloud: LocalCloud) -> None:
        """Stand between this cloud's functions and AWS from now on."""
        self._cloud = cloud
        cloud.parts.sdk.carry_app(self.carry)
        cloud.parts.targets.guard(self.guard)

    def stop(self) -> None:
        """Let everything work from now on."""
        self.weather.calm = True
        self._refusals = 0
        self.out_of_order.clear()

    # Functions ----------------------------------------------------------------------------------

    def watched(
        self, name: str, handler: Callable[[Any, Any], Any], timeout: int
    ) -> Callable[[Any, Any], Any]:
        """Return a handler that can be out of order, killed or stopped at its timeout."""

        def run(event: Any, context: Any) -> Any:
            if name in self.out_of_order:
                raise BrokenError
            deadline = self._now() + timedelta(seconds=timeout)
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
                self._evidence.ended(run)
            return run.result

        return run

    def sleep(self, seconds: float) -> None:
        """Let the world go on for a while in the middle of a run; past its timeout it is killed."""
        run, agenda = self._runs[-1], self._cloud_.parts.agenda
        left = run.deadline - self._now()
        agenda.advance(max(min(timedelta(seconds=seconds), left), timedelta()))
        if self._now() >= run.deadline:
            raise Killed("Task timed out")

    # Calls to AWS -------------------------------------------------------------------------------

    def carry(self, call: Call) -> Answer | None:
        """Carry a call to AWS and its answer back, as well as the weather permits."""
        if not self._runs:
            return None
        run = self._runs[-1]
        place = f"{run.function} {call.operation}"
        fault = self.weather.at(place, _kinds_for(call))
        if call.service in self.out_of_order:
            fault = Fault(Kind.THROTTLED, call.attempts)
        if fault is None:
            return self._perform(call, run)
        self._evidence.timeline.note(self._now(), "fault", f"{place} is {fault}")
        try:
            return self._with(fault, call, run)
        finally:
            run.trail.append((str(fault), call))

    def _perform(self, call: Call, run: Run) -> Answer:
        if self._refusals and call.operation == "PutEvents":
            self._refusals -= 1
            return answer(_refused(call.parameters))
        response = self._cloud_.parts.sdk.perform(call)
        run.trail.append((DONE, call))
        return response

    def _with(self, fault: Fault, call: Call, run: Run) -> Answer:
        match fault.kind:
            case Kind.KILLED_BEFORE:
                raise Killed("Runtime exited")
            case Kind.KILLED_AFTER:
                self._perform(call, run)
                raise Killed("Runtime exited")
            case Kind.STALLED_BEFORE:
                self.sleep(fault.amount)
                return self._perform(call, run)
            case Kind.STALLED_AFTER:
                response = self._perform(call, run)
                self.sleep(fault.amount)
                return response
            case Kind.ENTRIES_REFUSED:
                self._refusals = int(fault.amount)
                return self._perform(call, run)
        return self._tried(fault, call, run)

    def _tried(self, fault: Fault, call: Call, run: Run) -> Answer:
        """Try as often as the SDK would; the fault hits the first so many tries."""
        for _ in range(min(int(fault.amount), call.attempts)):
            if fault.kind is Kind.ANSWER_LOST:
                self._perform(call, run)
            if fault.kind in {Kind.ANSWER_LOST, Kind.REQUEST_LOST}:
                self.sleep(READ_TIMEOUT)
        if fault.amount < call.attempts:
            return self._perform(call, run)
        if fault.kind is Kind.THROTTLED:
            return failure(_THROTTLED[call.service], "Slow down.", 400)
        error = EndpointConnectionError if fault.kind is Kind.UNREACHABLE else ReadTimeoutError
        raise error(endpoint_url=call.service)

    # Deliveries ---------------------------------------------------------------------------------

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        """Return after how many seconds each copy of a delivery arrives."""
        self._evidence.delivered(hop, payload)
        kind, _, name = hop.partition(":")
        place = kind if kind == "schedule" else f"{kind} {name}"
        fault = self.weather.at(place, ON_DELIVERIES)
        if fault is not None:
            self._evidence.timeline.note(self._now(), "fault", f"{place} is {fault}")
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

    @property
    def _cloud_(self) -> LocalCloud:
        assert self._cloud is not None
        return self._cloud

    def _now(self) -> Any:
        return self._cloud_.clock.now()


def _kinds_for(call: Call) -> Sequence[Kind]:
    if call.operation == "PutEvents":
        return ON_CALLS
    return tuple(kind for kind in ON_CALLS if kind is not Kind.ENTRIES_REFUSED)


def _refused(parameters: Mapping[str, Any]) -> dict[str, Any]:
    entries = [
        {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded."}
        for _ in parameters["Entries"]
    ]
    return {"FailedEntryCount": len(entries), "Entries": entries}
