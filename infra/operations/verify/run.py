"""Running the checks of a visit, and removing what it made."""

import http.client
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamodb import items, suppressions
from infra.operations.problems import sentence_for
from infra.operations.verify.checks import CHECKS, claim_of, name_of
from infra.operations.verify.stage import Customer
from infra.operations.verify.visit import Differs, NotLookedAt, Visit
from infra.repair.forget import forget


class Outcome(StrEnum):
    """What a check came to."""

    HELD = "held"
    DIFFERS = "does not hold"
    NOT_LOOKED_AT = "not looked at"


class Result(NamedTuple):
    """What came of a check; ``seen`` is a sentence or less."""

    name: str
    claim: str
    outcome: Outcome
    seen: str


def run(
    visit: Visit, leave_out: Collection[str] = (), say: Callable[[Result], object] = lambda _: None
) -> list[Result]:
    """Run every check but those to leave out, remove what they made, and return what came of it.

    ``say`` gets each result at once.
    """
    results = []
    try:
        for result in _results(visit, leave_out):
            say(result)
            results.append(result)
    finally:
        removal = _look("removal", "What the visit made is removed", lambda: _remove(visit))
        say(removal)
    return [*results, removal]


def _results(visit: Visit, leave_out: Collection[str]) -> Iterator[Result]:
    for check in CHECKS:
        name, claim = name_of(check), claim_of(check)
        if name in leave_out:
            yield Result(name, claim, Outcome.NOT_LOOKED_AT, "Left out.")
        else:
            yield _look(name, claim, partial(check, visit))


def _look(name: str, claim: str, look: Callable[[], str]) -> Result:
    try:
        return Result(name, claim, Outcome.HELD, look())
    except NotLookedAt as reason:
        return Result(name, claim, Outcome.NOT_LOOKED_AT, str(reason))
    except Differs as difference:
        return Result(name, claim, Outcome.DIFFERS, str(difference))
    except ClientError as error:
        return Result(name, claim, Outcome.DIFFERS, sentence_for(error))
    except (BotoCoreError, OSError, http.client.HTTPException) as error:
        return Result(name, claim, Outcome.DIFFERS, f"There was no answer: {error}")


def _remove(visit: Visit) -> str:
    """Remove accounts, carts, schedules and suppressed addresses, and see that they are gone."""
    for customer in visit.customers.values():
        _forget(visit, customer)
        visit.deployed.delete_account(customer)
    left = [
        role
        for role, customer in visit.customers.items()
        if visit.items_of(customer) or visit.schedules_of(customer)
    ]
    if left:
        raise Differs(f"Something is left of {', '.join(left)}: run `python -m infra forget`.")
    return f"{len(visit.customers)} customers with all that was kept of them"


def _forget(visit: Visit, customer: Customer) -> None:
    clients = visit.deployed.client("dynamodb"), visit.deployed.client("scheduler")
    names = visit.deployed.names
    forget(*clients, names, customer.id, customer.address)
    clients[0].delete_item(
        TableName=names.table, Key=items.typed(suppressions.key(customer.address))
    )
