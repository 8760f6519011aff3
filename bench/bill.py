"""What usage costs, in dollars; the prices and what no simulation can count are in prices.toml."""

from collections.abc import Mapping
from typing import Final

from bench.prices import ASSUMED
from bench.prices import PRICES as _PRICES
from bench.usage import Usage

MILLION: Final = 1_000_000
SIGN_IN: Final[Mapping[str, float]] = _PRICES["per_thousand_customers"]

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
    kept_logs = ASSUMED["compressed_logs"] * per_gigabyte["log_month"]  # for a month
    return {
        "API Gateway": counted(usage.api_requests, "api_request"),
        "EventBridge": counted(usage.custom_events, "custom_event")
        + usage.archived_bytes / _GIGABYTE * archive,
        "Scheduler": counted(usage.schedule_runs, "schedule_run"),
        "Lambda": counted(usage.invocations, "invocation")
        + computing(usage, memory_megabytes)
        + starting(usage, memory_megabytes),
        "DynamoDB": counted(usage.write_units, "write_unit")
        + counted(usage.read_units, "read_unit")
        + usage.stored_byte_months
        / _GIGABYTE
        * (per_gigabyte["table_month"] + per_gigabyte["backup_month"]),
        "SQS": counted(usage.queue_requests, "queue_request"),
        "logs, traces": usage.log_bytes / _GIGABYTE * (per_gigabyte["log"] + kept_logs)
        + counted(usage.traces, "trace")
        + counted(usage.calls.get("PutMetricData", 0), "metric_request"),
        "data out": usage.api_requests
        * ASSUMED["answer_bytes"]
        / _GIGABYTE
        * per_gigabyte["data_out"],
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
    return _time(milliseconds, memory_megabytes)


def starting(usage: Usage, memory_megabytes: int) -> float:
    """Return the dollars for the starts of functions of this memory: Lambda's INIT."""
    starts = usage.invocations * ASSUMED["cold_share"]
    return _time(starts * ASSUMED["milliseconds_to_start"], memory_megabytes)


def _time(milliseconds: float, memory_megabytes: int) -> float:
    gigabyte_seconds = milliseconds / 1000 * memory_megabytes / 1024
    return gigabyte_seconds * float(_PRICES["per_gigabyte_second"]["compute"])
