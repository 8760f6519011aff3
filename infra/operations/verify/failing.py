"""What fails, and how it is brought back."""

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from chalicelib.domain import events, ids
from chalicelib.domain.durations import duration
from chalicelib.domain.events import Customer, ItemAddedToCart
from infra.operations.verify.steps import (
    READER,
    SECONDS_TO_FAIL,
    SECONDS_TO_HAPPEN,
    UNLUCKY,
    ended,
    until_succeeded,
    wait_until,
)
from infra.operations.verify.trail import trail_of
from infra.operations.verify.visit import Differs, NotLookedAt, Visit
from infra.repair.retry import RetryError
from infra.repair.retry import retry as put_again

_LASTING: Final = ("LINE#", "REMINDER#")
"""What a replay must not change; a failure that is recorded again has another time."""


def rejection(visit: Visit) -> str:
    """What a consumer rejects is failed for its customer."""
    customer, sku = visit.customer(UNLUCKY), visit.product().sku
    event_id = ids.event_id(visit.deployed.now(), secrets.randbits(ids.TAIL_BITS))
    added = ItemAddedToCart(customer.id, Customer(customer.id), sku, 1)
    detail = json.loads(events.encode(events.first(event_id, added)))
    detail["metadata"]["version"] = "999.0"
    entry = {
        "EventBusName": visit.deployed.names.bus,
        "Source": added.source,
        "DetailType": added.detail_type,
        "Detail": json.dumps(detail),
    }
    answer = visit.deployed.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise Differs(f"The bus did not take an event: {answer['Entries'][0]['ErrorCode']}.")
    status = visit.eventually(lambda: ended(visit.status_of(customer, event_id)), SECONDS_TO_HAPPEN)
    if status is None:
        raise Differs(
            "An event that persist_cart rejects was not recorded as failed: does the rule "
            f"record-rejection match, and record_failure run? {trail_of(visit, event_id)}"
        )
    if (status["status"], status.get("error", {}).get("code")) != ("failed", "unsupported_version"):
        raise Differs(f"An event of an unknown version came to {status['status']}.")
    return "failed with unsupported_version"


def failure(visit: Visit) -> str:
    """A job that fails at every attempt is recorded."""
    request, customer = visit.request("failing add"), visit.customer(UNLUCKY)
    status = visit.eventually(lambda: ended(visit.status_of(customer, request)), SECONDS_TO_FAIL)
    if status is None:
        raise Differs(
            f"An add that fails every time was not recorded as failed within {SECONDS_TO_FAIL} "
            "seconds: has persist_cart an OnFailure destination, and does record_failure run? "
            f"{trail_of(visit, request)}"
        )
    if status["status"] != "failed":
        raise Differs(f"An add that fails every time came to {status['status']}.")
    return "failed after Lambda's retries, and the customer can see it"


def retry(visit: Visit) -> str:
    """A failed job is done when it is retried."""
    request, customer = visit.request("failing add"), visit.customer(UNLUCKY)
    fails_for = visit.product(failing=True).fails_for
    if ended(visit.status_of(customer, request)) is None:
        raise NotLookedAt("The failed job was not recorded.")
    wait_until(visit, ids.time_of(request) + duration(str(fails_for)) + timedelta(seconds=5))
    clients = visit.deployed.client("dynamodb"), visit.deployed.client("events")
    try:
        put_again(*clients, visit.deployed.names, request)
    except RetryError as error:
        raise Differs(f"The failed job cannot be retried: {error}") from error
    until_succeeded(visit, UNLUCKY, request, but_for="failed")
    return "succeeded when it was retried"


def replay(visit: Visit) -> str:
    """A replay of the archive changes nothing."""
    request = visit.request("add")
    before = list(_lasting(visit))
    visit.deployed.replay(visit.began, visit.deployed.now())

    def replayed() -> int:
        return sum("replay-name" in event for event in visit.deployed.events())

    if not visit.eventually(replayed, SECONDS_TO_HAPPEN):
        raise NotLookedAt("The archive had no event of this visit yet, which takes some minutes.")
    visit.deployed.wait(SECONDS_TO_HAPPEN)
    if list(_lasting(visit)) != before:
        raise Differs("A replay of the archive changed a cart, or mailed somebody again.")
    until_succeeded(visit, READER, request)
    return f"{replayed()} events came again, and nothing changed"


def _lasting(visit: Visit) -> Iterator[tuple[str, object]]:
    for customer in visit.customers.values():
        for key, item in sorted(visit.items_of(customer).items()):
            if key.startswith(_LASTING):
                yield key, item
