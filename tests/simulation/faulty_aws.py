"""AWS as a function sees it in bad weather: calls get lost, are refused, take long or kill it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from infra.local.engine.sdk import Answer, Call, Sdk, answer, failure
from tests.simulation.chaos import Chaos, Killed
from tests.simulation.faults import ON_CALLS, Fault, Kind
from tests.simulation.observed import DONE, Run, Tried

READ_TIMEOUT: Final = 3.0
"""Seconds that the SDK waits for an answer: chalicelib/adapters/sdk.py."""

_THROTTLED: Final = {
    "dynamodb": "ThrottlingException",
    "events": "ThrottlingException",
    "scheduler": "ThrottlingException",
    "sesv2": "TooManyRequestsException",
    "sqs": "RequestThrottled",
    "ssm": "ThrottlingException",
}


class FaultyAws:
    """Carries the calls of functions to AWS, and its answers back."""

    def __init__(self, chaos: Chaos, sdk: Sdk) -> None:
        self._chaos = chaos
        self._sdk = sdk
        self._refusals = 0
        sdk.intercept_app(self.carry)

    def carry(self, call: Call) -> Answer | None:
        """Carry a call to AWS and its answer back, as well as the weather permits."""
        run = self._chaos.current
        if run is None:
            return None
        place = f"{run.function} {call.operation}"
        fault = self._chaos.weather.at(place, _kinds_for(call))
        if call.service in self._chaos.out_of_order:
            fault = Fault(Kind.THROTTLED, call.attempts)
        if fault is None:
            return self._perform(call, run)
        self._chaos.note(place, fault)
        try:
            return self._with(fault, call, run)
        finally:
            run.trail.append(Tried(str(fault), call, self._chaos.moment()))

    def _perform(self, call: Call, run: Run) -> Answer:
        if self._refusals and call.operation == "PutEvents":
            self._refusals -= 1
            return answer(_refused(call.parameters))
        response = self._sdk.perform(call)
        run.trail.append(Tried(DONE, call, self._chaos.moment()))
        return response

    def _with(self, fault: Fault, call: Call, run: Run) -> Answer:
        match fault.kind:
            case Kind.KILLED_BEFORE:
                raise Killed("Runtime exited")
            case Kind.KILLED_AFTER:
                self._perform(call, run)
                raise Killed("Runtime exited")
            case Kind.STALLED_BEFORE:
                self._chaos.sleep(fault.amount)
                return self._perform(call, run)
            case Kind.STALLED_AFTER:
                response = self._perform(call, run)
                self._chaos.sleep(fault.amount)
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
                self._chaos.sleep(READ_TIMEOUT)
        if fault.amount < call.attempts:
            return self._perform(call, run)
        if fault.kind is Kind.THROTTLED:
            return failure(_THROTTLED[call.service], "Slow down.")
        error = EndpointConnectionError if fault.kind is Kind.UNREACHABLE else ReadTimeoutError
        raise error(endpoint_url=call.service)


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
