"""What can be seen from outside while a history is played, and the first promises checked on it.

It knows which mails arrived, who is to get no more of them, and what happened to the calls of each
run. What shoppers asked for, and which carts they may have, is in its ledger.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.ids import MAX_CLOCK_SKEW
from infra.local.aws.ses import Mail
from tests.simulation.ledger import Ledger
from tests.simulation.model import Cart
from tests.simulation.observed import (
    DONE,
    START,
    Customer,
    Moment,
    Received,
    Run,
    Tried,
    lines_in,
)
from tests.simulation.shop import Shop
from tests.simulation.timeline import Timeline

if TYPE_CHECKING:
    from tests.simulation.parts import Watcher

WRITERS: Final = frozenset({"persist_cart", "move_lines"})
"""The functions that write to carts."""


class Evidence:
    """Collects what is seen, and the promises that were seen broken."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.shop = Shop(START)
        self.customers: dict[str, list[Customer]] = {}
        self.received: list[Received] = []
        self.broken: list[str] = []
        self.suppressed = dict[str, Moment]()
        self.maybe_suppressed: set[str] = set()
        self.unsubscribed: set[str] = set()
        self.maybe_unsubscribed: set[str] = set()
        self.excused: Counter[tuple[str, int]] = Counter()
        self.too_late = dict[str, datetime]()
        self.seen: Counter[str] = Counter()
        self.timeline = Timeline()
        self.watchers: dict[str, Watcher] = {}

    def asked_for_no_more_mail(self, customer: str, status: int) -> None:
        """Note how a customer was answered who wants no more reminders."""
        (self.unsubscribed if status == 200 else self.maybe_unsubscribed).add(customer)

    def delivered(self, hop: str, payload: Mapping[str, Any]) -> None:
        """Note a delivery on its way."""
        if hop == "rule:persist-cart":
            self.ledger.delivered(payload)
        self.seen[f"{hop.partition(':')[0]} deliveries"] += 1
        for watcher in self.watchers.values():
            watcher.delivered(hop, payload)

    def began(self, run: Run) -> None:
        """Note that a function began to run."""
        self.seen["runs"] += 1
        if run.function in WRITERS:
            self.ledger.began(run)

    def ended(self, run: Run) -> None:
        """Note how a run ended."""
        if run.function in WRITERS:
            self.ledger.ended(run)
        if run.error is not None and not _is_foreseen(run.error):
            self.broken.append(f"{run.function} raised {run.error!r}")
        if run.function == "send_reminder":
            self._excuse(run)
        if run.function == "suppress_address" and run.did_something:
            bounced = run.payload["detail"]["bounce"]["bouncedRecipients"]
            addresses = {each["emailAddress"] for each in bounced}
            if run.succeeded:
                self.suppressed = dict.fromkeys(addresses, run.ended_at) | self.suppressed
            else:
                self.maybe_suppressed.update(addresses)
        for watcher in self.watchers.values():
            watcher.ended(run)

    def mailed(self, mail: Mail, decided_at: Moment) -> None:
        """Note a mail that goes out now, and check that it is one that may.

        That was decided when the run that sends it read the cart.
        """
        [address] = mail.to
        name = self.customer_at(address)
        if name is None:
            self.broken.append("a mail went to somebody who is no customer")
            return
        if name in self.unsubscribed:
            self.broken.append(f"{name} got a mail although the reminders were stopped")
        bounced_at = self.suppressed.get(address)
        if bounced_at is not None and bounced_at < decided_at:
            self.broken.append(f"{name} got a mail although an earlier one bounced")
        unsold = self.shop.withdrawn
        possible = [*self.ledger.carts_of(name, since=decided_at, unsold=unsold)]
        told = lines_in(mail)
        matching = [each for each in possible if self._priced(each) == told]
        if not told or not matching:
            held = self._priced(possible[0])
            self.broken.append(f"{name} got a mail about {told}, but the cart held {held}")
            return
        greeted = (f"Hello {each.name}," in (mail.text or "") for each in self._known_as(address))
        if not any(greeted):
            self.broken.append(f"{name} got a mail that is meant for somebody else")
        if not any(each.email == address for each in self.contacts_of(name, matching[0])):
            self.broken.append(f"{name} got a mail at an address that was not the latest")
        self._account(name, mail.sent_at, matching)

    def customer_at(self, address: str) -> str | None:
        """Return who has, or had, an address."""
        has = (name for name in self.customers if address in self.addresses_of(name))
        return next(has, None)

    def addresses_of(self, customer: str) -> list[str]:
        """Return the addresses that a customer has had, the latest last."""
        return [each.email for each in self.customers[customer]]

    def contacts_of(self, customer: str, cart: Cart) -> list[Customer]:
        """Return how a customer was known when they last added to this cart, and since then."""
        contacts = self.customers[customer]
        if cart.last_contact is None:
            return contacts
        ends = [*(each.since for each in contacts[1:]), None]
        pairs = zip(contacts, ends, strict=True)
        since = cart.last_contact - MAX_CLOCK_SKEW
        return [each for each, end in pairs if end is None or end > since]

    def _known_as(self, address: str) -> list[Customer]:
        everybody = (each for contacts in self.customers.values() for each in contacts)
        return [each for each in everybody if each.email == address]

    def _priced(self, cart: Cart) -> list[tuple[str, int, int]]:
        """Return what of a cart can be ordered: each SKU with its quantity and its price."""
        lines = cart.without(self.shop.withdrawn)
        return [(sku, quantity, self.shop.prices[sku]) for sku, quantity in lines]

    def _account(self, customer: str, sent_at: datetime, matching: list[Cart]) -> None:
        """Note a mail about one of these carts, and the earliest mail that it repeats, if any.

        If it is not known which of them it was, it is of the earliest window that had no mail.
        """
        added = [each.last_add for each in matching if each.last_add is not None]
        if all(sent_at < last_add + self.shop.shortest_delay(last_add) for last_add in added):
            self.broken.append(f"{customer} got a mail sooner after the last add than is set")
        if not added:
            return
        mine = [each for each in self.received if each.customer == customer]
        windows = {at: self.shop.window_of(self.ledger.cart_ids[customer], at) for at in added}
        had_one = {each.account for each in mine}
        fresh = (at for at in sorted(windows) if windows[at] not in had_one)
        last_add = next(fresh, added[0])
        window = windows[last_add]
        earlier = (each.account for each in mine if each.window > last_add.timestamp())
        account = next(earlier, window)
        self.received.append(Received(customer, sent_at, window, account))

    def _excuse(self, run: Run) -> None:
        """Note the mails of a run that may be sent once more.

        It is the documented case: something struck after SES took a mail and before it was marked.
        """
        for trail in _messages_in(run.trail):
            sent = [i for i, tried in enumerate(trail) if tried.is_done("SendEmail")]
            if not sent:
                continue
            after = trail[sent[-1] + 1 :]
            marked = any(tried.is_done("UpdateItem") for tried in after)
            if not marked and any(tried.what != DONE for tried in after):
                call = trail[sent[-1]].call
                mail = self._latest_to(call.parameters["Destination"]["ToAddresses"][0])
                self.excused[mail.customer, mail.account] += 1

    def _latest_to(self, address: str) -> Received:
        name = self.customer_at(address)
        return [each for each in self.received if each.customer == name][-1]


def _messages_in(trail: list[Tried]) -> Iterator[list[Tried]]:
    """Divide the trail of a batch into those of its messages, each of which reads a cart first."""
    begins = [i for i, tried in enumerate(trail) if tried.reads_a_customers_cart]
    return (trail[start:end] for start, end in pairwise([*begins, len(trail)]))


def _is_foreseen(error: Exception) -> bool:
    return type(error).__module__.startswith("chalicelib")
