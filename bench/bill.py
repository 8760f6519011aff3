"""What usage costs, in dollars; the prices and what no simulation can count are in prices.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.usage import Usage

_PRICES: Final = tomllib.loads(Path(__file__).with_name("prices.toml").read_text("utf-8"))
ASSUMED: Final[Mapping[str, float]] = _PRICES["assumed"]
MILLION: Final = 1_000_000

HTTP_API_SAVES: Final = 2.50
"""Dollars a million requests that API Gateway's HTTP APIs cost less; Chalice makes REST APIs."""

_GIGABYTE: Final = 1024**3
_ARCHIVED_MONTHS: Final = 1  # the archive keeps events for 30 days


def bill(usage: Usage, memory_megabytes: int) -> dict[str, float]:
    """Return the dollars by service, for functions of this memory."""
    per_million, per_gigabyte = _PRICES["per_million"], _PRICES["per_gigabyte"]

    def counted(count: float, price: str) -> float:
        return count / MILLION * float(per_million[price])

    archive = per_gigabyte["archive"] + _ARCHIVED_MONTHS * per_gigabyte["archive_month"]
    return {
        "API Gateway": counted(usage.api_requests, "api_request"),
        "EventBridge": counted(usage.custom_events, "custom_event")
        + usage.archived_bytes / _GIGABYTE * archive,
        "Scheduler": counted(usage.schedule_runs, "schedule_run"),
        "Lambda": counted(usage.invocations, "invocation") + computing(usage, memory_megabytes),
        "DynamoDB": counted(usage.write_units, "write_unit")
        + counted(usage.read_units, "read_unit"),
        "SQS": counted(usage.queue_requests, "queue_request"),
        "logs, traces": usage.log_bytes / _GIGABYTE * per_gigabyte["log"]
        + counted(usage.traces, "trace")
        + counted(usage.calls.get("PutMetricData", 0), "metric_request"),
        "SES": counted(usage.mails, "mail"),
    }


def total(dollars: Mapping[str, float], *, mail: bool) -> float:
    """Return the sum of a bill, with or without the mails."""
    return sum(price for service, price in dollars.items() if mail or service != "SES")


def computing(usage: Usage, memory_megabytes: int) -> float:
    """Return the dollars for the time that functions of this memory take."""
    milliseconds = (
        usage.invocations * ASSUMED["milliseconds_per_invocation"]
        + sum(usage.calls.values()) * ASSUMED["milliseconds_per_call"]
    )
    gigabyte_seconds = milliseconds / 1000 * memory_megabytes / 1024
    return gigabyte_seconds * float(_PRICES["per_gigabyte_second"]["compute"])
