"""The world that a history is played in: customers, operators, weather and the local cloud."""

import os
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib import wiring
from infra.local.cloud import LocalCloud
from infra.local.web import catalog
from tests.simulation.chaos import Chaos
from tests.simulation.evidence import Evidence
from tests.simulation.model import ADD, CHECK_OUT, MERGE, Request
from tests.simulation.observed import START
from tests.simulation.people import People, Person
from tests.simulation.shop import Deployment
from tests.simulation.steps import (
    Action,
    Ask,
    ChangeProduct,
    Deploy,
    Follow,
    Look,
    Move,
    Outage,
    Redrive,
    Replay,
    Step,
    Unsubscribe,
)
from tests.support.shopper import Answer

REMINDERS_DLQ: Final = "cart-reminders-dlq-local"
OTHER_DLQS: Final = (
    "cart-rules-dlq-local",
    "cart-schedules-dlq-local",
    "cart-functions-dlq-local",
)
CLIENT_PAUSE: Final = 7.0
"""Seconds that a client waits before it asks again."""


class World:
    """A local cloud with customers in it, in which steps are taken one after the other."""

    def __init__(self, cloud: LocalCloud, chaos: Chaos, evidence: Evidence) -> None:
        self.cloud = cloud
        self.chaos = chaos
        self.evidence = evidence
        self.people = People(cloud, evidence)

    @property
    def now(self) -> datetime:
        """The time (UTC)."""
        return self.cloud.clock.now()

    def take(self, step: Step) -> None:
        """Take a step, when its time has come."""
        until = START + timedelta(seconds=step.at) - self.now
        self.cloud.advance(max(until.total_seconds(), 1))  # no two requests at one time
        self.evidence.timeline.note(self.now, "step", str(step))
        match step:
            case Ask():
                self._ask(step)
            case Look():
                self.look(step.shopper)
            case Follow():
                self.follow(step.shopper)
            case Unsubscribe():
                self._unsubscribe(step.customer)
            case Move():
                self.people.move(step)
            case Action():
                step.take(self)
            case _:
                self._operate(step)

    def _operate(self, step: Step) -> None:
        """Take a step of an operator, or let something break down."""
        match step:
            case Outage():
                self._break(step)
            case Deploy():
                self._deploy(step)
            case ChangeProduct():
                self._change_product(step)
            case Replay():
                self.replay(step.seconds)
            case Redrive():
                self.cloud.redrive(REMINDERS_DLQ)

    def look(self, shopper: str) -> None:
        """Look at a cart, if the API answers: it must be one that the shopper may have."""
        asked_at = self.chaos.moment()
        shown = self.shown_to(shopper)
        if shown is None:
            return
        carts = self.evidence.ledger.carts_of(shopper, since=asked_at)
        possible = {cart.quantities for cart in carts}
        if quantities_in(shown) not in possible:
            self.evidence.broken.append(f"{shopper} is shown {shown}, not one of {possible}")
        if shown != self._priced(shown):
            self.evidence.broken.append(f"{shopper} is shown {shown}, not {self._priced(shown)}")

    def follow(self, shopper: str) -> None:
        """Ask how far the last request has come, if one was accepted and the API answers."""
        accepted = [asked for asked in self.evidence.ledger.asked if asked.accepted]
        theirs = [asked for asked in accepted if asked.request.shopper == shopper]
        if not theirs:
            return
        answer = self.status_of(shopper, theirs[-1].request_id or "")
        if answer.status not in {200, 502, 503}:
            self.evidence.broken.append(f"{theirs[-1]} is answered {answer.json}")

    def cart_of(self, shopper: str) -> tuple[tuple[str, int], ...] | None:
        """Return what is in the cart that somebody is shown, None if the API does not answer."""
        shown = self.shown_to(shopper)
        return None if shown is None else quantities_in(shown)

    def shown_to(self, shopper: str) -> dict[str, Any] | None:
        """Return the cart that somebody is shown, None if the API does not answer."""
        person = self.people.find(shopper)
        answer = person.get("/cart") if person else None
        return None if answer is None or answer.status != 200 else dict(answer.json)

    def _priced(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Return a cart that is shown with the prices, and on sale, as the shop has it now."""
        shop, items = self.evidence.shop, []
        for item in shown["items"]:
            price, is_sold = shop.prices[item["sku"]], item["sku"] not in shop.withdrawn
            subtotal = price * item["quantity"] if is_sold else 0
            told = {**item, "unit_price": price, "subtotal": subtotal}
            told.pop("available", None)
            items.append(told if is_sold else {**told, "available": False})
        return {**shown, "items": items, "total": sum(item["subtotal"] for item in items)}

    def status_of(self, shopper: str, request_id: str) -> Answer:
        """Ask how far a request has come that this shopper sent."""
        return self.people.get(shopper).get(f"/cart/requests/{request_id}")

    def replay(self, seconds: float) -> None:
        """Replay what the archive has of the last so many seconds."""
        self.cloud.replay(self.now - timedelta(seconds=seconds), self.now)

    def empty(self, queue: str) -> list[str]:
        """Take all messages off a queue; return their bodies."""
        client, bodies = self.cloud.client("sqs"), []
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
        return bodies

    def items(self) -> list[dict[str, Any]]:
        """Return everything that is in the table."""
        items: list[dict[str, Any]] = self.cloud.client("dynamodb").scan(TableName="cart-local")[
            "Items"
        ]
        return items

    def _ask(self, step: Ask) -> None:
        for attempt in range(step.patience):
            if attempt:
                self.cloud.advance(CLIENT_PAUSE)
            shopper = self.people.find(step.shopper)
            if shopper is None or (step.guest and self.people.find(step.guest) is None):
                continue  # whoever has no cart yet cannot ask for anything
            answer = self._send(shopper, step)
            self.cloud.settle()
            if answer.status == 202:
                return
            if answer.status == 422 and self._is_withdrawn(step):
                return
            if answer.status not in {502, 503}:
                self.evidence.broken.append(f"{step} is answered {answer.status} {answer.json}")

    def _is_withdrawn(self, step: Ask) -> bool:
        return step.action == ADD and step.sku in self.evidence.shop.withdrawn

    def _send(self, shopper: Person, step: Ask) -> Answer:
        what = step.action, step.sku, step.quantity, step.key, step.guest
        self.evidence.ledger.asking(Request(step.shopper, _to_the_millisecond(self.now), *what))
        headers = {"Idempotency-Key": step.key} if step.key else {}
        answer = shopper.send(*self._request_for(step), **headers)
        self.evidence.ledger.answered(answer.status, answer.json.get("request_id"))
        return answer

    def _request_for(self, step: Ask) -> tuple[str, str, object]:
        """Return the method, the path and the body that say what is asked for."""
        if step.action == ADD:
            return "POST", "/cart", {"sku": step.sku, "quantity": step.quantity}
        if step.action == CHECK_OUT:
            return "POST", "/cart/checkout", None
        if step.action == MERGE:
            return "POST", "/cart/merge", {"guest_token": self.people.token_of(step.guest)}
        return "DELETE", f"/cart/{step.sku}", None

    def _unsubscribe(self, customer: str) -> None:
        if customer not in self.evidence.customers:
            return
        addresses = self.evidence.addresses_of(customer)
        mails = [mail for mail in self.cloud.inbox if mail.to[0] in addresses]
        links = [mail.headers.get("List-Unsubscribe", "") for mail in mails]
        if any(links):
            url = urlsplit([*filter(None, links)][-1].strip("<>"))
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            target, click = f"{url.path}?{url.query}", "List-Unsubscribe=One-Click"
            answer = self.cloud.request("POST", target, form, click)
            self.evidence.asked_for_no_more_mail(customer, answer.status)

    def _deploy(self, step: Deploy) -> None:
        os.environ["REMINDER_WINDOW_SECONDS"] = str(step.window)
        os.environ["REMINDER_DELAY_SECONDS"] = str(step.delay)
        products = wiring.adapters.catalog
        wiring.adapters = wiring.Adapters()
        wiring.adapters.catalog = products
        lengths = timedelta(seconds=step.window), timedelta(seconds=step.delay)
        self.evidence.shop.deployed(Deployment(self.now, *lengths))

    def _change_product(self, step: ChangeProduct) -> None:
        changes = {"unit_price": step.price, "withdrawn": step.withdrawn}
        known = {name: value for name, value in changes.items() if value is not None}
        catalog.change(self.cloud, {"sku": step.sku, **known})
        self.evidence.shop.changed(self.now, step)

    def _break(self, outage: Outage) -> None:
        self.chaos.out_of_order.add(outage.target)
        self.cloud.engine.agenda.plan(
            f"end of outage of {outage.target}",
            lambda: self.chaos.out_of_order.discard(outage.target),
            timedelta(seconds=outage.seconds),
        )


def quantities_in(shown: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the quantity of each SKU in a cart that is shown."""
    return tuple(sorted((item["sku"], item["quantity"]) for item in shown["items"]))


def _to_the_millisecond(time: datetime) -> datetime:
    """Return the time as precisely as events have it."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
