"""Bugs in what becomes of a job that does not work."""

from contextlib import AbstractContextManager, suppress
from typing import Any

import msgspec

from chalicelib.adapters.dynamodb.failures import Failures
from chalicelib.entrypoints import consumers
from chalicelib.entrypoints.reporting import Payload
from infra.local import resources
from infra.local.aws.lambda_functions import AsyncConfig
from infra.local.aws.lambda_sqs_mapping import Mapped
from tests.simulation.bugs.ingredients import outage
from tests.simulation.bugs.registry import bug, replacing

_REMINDERS_FAIL = outage("sesv2", "dynamodb", "send_reminder")


@bug("the error of a queue's message is swallowed: it is never tried again", needs=_REMINDERS_FAIL)
def _() -> AbstractContextManager[Any]:
    original = consumers._handle

    def handle(record: Payload, wait: int) -> None:
        with suppress(Exception):
            original(record, wait)

    return replacing(consumers, "_handle", handle)


@bug("the queue's mapping does not report which messages of a batch failed", needs=_REMINDERS_FAIL)
def _() -> AbstractContextManager[Any]:
    return replacing(
        resources, "Mapped", lambda **given: Mapped(**{**given, "reports_failures": False})
    )


@bug("consumers have no OnFailure destination")
def _() -> AbstractContextManager[Any]:
    return replacing(
        resources, "AsyncConfig", lambda **given: AsyncConfig(**{**given, "on_failure": None})
    )


@bug("failures are logged, but not kept")
def _() -> AbstractContextManager[Any]:
    return replacing(Failures, "record", lambda *_: None)


@bug("a failure is kept without the job that failed")
def _() -> AbstractContextManager[Any]:
    original = Failures.record

    def record(self: Failures, failure: Any) -> None:
        original(self, msgspec.structs.replace(failure, job={}))

    return replacing(Failures, "record", record)
