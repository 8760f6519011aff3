"""What is looked at in the account, and not as a customer: metrics, queues, resources."""

from typing import Final

from infra.operations.verify.trail import dead_letters
from infra.operations.verify.visit import Differs, Visit

SECONDS_TO_COUNT: Final = 180
"""How long CloudWatch may take to make a metric of a log line."""


def metrics(visit: Visit) -> str:
    """Log lines are metrics in CloudWatch."""
    visit.request("add")

    def accepted() -> float:
        return visit.deployed.total_of("Accepted", visit.began)

    if not visit.eventually(accepted, SECONDS_TO_COUNT):
        raise Differs(
            f"No metric Accepted in the namespace {visit.deployed.names.base}: do the functions' "
            "log lines reach CloudWatch as they are printed?"
        )
    return f"Accepted was counted {accepted():.0f} times"


def dead_letter_queues(visit: Visit) -> str:
    """Nothing became a dead letter."""
    if found := " ".join(dead_letters(visit)):
        raise Differs(found)
    return "as many messages as before"


def resources(visit: Visit) -> str:
    """Every resource is as the templates say."""
    if found := visit.deployed.differences():
        raise Differs("; ".join(found) + ".")
    return "nothing is missing, and nothing was changed by hand"
