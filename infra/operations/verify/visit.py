"""A visit to a deployed stage: the customers who make it, and what its checks share."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from chalicelib.adapters.dynamodb import items
from chalicelib.domain.catalog import Catalog, Product
from infra.operations.verify.stage import Answer, Customer, DeployedStage, Event

PAUSES_SECONDS: Final = (0.05, 2.0)
"""The first and the longest pause between two looks at something that is awaited."""

Found = TypeVar("Found")


class Differs(Exception):
    """Something is not as it should be; the message is a sentence that says what."""


class NotLookedAt(Exception):
    """A check could not look; the message is a sentence that says why."""


@dataclass
class Visit:
    """What the checks of one visit share, the earlier with the later."""

    deployed: DeployedStage
    catalog: Catalog
    began: datetime = field(init=False)
    customers: dict[str, Customer] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """The ids of requests, by what the checks call them."""
    due: datetime = field(init=False)
    """When the reader's reminder is due, once there is a schedule."""
    figures: dict[str, str] = field(default_factory=dict)
    """What was measured, by what it is."""
    dead_letters: Mapping[str, int] = field(init=False)
    """How many messages each dead-letter queue held at the beginning."""
    _label: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        self.began = self.deployed.now()
        self.dead_letters = self.count_dead_letters()

    def sign_up(self, role: str, mailbox: str, *, verified: bool = True) -> Customer:
        """Make the customer who plays a role; mail to them goes to SES's mailbox simulator.

        ``mailbox`` is one of the simulator's, such as ``success`` or ``bounce``.
        """
        address = f"{mailbox}+{role}-{self._label}@simulator.amazonses.com"
        self.customers[role] = self.deployed.sign_up(address, verified=verified)
        return self.customers[role]

    def customer(self, role: str) -> Customer:
        """Return the customer who plays a role.

        Raises:
            NotLookedAt: there is none.
        """
        if role not in self.customers:
            raise NotLookedAt("Nobody could sign in.")
        return self.customers[role]

    def request(self, name: str) -> str:
        """Return the id of a request that an earlier check made.

        Raises:
            NotLookedAt: it made none, or that failed.
        """
        if name not in self.requests:
            raise NotLookedAt("What it needs did not happen, see above.")
        return self.requests[name]

    def product(self, *, failing: bool = False) -> Product:
        """Return a product that is sold, or one that fails for a while.

        Raises:
            NotLookedAt: the stage sells none.
        """
        for product in self.catalog:
            if bool(product.fails_for) == failing:
                return product
        raise NotLookedAt(f"The stage sells no product{' that fails' if failing else ''}.")

    def add(self, customer: Customer, sku: str) -> str:
        """Add a product to a customer's cart; return the request's id.

        Raises:
            Differs: the request is not accepted.
        """
        answer = self.deployed.send(
            "POST", "/cart", customer=customer, body={"sku": sku, "quantity": 1}
        )
        if answer.status != 202:
            raise Differs(f"POST /cart was answered {answer.status}{_code_in(answer)}, not 202.")
        return str(answer.body["request_id"])

    def status_of(self, customer: Customer, request_id: str) -> Mapping[str, Any]:
        """Return what the API says of a request.

        Raises:
            Differs: it does not say anything.
        """
        path = f"/cart/requests/{request_id}"
        answer = self.deployed.send("GET", path, customer=customer)
        if answer.status != 200:
            raise Differs(
                f"GET /cart/requests/… was answered {answer.status}{_code_in(answer)}, not 200."
            )
        return dict(answer.body)

    def eventually(self, look: Callable[[], Found], within: float) -> Found | None:
        """Look until there is something, or None if there is nothing ``within`` seconds."""
        until = self.deployed.now() + timedelta(seconds=within)
        pause, longest = PAUSES_SECONDS
        while not (found := look()):
            if self.deployed.now() >= until:
                return None
            self.deployed.wait(pause)
            pause = min(pause * 1.3, longest)
        return found

    def items_of(self, customer: Customer) -> dict[str, dict[str, Any]]:
        """Return what the table keeps of a customer's cart, by sort key."""
        answer = self.deployed.client("dynamodb").query(
            TableName=self.deployed.names.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": items.partition(customer.id)}},
            ConsistentRead=True,
        )
        return {item["sk"]["S"]: item for item in answer["Items"]}

    def schedules_of(self, customer: Customer) -> list[str]:
        """Return the names of a customer's schedules."""
        answer = self.deployed.client("scheduler").list_schedules(
            GroupName=self.deployed.names.schedule_group, NamePrefix=f"{customer.id}-"
        )
        return [schedule["Name"] for schedule in answer["Schedules"]]

    def events_about(self, event_id: str) -> Iterator[Event]:
        """Give the results that Lambda has reported of an event."""
        for event in self.deployed.events():
            match event:
                case {
                    "source": "lambda",
                    "detail": {
                        "requestPayload": {"detail": {"metadata": {"event_id": str(reported)}}}
                    },
                } if reported == event_id:
                    yield event

    def count_dead_letters(self) -> Mapping[str, int]:
        """Return how many messages each dead-letter queue holds."""
        sqs = self.deployed.client("sqs")
        counts = {}
        for name in self.deployed.dead_letter_queues:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            wanted = ["ApproximateNumberOfMessages"]
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
            counts[name] = int(answer["Attributes"][wanted[0]])
        return counts

    def more_dead_letters(self) -> Collection[str]:
        """Return the dead-letter queues that hold more than at the beginning."""
        counts = self.count_dead_letters().items()
        return [name for name, count in counts if count > self.dead_letters[name]]


def _code_in(answer: Answer) -> str:
    """Return the error code of an answer in brackets, if it has one."""
    match answer.body:
        case {"error": {"code": str(code)}}:
            return f" ({code})"
    return ""
