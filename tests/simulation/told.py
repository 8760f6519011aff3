"""What the bus alone must tell at the end of a history: what became of each reminder."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.simulation.world import World


def untold(world: World) -> Iterator[str]:
    """Tell which outcomes of reminders the events do not tell, or tell otherwise than they were."""
    facts = [event for event in _events(world) if event["source"] == "cart.reminders"]
    yield from _wake_ups(facts)
    yield from _mails(world, facts)


def _wake_ups(facts: list[dict[str, Any]]) -> Iterator[str]:
    outcomes = {fact["detail"]["metadata"]["causation_id"] for fact in facts}
    for fact in facts:
        wake_up = fact["detail"]["metadata"]["event_id"]
        if fact["detail-type"] == "CartReminderDue" and wake_up not in outcomes:
            yield f"nothing tells what became of the wake-up {wake_up}"


def _mails(world: World, facts: list[dict[str, Any]]) -> Iterator[str]:
    told = defaultdict[tuple[str, int, int], set[str]](set)
    for fact in facts:
        if fact["detail-type"] == "ReminderSent":
            data = fact["detail"]["data"]
            key = data["cart_id"], data["window"], data["step"]
            told[key].add(fact["detail"]["metadata"]["event_id"])
    for key, ids in told.items():
        if len(ids) > 1:
            yield f"{key} is told by {len(ids)} different events"
    evidence = world.evidence
    for customer in evidence.customers:
        cart_id = evidence.ledger.cart_ids[customer]
        mails = [mail for mail in evidence.received if mail.customer == customer]
        windows = {mail.window for mail in mails}
        tells = sum(cart == cart_id for cart, *_ in told)
        unmarked = sum(count for (name, _), count in evidence.excused.items() if name == customer)
        if not len(windows) - unmarked <= tells <= len(mails):
            yield f"{customer} got mails for {len(windows)} windows, and {tells} are told"


def _events(world: World) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = world.cloud.state()["events"]
    return events
