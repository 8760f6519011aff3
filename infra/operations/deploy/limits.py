"""What a deployment survives and customers may not: limits of the account, and ends of support."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError

from infra.operations.deploy import identity
from infra.operations.deploy.throttling import RATE_LIMIT
from infra.operations.problems import code_of
from infra.operations.target import Target

ENOUGH_CONCURRENCY: Final = 100
"""Functions that run at once, below which a busy minute is throttled; new accounts may have 10."""

RUNTIMES: Final = {
    (3, 11): date(2027, 6, 30),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 6, 30),
    (3, 14): date(2029, 6, 30),
}
"""Lambda's versions of Python, and when AWS means to deprecate each; it moves the dates.

Source: "Lambda runtimes" in the AWS Lambda developer guide. endoflife.date and cfn-lint, which both
follow that page, say the same in August 2026; older copies of the page, and the same table for
Bedrock AgentCore, have other dates for 3.11 and 3.14. A test fails when cfn-lint has others.
"""

WARNING: Final = timedelta(days=180)
"""How long before its end a runtime is told of."""

_QUOTAS: Final = {
    ("events", "PutEvents"): "requests beyond are answered 503",
    ("scheduler", "CreateSchedule"): "adds beyond get their schedule later, within six hours",
}
"""Requests a second that Service Quotas knows, and what follows beyond them.

An add is one of each.
"""


def runtime_problem(version: tuple[int, int] = sys.version_info[:2]) -> str | None:
    """Say why the functions could not run on the Python that deploys them, if so."""
    if version in RUNTIMES:
        return None
    known = ", ".join(f"{major}.{minor}" for major, minor in RUNTIMES)
    return (
        f"The functions run on the version of Python that deploys them, and no runtime of Lambda "
        f"is known for {version[0]}.{version[1]}: deploy with one of {known}."
    )


def notes(target: Target, now: datetime | None = None) -> Iterator[str]:
    """Give what is worth knowing before customers come, one sentence each.

    Emulators have no such limits.
    """
    yield from identity.notes(target)
    if target.is_local:
        return
    version = sys.version_info[:2]
    ends = RUNTIMES[version]
    if (now or datetime.now(UTC)).date() > ends - WARNING:
        yield (
            f"Lambda deprecates python{version[0]}.{version[1]} on {ends}: deploy with a later "
            "Python before."
        )
    for limit in (_concurrency, _sandbox, _quotas):
        try:
            yield from limit(target)
        except ClientError as error:
            refused = f"{error.operation_name} was refused: {code_of(error)}"
            yield f"{refused}. What it limits was not looked at."


def _concurrency(target: Target) -> Iterator[str]:
    limits = target.client("lambda").get_account_settings()["AccountLimit"]
    if limits["ConcurrentExecutions"] < ENOUGH_CONCURRENCY:
        yield (
            f"This account runs {limits['ConcurrentExecutions']} functions at once at most, in "
            f"{target.region} and all its applications together; requests beyond are answered "
            "5xx. Ask for 1,000 in Service Quotas (AWS Lambda, Concurrent executions)."
        )


def _sandbox(target: Target) -> Iterator[str]:
    if not target.client("sesv2").get_account()["ProductionAccessEnabled"]:
        yield (
            f"SES in {target.region} is in its sandbox: reminders reach verified addresses "
            "only, 200 a day. Ask for production access before you open the shop."
        )


def _quotas(target: Target) -> Iterator[str]:
    pages = target.client("service-quotas").get_paginator("list_service_quotas").paginate
    for (service, operation), what_follows in _QUOTAS.items():
        for page in pages(ServiceCode=service):
            for quota in page["Quotas"]:
                if quota["QuotaName"].startswith(operation) and quota["Value"] < RATE_LIMIT:
                    yield (
                        f"The API takes {RATE_LIMIT:.0f} requests a second, but this account "
                        f"{quota['Value']:.0f} of {operation} in {target.region}: {what_follows}. "
                        "Ask for more in Service Quotas, or lower RATE_LIMIT in "
                        "infra/operations/deploy/throttling.py."
                    )
