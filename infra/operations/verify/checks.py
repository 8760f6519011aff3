"""What a visit looks at, in the order in which it happens: later checks need earlier ones.

The first line of a check's docstring is the claim that it looks at. It returns what it saw, and
raises :class:`Differs` if the claim does not hold, or :class:`NotLookedAt` if it cannot tell.
"""

from collections.abc import Callable
from typing import Final

from infra.operations.verify import account, failing, reminding, shopping
from infra.operations.verify.visit import Visit

CHECKS: Final[tuple[Callable[[Visit], str], ...]] = (
    shopping.shop,
    shopping.strangers,
    shopping.guests,
    shopping.sign_in,
    shopping.add,
    shopping.results,
    reminding.schedule,
    failing.rejection,
    shopping.figures,
    reminding.reminder,
    reminding.bounce,
    failing.failure,
    failing.retry,
    failing.replay,
    account.metrics,
    account.dead_letter_queues,
    account.resources,
)


def name_of(check: Callable[[Visit], str]) -> str:
    """Return what a check is called on the command line, such as ``dead-letters``."""
    return check.__name__.replace("_", "-")


def claim_of(check: Callable[[Visit], str]) -> str:
    """Return what a check looks at, as a clause without a full stop."""
    return (check.__doc__ or "").partition("\n")[0].removesuffix(".")
