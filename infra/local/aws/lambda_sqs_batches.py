"""What Lambda gives to a function of a queue's messages, and how it reads the function's report."""

from collections.abc import Mapping
from typing import Any, Final

from infra.local.engine.arns import Account

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
    """Return how often a message has been received, this time included."""
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
