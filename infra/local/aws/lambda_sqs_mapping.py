"""Lambda's event source mapping of a queue: receives batches, runs the function, deletes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.local.aws.lambda_functions import Functions
from infra.local.aws.lambda_invocation import Outcome
from infra.local.aws.sqs import Queues, json_of, ref_of
from infra.local.engine.arns import Account
from infra.local.engine.correlation import correlation_id_of
from infra.local.engine.engine import Engine

Message = Mapping[str, Any]
"""A message as ReceiveMessage gives it."""

Record = Mapping[str, Any]
"""A message as Lambda gives it."""

_ATTRIBUTES: Final = (
    "ApproximateReceiveCount",
    "SentTimestamp",
    "SenderId",
    "ApproximateFirstReceiveTimestamp",
)


@dataclass(frozen=True)
class Mapped:
    """An event source mapping; ``window`` is how long a batch may wait to be filled."""

    queue: str
    function: str
    batch_size: int = 10
    window: timedelta = timedelta()
    reports_failures: bool = False


class Poller:
    """Polls the queue of one mapping whenever there may be a message."""

    def __init__(
        self, engine: Engine, mapped: Mapped, functions: Functions, queues: Queues
    ) -> None:
        """Watch the queue.

        Raises:
            ValueError: the queue hides a message for a shorter time than the function may take.
        """
        self._engine = engine
        self._mapped = mapped
        self._functions = functions
        self._queues = queues
        self._planned: set[datetime] = set()
        self._failed: set[str] = set()  # the ids of messages that may be dead-lettered
        self._visibility = queues.get(mapped.queue).seconds("VisibilityTimeout")
        if self._visibility.total_seconds() < functions.get(mapped.function).timeout:
            raise ValueError(
                f"The visibility timeout of {mapped.queue} ({self._visibility.seconds} s) is "
                f"shorter than the timeout of {mapped.function}; Lambda refuses such a mapping."
            )
        queues.on_message(mapped.queue, self.arm)

    def arm(self, delay: timedelta) -> None:
        """Plan a poll for ``delay`` from now, a batching window later if there is one."""
        self._plan(self._engine.clock.now() + delay + self._mapped.window)

    def _plan(self, due: datetime) -> None:
        if due not in self._planned:
            self._planned.add(due)
            self._engine.agenda.plan_at(due, f"poll {self._mapped.queue}", lambda: self._poll(due))

    def _poll(self, due: datetime) -> None:
        self._planned.discard(due)
        dead = self._dead_letters()
        messages = self._queues.receive(self._mapped.queue, self._mapped.batch_size)
        if messages:
            self._process(messages)
        if len(messages) == self._mapped.batch_size:
            # There may be more. A step of its own lets requests be answered in between.
            self._plan(self._engine.clock.now())
        if moved := self._dead_letters() - dead:
            outcome = f"{moved} dead-lettered"
            self._engine.journal.record("queue", self._mapped.queue, outcome, failed=True)

    def _dead_letters(self) -> int:
        """Return how many messages are dead letters; not worth asking before one has failed."""
        return self._queues.dead_letters(self._mapped.queue) if self._failed else 0

    def _process(self, messages: Sequence[Message]) -> None:
        queue, account = self._mapped.queue, self._engine.account
        records = [record_of(message, queue, account) for message in messages]
        for record in records:
            self._note(record)
        outcome = self._functions.invoke(self._mapped.function, {"Records": records})
        failures = self._failures(outcome, records)
        self._failed = (self._failed - {record["messageId"] for record in records}) | set(failures)
        for record in records:
            error = failures.get(record["messageId"])
            self._functions.record(
                self._mapped.function,
                json_of(record["body"]),
                event_id=ref_of(record["body"]) or record["messageId"],
                attempt=receives_of(record),
                error=error,
                run=outcome,
            )
            if error is None:
                self._queues.delete(self._mapped.queue, record["receiptHandle"])
        if failures:
            self.arm(self._visibility)

    def _failures(self, outcome: Outcome, records: list[Record]) -> dict[str, str]:
        """Return the error of each message that stays in the queue, by message id.

        A malformed report fails the whole batch, and so does one that names an unknown message
        ("Implementing partial batch responses"). Without ReportBatchItemFailures Lambda does not
        look at what the function returns.
        """
        everything = [record["messageId"] for record in records]
        if outcome.error is not None:
            return dict.fromkeys(everything, outcome.error)
        if not self._mapped.reports_failures:
            return {}
        failed = reported_failures(outcome.payload)
        if failed is None or not set(failed) <= set(everything):
            return dict.fromkeys(everything, "malformed batchItemFailures")
        return dict.fromkeys(failed, "reported in batchItemFailures")

    def _note(self, record: Record) -> None:
        receives = receives_of(record)
        self._engine.journal.record(
            "queue",
            self._mapped.queue,
            "message received",
            ref=ref_of(record["body"]),
            note=f"receive {receives}" if receives > 1 else "",
            correlation_id=correlation_id_of(json_of(record["body"])),
            attempt=receives,
        )


def record_of(message: Message, queue: str, account: Account) -> Record:
    """Build the record that Lambda passes for a message ("Using Lambda with Amazon SQS")."""
    attributes = message["Attributes"]
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {name: attributes[name] for name in _ATTRIBUTES},
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": account.arn("sqs", queue),
        "awsRegion": account.region,
    }


def receives_of(record: Record) -> int:
    """Return how many times a message has been received, including this time."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }


def reported_failures(payload: object) -> list[str] | None:
    """Return the message ids that a partial batch response names; None if it is malformed."""
    match payload:
        case None | {"batchItemFailures": None}:
            return []
        case {"batchItemFailures": list(items)}:
            ids = [item.get("itemIdentifier") for item in items if isinstance(item, dict)]
            if len(ids) == len(items) and all(isinstance(id_, str) and id_ for id_ in ids):
                return [str(id_) for id_ in ids]
        case dict(answer) if "batchItemFailures" not in answer:
            return []
    return None
