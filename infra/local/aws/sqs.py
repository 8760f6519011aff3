"""Amazon SQS: moto keeps the messages, this tells when there may be one to receive."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from infra.local.engine import arns
from infra.local.engine.correlation import event_id_of
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Parameters

VISIBLE_AFTER: Final = timedelta(milliseconds=1)
"""moto lets a message be seen once its visibility timeout lies in the past, not at its end."""

_COUNTS: Final = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}

Arm = Callable[[timedelta], None]
"""Asks for a poll after a delay."""


class RedriveError(ValueError):
    """A queue's messages cannot be moved back to where they came from."""


class Queues:
    """The queues of the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._arms: dict[str, Arm] = {}
        self._urls: dict[str, str] = {}
        self._given: dict[str, Mapping[str, str]] = {}
        engine.targets.register("sqs", self.send)
        engine.sdk.after("sqs", "SendMessage", self._sent)
        engine.sdk.after("sqs", "SendMessageBatch", self._sent_batch)
        engine.sdk.after("sqs", "ChangeMessageVisibility", self._changed)
        engine.sdk.after("sqs", "ChangeMessageVisibilityBatch", self._changed_batch)

    def create(self, name: str, attributes: Mapping[str, str]) -> None:
        """Create a queue; ``attributes`` as in the API."""
        answer = self._client().create_queue(QueueName=name, Attributes=dict(attributes))
        self._urls[name], self._given[name] = answer["QueueUrl"], attributes

    def on_message(self, name: str, arm: Arm) -> None:
        """Call ``arm`` with the delay after which a message may be visible in a queue."""
        self._arms[name] = arm

    def url(self, name: str) -> str:
        """Return a queue's URL.

        Raises:
            LookupError: there is no such queue.
        """
        if name not in self._urls:
            known = ", ".join(sorted(self._urls)) or "none"
            raise LookupError(f"There is no queue {name!r} (there are: {known}).")
        return self._urls[name]

    def attributes(self, name: str) -> dict[str, str]:
        """Return all attributes of a queue, as the API gives them."""
        answer = self._client().get_queue_attributes(
            QueueUrl=self.url(name), AttributeNames=["All"]
        )
        attributes: dict[str, str] = answer["Attributes"]
        return attributes

    def send(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        """Send a message whose body is ``payload`` as JSON; ``entry["Attributes"]`` are strings.

        Raises:
            DeliveryError: there is no such queue.
        """
        try:
            url = self.url(arns.parse(arn).name)
        except LookupError as error:
            raise DeliveryError("NO_RESOURCE", str(error), retriable=False) from error
        attributes = entry.get("Attributes", {})
        self._client().send_message(
            QueueUrl=url,
            MessageBody=json.dumps(payload),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    def state(self) -> dict[str, dict[str, int]]:
        """Return how many messages of each queue are visible, in flight and delayed."""
        state = {}
        for name in sorted(self._urls):
            attributes = self.attributes(name)
            state[name] = {key: int(attributes[count]) for key, count in _COUNTS.items()}
        return state

    def dead_letters(self, name: str) -> int:
        """Return how many messages are in the dead-letter queue of a queue, 0 if it has none."""
        dead_letter_queue = self._dead_letter_queue_of(name)
        if dead_letter_queue is None:
            return 0
        attributes = self.attributes(dead_letter_queue)
        return sum(int(attributes[count]) for count in _COUNTS.values())

    def redrive(self, name: str) -> int:
        """Move the messages of a dead-letter queue back to its source; return how many.

        ``name`` is that of either of the two queues.

        Raises:
            LookupError: there is no such queue.
            RedriveError: it is no queue's dead-letter queue.
        """
        name = self._dead_letter_queue_of(name) or name
        client, url, moved = self._client(), self.url(name), 0
        source = self._source_of(name)
        while messages := client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                client.send_message(
                    QueueUrl=self.url(source),
                    MessageBody=message["Body"],
                    MessageAttributes=message.get("MessageAttributes", {}),
                )
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        self._engine.journal.record("queue", name, f"{moved} redriven to {source}")
        return moved

    def _client(self) -> Any:
        return self._engine.sdk.client("sqs")

    def _dead_letter_queue_of(self, name: str) -> str | None:
        policy = json.loads(self._given.get(name, {}).get("RedrivePolicy", "{}"))
        return arns.parse(policy["deadLetterTargetArn"]).name if policy else None

    def _source_of(self, name: str) -> str:
        for source in sorted(self._urls):
            if self._dead_letter_queue_of(source) == name:
                return source
        raise RedriveError(
            f"{name} is no queue's dead-letter queue: what is in it comes from rules, schedules "
            "or functions and is brought back by a replay of the archive."
        )

    def _name_of(self, url: str) -> str:
        return url.rsplit("/", 1)[-1]

    def _sent(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        name, body = self._name_of(parameters["QueueUrl"]), parameters["MessageBody"]
        content = json_of(body)
        ref = event_id_of(content)
        self._engine.journal.record("queue", name, "message sent", ref=ref, payload=content)
        self._arm(name, int(parameters.get("DelaySeconds", self._default_delay(name))))

    def _sent_batch(self, parameters: Parameters, answer: Mapping[str, Any]) -> None:
        sent = {entry["Id"] for entry in answer.get("Successful", ())}
        for entry in parameters["Entries"]:
            if entry["Id"] in sent:
                self._sent({**entry, "QueueUrl": parameters["QueueUrl"]}, {})

    def _changed(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        self._arm(self._name_of(parameters["QueueUrl"]), int(parameters["VisibilityTimeout"]))

    def _changed_batch(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        for entry in parameters["Entries"]:
            self._changed({**entry, "QueueUrl": parameters["QueueUrl"]}, {})

    def _default_delay(self, name: str) -> int:
        return int(self._given[name].get("DelaySeconds", 0)) if name in self._arms else 0

    def _arm(self, name: str, seconds: int) -> None:
        if name in self._arms:
            self._arms[name](timedelta(seconds=seconds) + VISIBLE_AFTER if seconds else timedelta())


def ref_of(body: str) -> str:
    """Return the id by which to follow the event in a message's body."""
    return event_id_of(json_of(body))


def json_of(body: str) -> dict[str, Any] | None:
    """Return the JSON object that a message's body is, None if it is none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
