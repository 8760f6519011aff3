"""Telling live what happens in a stage: events, results and failures, schedules, dead letters."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import click

from infra.operations import queues, schedules
from infra.operations.listening import LONGEST, listening
from infra.operations.target import Target

_LOOK_AGAIN_SECONDS: Final = 5

# The fields of an event that may be printed: nothing that identifies a person.
_TOLD: Final = ("cart_id", "sku", "quantity", "window")

_SUCCESS: Final = "Lambda Function Invocation Result - Success"


def watch(target: Target, seconds: float | None = None) -> None:
    """Print what happens until Ctrl-C, for ``seconds`` or for twelve hours at most."""
    until = time.monotonic() + min(seconds or LONGEST.total_seconds(), LONGEST.total_seconds())
    with _stoppable(), listening(target) as queue_url:
        surroundings = _Surroundings(target)
        click.echo(f"Watching stage {target.stage}. Stop with Ctrl-C.")
        while time.monotonic() < until:
            for event in _received(target, queue_url):
                click.echo(line_of(event))
            surroundings.look()


def line_of(event: Mapping[str, Any]) -> str:
    """Describe an event of the bus in one line, without anything that leads to a person."""
    at, source, kind, detail = (event[name] for name in ("time", "source", "detail-type", "detail"))
    try:
        if source == "lambda":
            return f"{at}  {_result(kind, detail)}"
        facts = [f"{name}={detail['data'][name]}" for name in _TOLD if name in detail["data"]]
        return f"{at}    {kind} {' '.join(facts)} event={detail['metadata']['event_id']}"
    except (KeyError, TypeError, AttributeError):  # it is not one of this application's
        return f"{at}    {kind} from {source}"


def _result(kind: str, record: Mapping[str, Any]) -> str:
    """Describe what Lambda reports of an asynchronous invocation."""
    context, answer = record["requestContext"], record.get("responsePayload") or {}
    function = context["functionArn"].split(":")[6]
    event = record["requestPayload"]["detail"]["metadata"]["event_id"]
    if kind == _SUCCESS and answer.get("action") != "rejected":
        return f"  {function}: {answer.get('action', 'done')} event={event}"
    reason = answer.get("errorType") or (answer.get("error") or {}).get("code", "failed")
    attempts = context["approximateInvokeCount"]
    return f"! {function}: {context['condition']} {reason} attempts={attempts} event={event}"


def _received(target: Target, queue_url: str) -> Iterator[dict[str, Any]]:
    sqs = target.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0 if target.is_local else 5
    )
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        yield json.loads(message["Body"])
    if target.is_local:
        time.sleep(target.poll_seconds)


class _Surroundings:
    """What no event tells: which schedules there are, and what is in the queues."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._schedules = schedules.found(target)
        if not self._schedules.are_all:
            click.echo(f"There are {self._schedules} schedules: which of them fire is not shown.")
        self._depths = queues.depths(target)
        self._looked_at = time.monotonic()

    def look(self) -> None:
        """Print what has changed since the last look, some seconds ago."""
        wait = self._target.poll_seconds if self._target.is_local else _LOOK_AGAIN_SECONDS
        if time.monotonic() < self._looked_at + wait:
            return
        self._looked_at = time.monotonic()
        if self._schedules.are_all:
            self._look_at_schedules()
        depths = queues.depths(self._target)
        for name, depth in depths.items():
            if depth != self._depths.get(name) and depth is not None:
                click.echo(f"{'!' if depth.is_trouble else ' '} queue {name}: {depth}")
        self._depths = depths

    def _look_at_schedules(self) -> None:
        found = schedules.found(self._target)
        if found.are_all:
            for name in sorted(found.names - self._schedules.names):
                click.echo(f"  schedule {name} is due {schedules.due(self._target, name)}")
            for name in sorted(self._schedules.names - found.names):
                click.echo(f"  schedule {name} has fired")
        self._schedules = found


@contextmanager
def _stoppable() -> Iterator[None]:
    """Take a request to end as Ctrl-C, and Ctrl-C as a wish and not as an error."""
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped.")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
