"""Faults on demand: the next calls to a service, or the next runs of a function, fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.local.engine.sdk import Answer, Call, Parameters, answer, failure

PARTIAL_FAILURE: Final = "PartialFailure"
"""The error that answers PutEvents with success and every entry failed."""

DEFAULT_ERRORS: Final = {
    "ses": "ServiceUnavailable",
    "dynamodb": "InternalServerError",
    "events": "InternalException",
    "scheduler": "InternalServerException",
    "sqs": "InternalError",
}

MAX_FAILURES: Final = 1_000_000
"""How many calls or runs in a row one fault makes fail at most."""

FUNCTION_PREFIX: Final = "function:"

DUPLICATE: Final = "network:duplicate"
"""The next deliveries of events to rules' targets are made twice."""
REORDER: Final = "network:reorder"
"""The next deliveries of events to rules' targets are late, each by a random time."""
NETWORK_FAULTS: Final = (DUPLICATE, REORDER)
THIRD_PARTY: Final = "third-party"
"""The next requests to third parties are answered 503."""


class InjectedFaultError(Exception):
    """The error of a function that was told to fail."""


@dataclass
class _Fault:
    remaining: int
    error: str | None


class Faults:
    """The faults that are armed, each for one target."""

    def __init__(self) -> None:
        self._full_name: Callable[[str], str] = str
        self._armed: dict[str, _Fault] = {}

    def complete_names(self, full_name: Callable[[str], str]) -> None:
        """Use ``full_name`` to complete a function's name; it may raise LookupError."""
        self._full_name = full_name

    def arm(self, target: str, fail_next: int, error: str | None = None) -> None:
        """Make the next ``fail_next`` calls to ``target`` fail; 0 disarms it.

        ``target`` is ``ses``, ``dynamodb``, ``events``, ``scheduler``, ``sqs``,
        ``function:<name>``, ``network:duplicate``, ``network:reorder`` or
        ``third-party``;
        ``error`` is an AWS error code, for ``events`` also ``PartialFailure``, for a function the
        message of what it raises.

        Raises:
            LookupError: there is no such function.
            ValueError: there is no such target, or the number is out of range.
        """
        if not 0 <= fail_next <= MAX_FAILURES:
            raise ValueError(f"fail_next is 0 to {MAX_FAILURES:,}.")
        if target.startswith(FUNCTION_PREFIX):
            target = FUNCTION_PREFIX + self._full_name(target.removeprefix(FUNCTION_PREFIX))
        elif target not in DEFAULT_ERRORS and target not in (*NETWORK_FAULTS, THIRD_PARTY):
            known = ", ".join((*DEFAULT_ERRORS, *NETWORK_FAULTS, THIRD_PARTY))
            raise ValueError(f"A target is one of {known}, function:<name>.")
        self._armed[target] = _Fault(fail_next, error)

    def intercept(self, call: Call) -> Answer | None:
        """Return the failure of a call to a service, None if no fault is armed for it."""
        target = "ses" if call.service == "sesv2" else call.service
        fault = self._take(target)
        if fault is None:
            return None
        code = fault.error or DEFAULT_ERRORS[target]
        if code == PARTIAL_FAILURE and call.operation == "PutEvents":
            return answer(_every_entry_failed(call.parameters))
        return failure(code, "The local cloud was told to fail this call.")

    def strike(self, function: str) -> None:
        """Raise :class:`InjectedFaultError` if a fault is armed for this function."""
        fault = self._take(FUNCTION_PREFIX + function)
        if fault is not None:
            raise InjectedFaultError(fault.error or "The local cloud was told to fail this run.")

    def disturbs(self, target: str) -> bool:
        """Tell whether this delivery is one that ``target``, a network fault, concerns."""
        return self._take(target) is not None

    def state(self) -> dict[str, int]:
        """Return how many more times each armed target fails."""
        return {target: fault.remaining for target, fault in self._armed.items() if fault.remaining}

    def _take(self, target: str) -> _Fault | None:
        fault = self._armed.get(target)
        if fault is None or fault.remaining == 0:
            return None
        fault.remaining -= 1
        return fault


def _every_entry_failed(parameters: Parameters) -> dict[str, Any]:
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "The local cloud was told to fail."}
    entries = [dict(failed) for _ in parameters["Entries"]]
    return {"FailedEntryCount": len(entries), "Entries": entries}
