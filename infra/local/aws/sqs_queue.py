"""One queue of Amazon SQS as plain data: what is in it, and who may see it when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any, Final

MAX_VISIBILITY: Final = timedelta(hours=12)
DEFAULTS: Final = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}


@dataclass(eq=False)
class Message:
    """A message; ``visible_at`` is when it may be received, for the first time or again."""

    id: str
    body: str
    attributes: Mapping[str, Any]
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    first_received_at: datetime | None = None
    handles: set[str] = field(default_factory=set)

    def received(self, handle: str) -> dict[str, Any]:
        """Return the message as ReceiveMessage gives it with all attributes."""
        first = self.first_received_at or self.sent_at
        return {
            "MessageId": self.id,
            "ReceiptHandle": handle,
            "MD5OfBody": md5_of(self.body),
            "Body": self.body,
            "Attributes": {
                "SenderId": "AIDALOCALCLOUD",
                "SentTimestamp": _milliseconds(self.sent_at),
                "ApproximateReceiveCount": str(self.receives),
                "ApproximateFirstReceiveTimestamp": _milliseconds(first),
            },
            **({"MessageAttributes": dict(self.attributes)} if self.attributes else {}),
        }


class Queue:
    """The messages of a queue, the oldest first."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        """Make an empty queue; ``attributes`` as in the API."""
        self.attributes = {**DEFAULTS, **attributes}
        policy = json.loads(attributes.get("RedrivePolicy", "{}"))
        self.dead_letter_arn: str | None = policy.get("deadLetterTargetArn")
        self._max_receives = int(policy.get("maxReceiveCount", 0))
        self._messages: dict[str, Message] = {}
        self._by_handle: dict[str, Message] = {}

    def seconds(self, attribute: str) -> timedelta:
        """Return a span of time among the attributes."""
        return timedelta(seconds=int(self.attributes[attribute]))

    def add(self, message: Message) -> None:
        """Add a message."""
        self._messages[message.id] = message

    def receive(self, count: int, hidden_for: timedelta, now: datetime) -> list[Message]:
        """Return up to so many messages that are visible, and hide them for a while."""
        self._expire(now)
        received: list[Message] = []
        for message in self._messages.values():
            if len(received) == count:
                break
            if message.visible_at <= now:
                message.receives += 1
                message.first_received_at = message.first_received_at or now
                message.visible_at = now + hidden_for
                received.append(message)
        return received

    def take_dead(self, now: datetime) -> list[Message]:
        """Remove and return the visible messages that have been received too often."""
        dead = [
            message
            for message in self._messages.values()
            if self._max_receives
            and message.receives >= self._max_receives
            and message.visible_at <= now
        ]
        for message in dead:
            self._remove(message)
        return dead

    def give(self, handle: str, message: Message) -> None:
        """Add a receipt handle of a message; those of earlier receives stay valid."""
        message.handles.add(handle)
        self._by_handle[handle] = message

    def find(self, handle: str) -> Message | None:
        """Return the message of a receipt handle, None if it has been deleted."""
        return self._by_handle.get(handle)

    def delete(self, handle: str) -> None:
        """Delete the message of a receipt handle, if it still exists."""
        message = self.find(handle)
        if message is not None:
            self._remove(message)

    def counts(self, now: datetime) -> dict[str, int]:
        """Return how many messages are visible, in flight and delayed."""
        self._expire(now)
        hidden = [each for each in self._messages.values() if each.visible_at > now]
        delayed = sum(not message.receives for message in hidden)
        visible = len(self._messages) - len(hidden)
        return {"visible": visible, "in_flight": len(hidden) - delayed, "delayed": delayed}

    def _expire(self, now: datetime) -> None:
        kept_since = now - self.seconds("MessageRetentionPeriod")
        for message in [each for each in self._messages.values() if each.sent_at <= kept_since]:
            self._remove(message)

    def _remove(self, message: Message) -> None:
        del self._messages[message.id]
        for handle in message.handles:
            del self._by_handle[handle]
        message.handles.clear()


def md5_of(text: str) -> str:
    """Return the MD5 digest by which SQS tells that a text has arrived."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
