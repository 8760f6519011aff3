"""Retries a failed job: puts its event on the bus again.

All consumers of the event get it, not only the one that failed. That is harmless, for they do
nothing twice, and it is right: when an add is persisted at last, its reminder may be due again.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from chalicelib.domain import ids
from chalicelib.settings import Names

INDEX: Final = "failures-by-request"


class RetryError(Exception):
    """The job cannot be retried; the message says why."""


def retry(dynamodb: Any, events: Any, names: Names, request_id: str) -> list[str]:
    """Put the event of a failed request on the bus again.

    ``dynamodb`` and ``events`` are botocore clients. Returns the functions that had failed.

    Raises:
        RetryError: no failure of this request is kept, its event was too large to keep whole, or
            the bus did not take it.
    """
    failures = list(_failures(dynamodb, names.table, request_id))
    if not failures:
        raise RetryError(f"No failed job is kept of request {request_id}.")
    event = failures[0]["event"]
    if not {"source", "detail-type", "detail"} <= event.keys():
        raise RetryError("The event was not kept whole, so it has to be replayed from the archive.")
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": names.bus,
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Detail": json.dumps(event["detail"]),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise RetryError(f"The bus did not take the event: {answer['Entries'][0]['ErrorCode']}.")
    return sorted(failure["function"] for failure in failures)


def _failures(dynamodb: Any, table: str, request_id: str) -> Iterator[dict[str, Any]]:
    """Find the failures of a request by the index, which holds nothing but failures' keys."""
    found = dynamodb.query(
        TableName=table,
        IndexName=INDEX,
        KeyConditionExpression="failed_request = :request",
        ExpressionAttributeValues={":request": {"S": ids.intent_of(request_id)}},
    )
    for keys in found["Items"]:
        item = dynamodb.get_item(TableName=table, Key={name: keys[name] for name in ("pk", "sk")})
        if "Item" in item:
            yield json.loads(item["Item"]["failure"]["S"])
