"""Amazon SQS: the queues, and who is told when there may be a message to receive."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from infra.local.aws.sqs_queue import MAX_VISIBILITY, Message, Queue, md5_of
from infra.local.engine import arns
from infra.local.engine.correlation import event_id_of
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Answer, Parameters, answer, failure

MAX_RECEIVED: Final = 10
"""How many messages one ReceiveMessage gives at most."""

Received = dict[str, Any]
"""A message as ReceiveMessage gives it."""

_COUNTS: Final = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}

Arm = Callable[[timedelta], None]
"""Asks for a poll after a delay."""


class Queues:
    """The queues of the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._arms: dict[str, Arm] = {}
        self._queues: dict[str, Queue] = {}
        engine.targets.register("sqs", self.send)
        operations: dict[str, Callable[[str, Parameters], Answer]] = {
            "GetQueueUrl": self._get_url,
            "GetQueueAttributes": self._get_attributes,
            "SendMessage": self._send_message,
            "SendMessageBatch": partial(self._each, self._send_message),
            "ReceiveMessage": self._receive_message,
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": partial(self._each, self._delete_message),
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": partial(self._each, self._change_visibility),
        }
        answers = {name: partial(self._answer, act) for name, act in operations.items()}
        engine.sdk.provide("sqs", answers)

    def create(self, name: str, attributes: Mapping[str, str]) -> None:
        """Create a queue; ``attributes`` as in the API."""
        self._queues[name] = Queue(attributes)

    def on_message(self, name: str, arm: Arm) -> None:
        """Call ``arm`` with the delay after which a message may be visible in a queue."""
        self._arms[name] = arm

    def get(self, name: str) -> Queue:
        """Return a queue.

        Raises:
            LookupError: there is no such queue.
        """
        if name not in self._queues:
            known = ", ".join(sorted(self._queues)) or "none"
            raise LookupError(f"There is no queue {name!r} (there are: {known}).")
        return self._queues[name]

    def send(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        """Send a message whose body is ``payload`` as JSON; ``entry["Attributes"]`` are strings.

        Raises:
            DeliveryError: there is no such queue.
        """
        name = arns.parse(arn).name
        if name not in self._queues:
            raise DeliveryError("NO_RESOURCE", f"There is no queue {name!r}.", retriable=False)
        attributes = {
            key: {"DataType": "String", "StringValue": value}
            for key, value in entry.get("Attributes", {}).items()
        }
        self._put(name, json.dumps(payload), attributes)

    def receive(self, name: str, count: int, hidden_for: timedelta | None = None) -> list[Received]:
        """Receive up to so many messages; those that were received too often become dead letters.

        They are hidden for the queue's visibility timeout, or for ``hidden_for``.
        """
        queue, now = self.get(name), self._engine.clock.now()
        dead_letters = self._dead_letter_queue_of(name)
        if dead_letters is not None:
            for message in queue.take_dead(now):
                self.get(dead_letters).add(message)
        hidden_for = queue.seconds("VisibilityTimeout") if hidden_for is None else hidden_for
        received = []
        for message in queue.receive(count, hidden_for, now):
            handle = self._engine.identifiers.uuid()
            queue.give(handle, message)
            received.append(message.received(handle))
        return received

    def delete(self, name: str, handle: str) -> None:
        """Delete a message that was received."""
        self.get(name).delete(handle)

    def state(self) -> dict[str, dict[str, int]]:
        """Return how many messages of each queue are visible, in flight and delayed."""
        now = self._engine.clock.now()
        return {name: queue.counts(now) for name, queue in sorted(self._queues.items())}

    def dead_letters(self, name: str) -> int:
        """Return how many messages are in the dead-letter queue of a queue, 0 if it has none."""
        dead_letter_queue = self._dead_letter_queue_of(name)
        if dead_letter_queue is None:
            return 0
        return sum(self.get(dead_letter_queue).counts(self._engine.clock.now()).values())

    def redrive(self, name: str) -> int:
        """Move the messages of a dead-letter queue back to its source; return how many.

        ``name`` is that of either of the two queues.

        Raises:
            LookupError: there is no such queue.
            ValueError: it is no queue's dead-letter queue.
        """
        name = self._dead_letter_queue_of(name) or name
        self.get(name)
        source, moved = self._source_of(name), 0
        while messages := self.receive(name, MAX_RECEIVED):
            for message in messages:
                self._put(source, message["Body"], message.get("MessageAttributes", {}))
                self.delete(name, message["ReceiptHandle"])
                moved += 1
        self._engine.journal.record("queue", name, f"{moved} redriven to {source}")
        return moved

    def _dead_letter_queue_of(self, name: str) -> str | None:
        arn = self._queues[name].dead_letter_arn if name in self._queues else None
        return None if arn is None else arns.parse(arn).name

    def _source_of(self, name: str) -> str:
        for source in sorted(self._queues):
            if self._dead_letter_queue_of(source) == name:
                return source
        raise ValueError(
            f"{name} is no queue's dead-letter queue: what is in it comes from rules, schedules "
            "or functions and is brought back by a replay of the archive."
        )

    def _put(
        self, name: str, body: str, attributes: Mapping[str, Any], delay: timedelta | None = None
    ) -> Message:
        """Put a message into a queue, visible after ``delay`` (the queue's own if None)."""
        queue, now = self.get(name), self._engine.clock.now()
        delay = queue.seconds("DelaySeconds") if delay is None else delay
        message = Message(self._engine.identifiers.uuid(), body, attributes, now, now + delay)
        queue.add(message)
        content = json_of(body)
        ref = event_id_of(content)
        self._engine.journal.record("queue", name, "message sent", ref=ref, payload=content)
        self._arm(name, delay)
        return message

    def _arm(self, name: str, delay: timedelta) -> None:
        if name in self._arms:
            self._arms[name](delay)

    # The API ------------------------------------------------------------------------------------

    def _answer(self, act: Callable[[str, Parameters], Answer], parameters: Parameters) -> Answer:
        """Answer a call that names a queue."""
        name = parameters.get("QueueName") or str(parameters["QueueUrl"]).rsplit("/", 1)[-1]
        if name not in self._queues:
            code = "AWS.SimpleQueueService.NonExistentQueue"
            return failure(code, "The specified queue does not exist.")
        return act(name, parameters)

    def _get_url(self, name: str, _: Parameters) -> Answer:
        account = self._engine.account
        url = f"https://sqs.{account.region}.amazonaws.com/{account.id}/{name}"
        return answer({"QueueUrl": url})

    def _get_attributes(self, name: str, parameters: Parameters) -> Answer:
        queue = self._queues[name]
        counts = queue.counts(self._engine.clock.now())
        attributes = {
            **queue.attributes,
            **{attribute: str(counts[count]) for count, attribute in _COUNTS.items()},
            "QueueArn": self._engine.account.arn("sqs", name),
        }
        return answer({"Attributes": _asked_for(attributes, parameters.get("AttributeNames"))})

    def _send_message(self, name: str, parameters: Parameters) -> Answer:
        body, seconds = parameters["MessageBody"], parameters.get("DelaySeconds")
        if len(body.encode()) > int(self._queues[name].attributes["MaximumMessageSize"]):
            return failure("InvalidParameterValue", "The message is too long.")
        delay = None if seconds is None else timedelta(seconds=seconds)
        message = self._put(name, body, parameters.get("MessageAttributes") or {}, delay)
        return answer({"MessageId": message.id, "MD5OfMessageBody": md5_of(body)})

    def _receive_message(self, name: str, parameters: Parameters) -> Answer:
        seconds = parameters.get("VisibilityTimeout")
        hidden_for = None if seconds is None else timedelta(seconds=seconds)
        messages = self.receive(name, parameters.get("MaxNumberOfMessages", 1), hidden_for)
        system = parameters.get("MessageSystemAttributeNames") or parameters.get("AttributeNames")
        for message in messages:
            for part, names in (
                ("Attributes", system),
                ("MessageAttributes", parameters.get("MessageAttributeNames")),
            ):
                kept = _asked_for(message.pop(part, {}), names)
                message.update({part: kept} if kept else {})
        return answer({"Messages": messages} if messages else {})

    def _delete_message(self, name: str, parameters: Parameters) -> Answer:
        self.delete(name, parameters["ReceiptHandle"])
        return answer({})

    def _change_visibility(self, name: str, parameters: Parameters) -> Answer:
        message = self._queues[name].find(parameters["ReceiptHandle"])
        if message is None:
            return failure("ReceiptHandleIsInvalid", "The receipt handle is not valid.")
        hidden_for = timedelta(seconds=parameters["VisibilityTimeout"])
        if hidden_for > MAX_VISIBILITY:
            return failure("InvalidParameterValue", "12 hours is the longest time.")
        message.visible_at = self._engine.clock.now() + hidden_for
        self._arm(name, hidden_for)
        return answer({})

    def _each(
        self, act: Callable[[str, Parameters], Answer], name: str, parameters: Parameters
    ) -> Answer:
        """Answer a batch: each entry by itself."""
        done: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in parameters["Entries"]:
            response, parsed = act(name, entry)
            parsed.pop("ResponseMetadata")
            if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                done["Successful"].append({"Id": entry["Id"], **parsed})
            else:
                done["Failed"].append({"Id": entry["Id"], "SenderFault": True, **parsed["Error"]})
        return answer({kind: entries for kind, entries in done.items() if entries})


def _asked_for(attributes: Mapping[str, Any], names: Sequence[str] | None) -> dict[str, Any]:
    """Return the attributes that a call asks for by name, or all of them."""
    names = names or ()
    everything = "All" in names or ".*" in names
    return {name: value for name, value in attributes.items() if everything or name in names}


def ref_of(body: str) -> str:
    """Return the id by which to follow the event in a message's body."""
    return event_id_of(json_of(body))


def json_of(body: str) -> dict[str, Any] | None:
    """Parse a message's body; None if it is not a JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
