"""What shoppers asked for and how far it has come, and so which carts they may have.

It knows the requests with their answers, which events reached ``persist_cart``, and what became of
its runs. It never looks into the table.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from chalicelib.domain.ids import time_of
from tests.simulation.model import (
    ADD,
    CANCEL,
    GRACE,
    MERGE,
    ORDER,
    Cart,
    Request,
    cart,
    intents,
    possible_carts,
)
from tests.simulation.observed import Asked, Moment, Run

Key = tuple[str, datetime]
"""What an event and the request that it came from have in common: the id of the cart, or of the
order that takes from it, and the time."""


class Ledger:
    """The requests of all customers and guests; who asks is known by name."""

    def __init__(self) -> None:
        self.cart_ids: dict[str, str] = {}
        self.asked: list[Asked] = []
        self._on_bus: set[Key] = set()
        self._persisted: dict[Key, Moment] = {}
        self._attempted: set[Key] = set()
        self._refused: dict[Key, str] = {}
        self._moves: dict[Key, Request] = {}
        self._running: list[Run] = []

    def asking(self, request: Request) -> None:
        """Note that a request is about to be sent."""
        self.asked.append(Asked(request))

    def answered(self, status: int, request_id: str | None) -> None:
        """Note how the request that was sent last was answered."""
        self.asked[-1].status, self.asked[-1].request_id = status, request_id

    def delivered(self, event: Mapping[str, Any]) -> None:
        """Note an event on its way to ``persist_cart``.

        It is of the last request concerning its cart, unless it has been on its way before. From
        now on that request is of the event's time, which the API may have been slow to set.
        """
        key = cart_id, at = _key_of(event)
        if key in self._on_bus:
            return
        self._on_bus.add(key)
        mine = [each for each in self.asked if self.cart_ids[each.request.shopper] == cart_id]
        mine[-1].request = replace(mine[-1].request, at=at)

    def moving(self, event: Mapping[str, Any], move: Request) -> None:
        """Note that an event about an order, on its way, takes adds or lets them return."""
        self._moves[_key_of(event)] = move

    def find_add(self, event_id: str, cart_ids: Collection[str]) -> Request | None:
        """Return the add to one of these carts whose event has this id."""
        at = time_of(event_id)
        adds = (each.request for each in self.asked if each.request.action == ADD)
        here = (each for each in adds if self.cart_ids[each.shopper] in cart_ids)
        return next((each for each in here if each.at == at), None)

    def began(self, run: Run) -> None:
        """Note that a function that writes to carts began to run."""
        self._running.append(run)

    def ended(self, run: Run) -> None:
        """Note how a run of such a function ended."""
        self._running.remove(run)
        key = _key_of(run.payload)
        if run.refusal is not None:
            self._refused[key] = run.refusal
        elif run.succeeded and run.result["action"] in {"persisted", "moved"}:
            self._persisted.setdefault(key, run.ended_at)
        elif run.did_something:
            self._attempted.add(key)

    def refusal_of(self, request: Request) -> str | None:
        """Return why a request that was accepted has failed for good, None if it has not.

        What was refused for what was then may be done when it is replayed.
        """
        key = self._key(request)
        return None if key in self._persisted else self._refused.get(key)

    def is_lost(self, request: Request) -> bool:
        """Tell whether a guest asked for it first when the cart had long become a customer's."""
        sent = list(self._sent())
        same = [each for each in sent if each.intent == request.intent]
        first = min(each.at for each in same if each.action == request.action)
        merges = (each for each in sent if each.guest == request.shopper)
        merged = intents(each for each in merges if self.refusal_of(each) is None)
        return bool(merged) and first > merged[-1].at + GRACE

    def is_sent(self, asked: Asked) -> bool:
        """Tell whether a request is to be done: it was accepted, or reached the bus after all."""
        return asked.accepted or self._key(asked.request) in self._on_bus

    def carts_of(
        self,
        owner: str,
        since: Moment,
        added_until: datetime | None = None,
        unsold: Collection[str] = (),
    ) -> Iterator[Cart]:
        """Yield the carts of a customer or guest that may have been read ``since``.

        What was added after ``added_until`` is left out: so the cart is read to be ordered, by who
        may know of other orders before the cart does.

        An event counts that ``persist_cart`` was done with by then. One may count that it was done
        with later, died on or has not ended yet; any other does not. The likeliest cart is first.
        """
        running = {_key_of(run.payload) for run in self._running if run.did_something}
        asked = (asked.request for asked in self.asked)
        requests = [
            each
            for each in self._concerning(owner, chain(asked, self._moves.values()))
            if added_until is None or each.action != ADD or each.at <= added_until
        ]
        done = {key for key, at in self._persisted.items() if at < since}
        known = self._moves if added_until is not None else ()
        begun = {*self._persisted, *self._attempted, *running, *known} - done
        certain = [each for each in requests if self._key(each) in done]
        uncertain = [each for each in requests if self._key(each) in begun]
        return possible_carts(certain, uncertain, owner, unsold)

    def cart_owed_to(self, owner: str, unsold: Collection[str] = ()) -> Cart:
        """Return the cart that a customer or guest has once everything is done."""
        return cart(self._concerning(owner, self._sent()), owner, unsold)

    def guests_were_busy(self, customer: str, since: datetime) -> bool:
        """Tell whether a guest of this customer changed something, or it was persisted, since."""
        requests = self._concerning(customer, self._sent())
        theirs = [each for each in requests if each.shopper != customer]
        persisted = (self._persisted.get(self._key(each)) for each in theirs)
        return any(at is None or at.time >= since for at in persisted)

    def merges_of(self, customer: str) -> set[str]:
        """Return the guests whom a customer wanted to merge, with whatever success."""
        sent = (each for each in self._sent() if each.shopper == customer)
        return {each.guest for each in sent if each.action == MERGE}

    def _sent(self) -> Iterator[Request]:
        asked = (asked.request for asked in self.asked if self.is_sent(asked))
        return chain(asked, self._moves.values())

    def _concerning(self, owner: str, requests: Iterable[Request]) -> list[Request]:
        """Return the requests of the owner, of the guests whom the owner merged, and who did so."""
        known = [each for each in requests if self.refusal_of(each) is None]
        merges = [each for each in known if each.shopper == owner and each.action == MERGE]
        shoppers = {owner, *(merge.guest for merge in merges)}
        return [each for each in known if each.shopper in shoppers or each.guest == owner]

    def _key(self, request: Request) -> Key:
        is_move = request.action in {ORDER, CANCEL}
        return request.sku if is_move else self.cart_ids[request.shopper], request.at


def _key_of(event: Mapping[str, Any]) -> Key:
    data, metadata = event["detail"]["data"], event["detail"]["metadata"]
    occurred_at = datetime.fromisoformat(metadata["occurred_at"]).astimezone(UTC)
    return data.get("order_id", data["cart_id"]), occurred_at
