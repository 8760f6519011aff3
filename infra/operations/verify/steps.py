"""The steps that several checks take."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from infra.operations.verify.stage import Answer
from infra.operations.verify.trail import trail_of
from infra.operations.verify.visit import Differs, NotLookedAt, Visit

READER: Final = "reader"
"""Gets a reminder."""
BOUNCER: Final = "bouncer"
"""Has an address that bounces."""
UNLUCKY: Final = "unlucky"
"""Has an address that is not verified, and so gets no reminder; adds what fails."""

SECONDS_TO_HAPPEN: Final = 60
SECONDS_TO_FAIL: Final = 300
"""Longer than Lambda takes for an attempt, its two retries after one and two minutes, and more."""


def expect(request: str, answer: Answer, status: int) -> None:
    """Require a status of an answer.

    Raises:
        Differs: it has another.
    """
    if answer.status != status:
        raise Differs(f"{request} was answered {answer.status}, not {status}.")


def ended(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the status of a request if it is no longer pending."""
    return None if status["status"] == "pending" else status


def until_succeeded(visit: Visit, role: str, request: str, *, but_for: str = "") -> None:
    """Wait until a request has succeeded; ``but_for`` is a status that may come before.

    Raises:
        Differs: it ended otherwise, or did not end in time.
    """
    customer = visit.customer(role)

    def look() -> Mapping[str, Any] | None:
        status = ended(visit.status_of(customer, request))
        return None if status is None or status["status"] == but_for else status

    status = visit.eventually(look, SECONDS_TO_FAIL)
    if status is None:
        raise Differs(
            f"A request is pending after {SECONDS_TO_FAIL} seconds. {trail_of(visit, request)}"
        )
    if status["status"] != "succeeded":
        code = status.get("error", {}).get("code", "")
        raise Differs(
            f"A request has {status['status']} {code}, not succeeded. {trail_of(visit, request)}"
        )


def wait_until(visit: Visit, time: datetime) -> None:
    """Wait until a time.

    Raises:
        NotLookedAt: that is longer than the visit may wait.
    """
    seconds = (time - visit.deployed.now()).total_seconds()
    if seconds > visit.deployed.max_wait.total_seconds():
        raise NotLookedAt(f"It would take {seconds / 3600:.0f} hours.")
    if seconds > 0:
        visit.deployed.wait(seconds)


def milliseconds(span: timedelta) -> str:
    """Return a span of time in words."""
    return f"{span / timedelta(milliseconds=1):.0f} ms"
