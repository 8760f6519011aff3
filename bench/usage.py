"""What AWS would charge for, counted while the local cloud runs the real handlers.

``meter`` counts what happens inside a ``with`` block; ``bench/bill.py`` knows what it costs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from math import ceil
from typing import Any, Final

from bench.prices import ASSUMED
from chalicelib.telemetry import logs
from infra.local.cloud import LocalCloud
from infra.local.engine.journal import Hop
from infra.local.engine.sdk import Call

TRACED_SHARE: Final = 0.01
"""As the sampling rule in foundation.yaml has it."""

WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
READS: Final = frozenset({"GetItem", "Query"})
# SQS charges the sending of a message, and then the receiving and the deleting of a batch.
_QUEUE_REQUESTS: Final = {
    "message sent": 1,
    "message received": 2 / ASSUMED["reminders_per_batch"],
}
_OVERHEAD_BYTES: Final = 100
"""What DynamoDB adds to the size of each item that it stores."""
_EVENT_BYTES: Final = 64 * 1024
_PROJECTION: Final = "ProjectionExpression"
_WRITE_BYTES: Final = 1024
_READ_BYTES: Final = 4096


@dataclass
class Usage:
    """Counts of what is charged for; ``calls`` are those of the app to AWS, by operation."""

    api_requests: float = 0
    custom_events: float = 0
    invocations: float = 0
    schedule_runs: float = 0
    write_units: float = 0
    read_units: float = 0
    queue_requests: float = 0
    mails: float = 0
    log_bytes: float = 0
    archived_bytes: float = 0
    traces: float = 0
    stored_byte_months: float = 0
    calls: dict[str, float] = field(default_factory=dict)

    def __add__(self, other: "Usage") -> "Usage":
        return self._combined(other, 1)

    def __sub__(self, other: "Usage") -> "Usage":
        return self._combined(other, -1)

    def __mul__(self, times: float) -> "Usage":
        return Usage()._combined(self, times)

    def _combined(self, other: "Usage", times: float) -> "Usage":
        numbers = {
            one.name: getattr(self, one.name) + times * getattr(other, one.name)
            for one in fields(Usage)
            if one.name != "calls"
        }
        names = {**self.calls, **other.calls}
        calls = {name: self.calls.get(name, 0) + times * other.calls.get(name, 0) for name in names}
        return Usage(**numbers, calls={name: count for name, count in calls.items() if count})


@contextmanager
def meter(cloud: LocalCloud) -> Iterator[Usage]:
    """Count what the local cloud, on a clock that stands still, is used for within the block.

    The counts are there when the block is left.
    """
    usage, calls, written = Usage(), len(cloud.calls), cloud.parts.logs.written
    hops = cloud.engine.journal.subscribe()
    with _log_lines() as lines:
        yield usage
    cloud.engine.journal.unsubscribe(hops)
    while not hops.empty():
        _count_hop(usage, hops.get())
    for call in cloud.calls[calls:]:
        _count_call(usage, cloud, call)
    usage.log_bytes += sum(len(line.encode()) for line in lines)
    usage.log_bytes += cloud.parts.logs.written - written


@contextmanager
def _log_lines() -> Iterator[list[str]]:
    """Collect the lines that the app logs, beside where they go."""
    lines: list[str] = []
    write = logs.write

    def collect(line: str) -> None:
        lines.append(line)
        write(line)

    logs.write = collect
    try:
        yield lines
    finally:
        logs.write = write


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item as DynamoDB counts it ("DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def stored_byte_months(cloud: LocalCloud, table: str) -> float:
    """Return the size of all that is in a table, times the months (30 days) until it expires."""
    now = cloud.clock.now().timestamp()
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    return sum(
        (item_bytes(item) + _OVERHEAD_BYTES)
        * (int(item["expires_at"]["N"]) - now)
        / timedelta(days=30).total_seconds()
        for item in items
        if "expires_at" in item
    )


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content) // 2 + 2
    raise NotImplementedError(f"No item has had an attribute of type {kind} so far.")


def _count_hop(usage: Usage, hop: Hop) -> None:
    match hop.kind:
        case "request":
            usage.api_requests += 1
            usage.traces += TRACED_SHARE
            usage.invocations += 1  # of the API's function, which is no "invoke"
        case "invoke":
            usage.invocations += 1
        case "event":
            _count_event(usage, hop.payload or {})
        case "schedule":
            usage.schedule_runs += hop.outcome == "fired"
        case "queue":
            usage.queue_requests += _QUEUE_REQUESTS.get(hop.outcome, 0)
        case "mail":
            usage.mails += 1


def _count_event(usage: Usage, event: Mapping[str, Any]) -> None:
    size = len(json.dumps(event).encode())
    usage.custom_events += ceil(size / _EVENT_BYTES)
    if event["source"].startswith("cart."):  # as the archive's pattern has it
        usage.archived_bytes += size


def _count_call(usage: Usage, cloud: LocalCloud, call: Call) -> None:
    usage.calls[call.operation] = usage.calls.get(call.operation, 0) + 1
    if call.operation in WRITES:
        usage.write_units += max(1, ceil(_written_bytes(cloud, call) / _WRITE_BYTES))
    if call.operation == "TransactWriteItems":  # each item is written twice, and is small
        usage.write_units += 2 * len(call.parameters["TransactItems"])
    if call.operation in READS:
        usage.read_units += max(1, ceil(_read_bytes(cloud, call) / _READ_BYTES))


def _written_bytes(cloud: LocalCloud, call: Call) -> int:
    """Return the size of the item as the call left it, or about so if it was changed again."""
    table, item = call.parameters["TableName"], call.parameters.get("Item", {})
    key = call.parameters.get("Key") or {name: item[name] for name in ("pk", "sk")}
    found = cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
    return item_bytes(found.get("Item", key))


def _read_bytes(cloud: LocalCloud, call: Call) -> int:
    """Return the size of what the call read; a projection makes no difference to it."""
    read = {name: value for name, value in call.parameters.items() if name != _PROJECTION}
    dynamodb = cloud.client("dynamodb")
    if call.operation == "Query":
        return sum(item_bytes(item) for item in dynamodb.query(**read)["Items"])
    return item_bytes(dynamodb.get_item(**read).get("Item", {}))
