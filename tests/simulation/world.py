"""The world that a history is played in: customers, operators, weather and the local cloud."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from infra.local.cloud import LocalCloud
from tests.shopper import Answer, Shopper
from tests.simulation.chaos import Chaos
from tests.simulation.evidence import Evidence
from tests.simulation.history import CUSTOMERS
from tests.simulation.model import ADD, CHECK_OUT, Request
from tests.simulation.observed import Customer
from tests.simulation.steps import Ask, Follow, Look, Outage, Redrive, Replay, Step, Unsubscribe

START: Final = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
REMINDERS_DLQ: Final = "cart-reminders-dlq-local"
OTHER_DLQS: Final = (
    "cart-rules-dlq-local",
    "cart-schedules-dlq-local",
    "cart-functions-dlq-local",
)
PENDING_FOR: Final = timedelta(minutes=15)
"""How long the API takes a request for granted that nobody has heard of yet."""
CLIENT_PAUSE: Final = 7.0
"""Seconds that a client waits before it asks again."""


class World:
    """A local cloud with customers in it, in which steps are taken one after the other."""

    def __init__(self, cloud: LocalCloud, chaos: Chaos, evidence: Evidence) -> None:
        self.cloud = cloud
        self.chaos = chaos
        self.evidence = evidence
        self._shoppers: dict[str, Shopper] = {}

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
                self.look(step.customer)
            case Follow():
                self.follow(step.customer)
            case Unsubscribe():
                self._unsubscribe(step.customer)
            case Outage():
                self._break(step)
            case Replay():
                self.replay(step.seconds)
            case Redrive():
                self.cloud.redrive(REMINDERS_DLQ)

    def look(self, customer: str) -> None:
        """Look at a cart, if the API answers: it must be one that the customer may have."""
        shown = self.cart_of(customer)
        if shown is None:
            return
        possible = [cart.quantities for cart in self.evidence.carts_of(customer)]
        if shown not in possible:
            self.evidence.broken.append(f"{customer} is shown {shown}, not one of {possible}")

    def follow(self, customer: str) -> None:
        """Ask how far the last request has come, if one was accepted and the API answers."""
        accepted = [asked for asked in self.evidence.asked if asked.accepted]
        mine = [asked for asked in accepted if asked.request.customer == customer]
        if not mine:
            return
        answer = self.status_of(customer, mine[-1].request_id or "")
        recent = self.now - mine[-1].request.at < PENDING_FOR
        if answer.status not in {502, 503} and not (answer.status == 200 or not recent):
            self.evidence.broken.append(f"{mine[-1]} is answered {answer.json}")

    def cart_of(self, customer: str) -> tuple[tuple[str, int], ...] | None:
        """Return the cart that a customer is shown, None if the API does not answer."""
        answer = self._shopper(customer).get("/cart")
        if answer.status != 200:
            return None
        return tuple(sorted((item["sku"], item["quantity"]) for item in answer.json["items"]))

    def status_of(self, customer: str, request_id: str) -> Answer:
        """Ask how far a request has come."""
        return self._shopper(customer).get(f"/cart/requests/{request_id}")

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
            at = _to_the_millisecond(self.now)
            request = Request(step.customer, at, step.action, step.sku, step.quantity, step.key)
            shopper = self._shopper(step.customer)
            self.evidence.asking(request)
            answer = self._send(shopper, step)
            self.evidence.answered(answer.status, answer.json.get("request_id"))
            self.cloud.settle()
            if answer.status == 202:
                return
            if answer.status not in {502, 503}:
                self.evidence.broken.append(f"{step} is answered {answer.status} {answer.json}")

    def _send(self, shopper: Shopper, step: Ask) -> Answer:
        headers = {"Idempotency-Key": step.key} if step.key else {}
        if step.action == ADD:
            body = {"sku": step.sku, "quantity": step.quantity}
            return shopper.send("POST", "/cart", body, **headers)
        if step.action == CHECK_OUT:
            return shopper.send("POST", "/cart/checkout", **headers)
        return shopper.send("DELETE", f"/cart/{step.sku}", **headers)

    def _unsubscribe(self, customer: str) -> None:
        mails = [mail for mail in self.cloud.inbox if mail.to == (CUSTOMERS[customer],)]
        if mails:
            url = urlsplit(mails[-1].headers["List-Unsubscribe"].strip("<>"))
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            target, click = f"{url.path}?{url.query}", "List-Unsubscribe=One-Click"
            answer = self.cloud.request("POST", target, form, click)
            self.evidence.asked_for_no_more_mail(customer, answer.status)

    def _break(self, outage: Outage) -> None:
        self.chaos.out_of_order.add(outage.target)
        self.cloud.parts.agenda.plan(
            f"end of outage of {outage.target}",
            lambda: self.chaos.out_of_order.discard(outage.target),
            timedelta(seconds=outage.seconds),
        )

    def _shopper(self, name: str) -> Shopper:
        if name not in self._shoppers:
            email = CUSTOMERS[name]
            token = self.cloud.sign_in(email, name.title())
            self.evidence.customers[name] = Customer(email, name.title(), _subject_of(token))
            self._shoppers[name] = Shopper(self.cloud, email)
        return self._shoppers[name]


def _to_the_millisecond(time: datetime) -> datetime:
    """Return the time as precisely as events have it."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _subject_of(token: str) -> str:
    claims = token.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return str(decoded["sub"])
