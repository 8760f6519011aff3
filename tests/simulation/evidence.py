"""What can be seen from outside while a history is played, and the first promises checked on it.

It knows which mails arrived, who is to get no more of them, and what happened to the calls of each
run. What shoppers asked for, and which carts they may have, is in its ledger.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from infra.local.inbox import Mail
from infra.local.sdk import Call
from tests.simulation.ledger import Ledger
from tests.simulation.observed import DELAY, DONE, Customer, Received, Run, quantities_in
from tests.simulation.timeline import Timeline


class Evidence:
    """Collects what is seen, and the promises that were seen broken."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.customers: dict[str, Customer] = {}
        self.received: list[Received] = []
        self.broken: list[str] = []
        self.suppressed: set[str] = set()
        self.maybe_suppressed: set[str] = set()
        self.unsubscribed: set[str] = set()
        self.maybe_unsubscribed: set[str] = set()
        self.excused: Counter[tuple[str, int | None]] = Counter()
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
            (self.suppressed if run.succeeded else self.maybe_suppressed).update(addresses)

    def mailed(self, mail: Mail) -> None:
        """Note a mail that goes out now, and check that it is one that may."""
        name = next((name for name, each in self.customers.items() if (each.email,) == mail.to), "")
        if not name:
            self.broken.append("a mail went to somebody who is no customer")
            return
        if f"Hello {self.customers[name].name}," not in (mail.text or ""):
            self.broken.append(f"{name} got a mail that is meant for somebody else")
        if name in self.unsubscribed:
            self.broken.append(f"{name} got a mail although the reminders were stopped")
        if self.customers[name].email in self.suppressed:
            self.broken.append(f"{name} got a mail although an earlier one bounced")
        told, possible = quantities_in(mail), self.ledger.carts_of(name)
        matching = [each for each in possible if each.quantities == told]
        if not told or not matching:
            has = possible[0].quantities
            self.broken.append(f"{name} got a mail about {told}, but the cart holds {has}")
            return
        if all(mail.sent_at < each.last_add + DELAY for each in matching if each.last_add):
            self.broken.append(f"{name} got a mail less than a day after the last add")
        self.received.append(Received(name, mail.sent_at, matching[0]))

    def _excuse(self, run: Run) -> None:
        """Note the mails of a run that may be sent once more.

        It is the documented case: something struck after SES took a mail and before it was marked.
        """
        for trail in _messages_in(run.trail):
            sent = [i for i, entry in enumerate(trail) if _is_done("SendEmail", entry)]
            if not sent:
                continue
            after = trail[sent[-1] + 1 :]
            marked = any(_is_done("UpdateItem", entry) for entry in after)
            if not marked and any(what != DONE for what, _ in after):
                call = trail[sent[-1]][1]
                mail = self._latest_to(call.parameters["Destination"]["ToAddresses"][0])
                self.excused[mail.customer, mail.window] += 1

    def _latest_to(self, address: str) -> Received:
        mails = (each for each in self.received if self.customers[each.customer].email == address)
        return list(mails)[-1]


def _messages_in(trail: list[tuple[str, Call]]) -> Iterator[list[tuple[str, Call]]]:
    """Divide the trail of a batch into those of its messages.

    Each begins with a query for the customer's cart; those for guests' carts come after it.
    """
    begins = [i for i, (_, call) in enumerate(trail) if _is_query_for_a_customer(call)]
    return (trail[start:end] for start, end in pairwise([*begins, len(trail)]))


def _is_query_for_a_customer(call: Call) -> bool:
    if call.operation != "Query":
        return False
    partition = call.parameters["ExpressionAttributeValues"][":pk"]["S"]
    return not partition.startswith("CART#guest-")


def _is_done(operation: str, entry: tuple[str, Call]) -> bool:
    return (entry[0], entry[1].operation) == (DONE, operation)


def _is_foreseen(error: Exception) -> bool:
    return type(error).__module__.startswith("chalicelib")
