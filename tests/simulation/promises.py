"""What must hold when a history has been played: the promises that the system makes."""

from collections import Counter
from collections.abc import Iterator

from chalicelib.domain.ids import time_of
from chalicelib.domain.reminder_policy import DEFAULT_LATENESS
from tests.simulation.model import ADD, CHECK_OUT, MAX_MERGED, MERGE, REMOVE, Cart, Request
from tests.simulation.observed import Asked
from tests.simulation.told import untold
from tests.simulation.world import World

_EVENTS = {
    ADD: "ItemAddedToCart",
    REMOVE: "ItemRemovedFromCart",
    CHECK_OUT: "CartCheckedOut",
    MERGE: "GuestCartMerged",
}


def broken_before_repair(world: World, dead_letters: list[str]) -> Iterator[str]:
    """Tell which accepted requests are lost in silence, before any operator did anything.

    A request is done, or the customer can see that it failed and what it was, or it waits in a
    dead-letter queue for the operator.
    """
    for asked in _accepted(world):
        answer = world.status_of(asked.request.shopper, asked.request_id or "")
        status = answer.json.get("status")
        if status == "succeeded" or (status == "repeated" and _is_repetition(world, asked)):
            continue
        if status == "failed" and answer.json["job"] != _job_of(asked):
            yield f"{asked} failed, but its record tells of {answer.json['job']}"
        if status != "failed" and not _is_in(dead_letters, asked):
            yield f"{asked} was accepted and is lost: {answer.json}"
    for watcher in world.evidence.watchers.values():
        yield from watcher.broken_before_repair()


def broken_after_repair(world: World) -> Iterator[str]:
    """Tell which promises do not hold although the world works and operators did their part."""
    if world.evidence.seen["repairs"]:  # otherwise every request was done before
        yield from _requests(world)
    yield from _merges(world)
    yield from _carts(world)
    yield from _repeats(world)
    yield from untold(world)
    yield from _left_hanging(world)
    for watcher in world.evidence.watchers.values():
        yield from watcher.broken_after_repair()


def repeats(world: World) -> Counter[tuple[str, int]]:
    """Return how many mails more than one each customer got for a window."""
    mails = Counter((mail.customer, mail.account) for mail in world.evidence.received)
    return Counter({key: count - 1 for key, count in mails.items() if count > 1})


def _requests(world: World) -> Iterator[str]:
    for asked in _accepted(world):
        answer = world.status_of(asked.request.shopper, asked.request_id or "")
        ledger = world.evidence.ledger
        is_lost = ledger.refusal_of(asked.request) is not None or ledger.is_lost(asked.request)
        expected = "failed" if is_lost else "succeeded"
        status = answer.json.get("status")
        if status == "repeated" and _is_repetition(world, asked):
            continue
        if status != expected:
            yield f"{asked} was accepted and is not {expected}: {answer.json}"


def _merges(world: World) -> Iterator[str]:
    """Tell which guests are not exactly one customer's of those who merged them."""
    ledger = world.evidence.ledger
    owners: dict[str, set[str]] = {}
    for asked in ledger.asked:
        request = asked.request
        if request.action == MERGE and ledger.is_sent(asked):
            refusal = ledger.refusal_of(request)
            if refusal == "too_many_merges":
                yield from _not_that_many(world, request)
                continue
            granted = {request.shopper} if refusal is None else set()
            owners.setdefault(request.guest, set()).update(granted)
    for guest, customers in owners.items():
        if len(customers) != 1:
            yield f"{guest} was merged, and is a guest of {sorted(customers) or 'nobody'}"


def _not_that_many(world: World, request: Request) -> Iterator[str]:
    """Tell of a merge that was refused although there was room for another guest's cart."""
    others = world.evidence.ledger.merges_of(request.shopper) - {request.guest}
    if len(others) < MAX_MERGED:
        yield f"{request.guest} was one too many for {request.shopper} with {sorted(others)}"


def _carts(world: World) -> Iterator[str]:
    for shopper in world.evidence.ledger.cart_ids:
        owed, shown = world.evidence.ledger.cart_owed_to(shopper), world.cart_of(shopper)
        if shown != owed.quantities:
            yield f"{shopper} has {shown} in the end, not {owed.quantities}"
        elif shopper in world.evidence.customers and not _is_reminded(world, shopper):
            yield f"{shopper} left {shown} alone since {owed.last_add} and got no mail"


def _is_reminded(world: World, customer: str) -> bool:
    """Tell whether a customer was reminded who was to be, whatever was sold at the time."""
    evidence = world.evidence
    carts = (evidence.ledger.cart_owed_to(customer, each) for each in evidence.shop.withdrawals)
    return any(_is_reminded_of(world, customer, owed) for owed in carts)


def _is_reminded_of(world: World, customer: str, owed: Cart) -> bool:
    evidence = world.evidence
    if not owed.quantities or owed.last_add is None:
        return True
    due = owed.last_add + evidence.shop.shortest_delay(owed.last_add)
    if (
        # What a guest does has no wake-up of its own, so such a cart has not been left alone.
        evidence.ledger.guests_were_busy(customer, due)
        or evidence.shop.was_sold_out([sku for sku, _ in owed.quantities], due)
        or customer in evidence.unsubscribed | evidence.maybe_unsubscribed
        or _was_too_late(world, customer)
    ):
        return True
    mails = [mail for mail in evidence.received if mail.customer == customer]
    addresses = {each.email for each in evidence.contacts_of(customer, owed)}
    if not addresses.isdisjoint({*evidence.suppressed, *evidence.maybe_suppressed}):
        return any(mail.to[0] in addresses for mail in world.cloud.inbox)
    return any(mail.at >= due for mail in mails)


def _was_too_late(world: World, customer: str) -> bool:
    """Tell whether a wake-up of theirs came when nobody is to be reminded any more."""
    shop, ledger = world.evidence.shop, world.evidence.ledger
    theirs = {each.request.at for each in ledger.asked if each.request.shopper == customer}
    wake_ups = ((time_of(add), at) for add, at in world.evidence.too_late.items())
    return any(
        at > added_at + shop.shortest_delay(added_at) + DEFAULT_LATENESS
        for added_at, at in wake_ups
        if added_at in theirs
    )


def _repeats(world: World) -> Iterator[str]:
    excused = world.evidence.excused
    for (customer, window), count in repeats(world).items():
        if count > excused[customer, window]:
            yield f"{customer} got {count + 1} mails for window {window}"


def _left_hanging(world: World) -> Iterator[str]:
    state = world.cloud.state()
    for name, counts in state["queues"].items():
        if any(counts.values()):
            yield f"{name} still has messages: {counts}"
    for schedule in state["schedules"]:
        yield f"schedule {schedule['name']} is still there"
    if (due := world.cloud.engine.agenda.next_due()) is not None:
        yield f"there is still something to do at {due}"
    now = world.now.isoformat(timespec="milliseconds")
    for item in world.items():
        if item.get("held_until", {}).get("S", "") > now:
            yield f"{item['sk']['S']} is still claimed"


def _accepted(world: World) -> list[Asked]:
    return [asked for asked in world.evidence.ledger.asked if asked.accepted]


def _is_repetition(world: World, asked: Asked) -> bool:
    """Tell whether its key was used before: it did nothing if something was done in between."""
    mine = asked.request
    return any(
        other.request.key == mine.key and other.request.at < mine.at
        for other in world.evidence.ledger.asked
        if mine.key and other.request.shopper == mine.shopper
    )


def _job_of(asked: Asked) -> dict[str, object]:
    request = asked.request
    job = {"event": _EVENTS[request.action], "sku": request.sku, "quantity": request.quantity}
    return {name: value for name, value in job.items() if value}


def _is_in(dead_letters: list[str], asked: Asked) -> bool:
    return any(asked.request_id and asked.request_id in letter for letter in dead_letters)
