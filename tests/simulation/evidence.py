"""What can be seen from outside while a history is played, and the first promises checked on it.

It knows which mails arrived, who is to get no more of them, and what happened to the calls of each
run. What shoppers asked for, and which carts they may have, is in its ledger.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from infra.local.aws.ses import Mail
from tests.simulation.ledger import Ledger
from tests.simulation.observed import (
    DELAY,
    DONE,
    Customer,
    Moment,
    Received,
    Run,
    Tried,
    quantities_in,
)
from tests.simulation.timeline import Timeline


class Evidence:
    """Collects what is seen, and the promises that were seen broken."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.customers: dict[str, Customer] = {}
        self.received: list[Received] = []
        self.broken: list[str] = []
        self.suppressed = dict[str, Moment]()
        self.maybe_suppressed: set[str] = set()
        self.unsubscribed: set[str] = set()
        self.maybe_unsubscribed: set[str] = set()
        self.excused: Counter[tuple[str, int | None]] = Counter()
        self.too_late = dict[str, datetime]()
        self.seen: Counter[str] = Counter()
        self.timeline = Timeline()

    def asked_for_no_more_mail(self, customer: str, status: int) -> None:
        """Note how a customer was answered who wants no more reminders."""
        (self.unsubscribed if status == 200 else self.maybe_unsubscribed).add(customer)

    def delivered(self, hop: str, payload: Mapping[str, Any]) -> None:
        """Note a delivery on its way."""
        if hop == "rule:persist-cart":
            self.ledger.delivered(payload)
        self.seen[f"{hop.partition(':')[0]} deliveries"] += 1

    def began(self, run: Run) -> None:
        """Note that a function began to run."""
        self.seen["runs"] += 1
        if run.function == "persist_cart":
            self.ledger.began(run)

    def ended(self, run: Run) -> None:
        """Note how a run ended."""
        if run.function == "persist_cart":
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

    def mailed(self, mail: Mail, decided_at: Moment) -> None:
        """Note a mail that goes out now, and check that it is one that may.

        That was decided when the run that sends it read the cart.
        """
        name = next((name for name, each in self.customers.items() if (each.email,) == mail.to), "")
        if not name:
            self.broken.append("a mail went to somebody who is no customer")
            return
        if f"Hello {self.customers[name].name}," not in (mail.text or ""):
            self.broken.append(f"{name} got a mail that is meant for somebody else")
        if name in self.unsubscribed:
            self.broken.append(f"{name} got a mail although the reminders were stopped")
        bounced_at = self.suppressed.get(self.customers[name].email)
        if bounced_at is not None and bounced_at < decided_at:
            self.broken.append(f"{name} got a mail although an earlier one bounced")
        told, possible = quantities_in(mail), [*self.ledger.carts_of(name, since=decided_at)]
        matching = [each for each in possible if each.quantities == told]
        if not told or not matching:
            held = possible[0].quantities
            self.broken.append(f"{name} got a mail about {told}, but the cart held {held}")
            return
        if all(mail.sent_at < each.last_add + DELAY for each in matching if each.last_add):
            self.broken.append(f"{name} got a mail less than a day after the last add")
        cart_id = self.ledger.cart_ids[name]
        self.received.append(Received(name, cart_id, mail.sent_at, matching[0]))

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
                self.excused[mail.customer, mail.window] += 1

    def _latest_to(self, address: str) -> Received:
        mails = (each for each in self.received if self.customers[each.customer].email == address)
        return list(mails)[-1]


def _messages_in(trail: list[Tried]) -> Iterator[list[Tried]]:
    """Divide the trail of a batch into those of its messages, each of which reads a cart first."""
    begins = [i for i, tried in enumerate(trail) if tried.reads_a_customers_cart]
    return (trail[start:end] for start, end in pairwise([*begins, len(trail)]))


def _is_foreseen(error: Exception) -> bool:
    return type(error).__module__.startswith("chalicelib")
