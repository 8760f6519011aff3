"""Finds what must be in no log, no metric and no name: addresses, people's names and tokens."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from chalicelib.telemetry import logs
from infra.local.cloud import LocalCloud

PEOPLE: Final = ("Ada", "Grace", "Eve", "Mallory", "Lovelace")
"""What customers are called in tests."""

_PERSONAL: Final = {
    # One character before the @ is enough: more of them make it slow where a text has none.
    "an address": re.compile(r"[^\s\"'<>](@|%40)[^\s\"'<>]+\.[a-z]{2,}", re.IGNORECASE),
    "a name": re.compile(rf"\b({'|'.join(PEOPLE)})\b"),
    "an id token": re.compile(r"eyJ[A-Za-z0-9_-]{10,}"),
    "a signed token": re.compile(r"\.[0-9]{9,11}\.[A-Za-z0-9_-]{43}"),
}


def leaks(text: str) -> list[str]:
    """Return what of somebody's is in a text."""
    return [f"{what} in {text}" for what, pattern in _PERSONAL.items() if pattern.search(text)]


@contextmanager
def logged_lines() -> Iterator[list[str]]:
    """Collect the lines as they are logged; to be entered when the app is deployed."""
    lines: list[str] = []
    write: Callable[[str], None] = logs.write

    def note(line: str) -> None:
        lines.append(line)
        write(line)

    with mock.patch.object(logs, "write", note):
        yield lines


def leaked_by(cloud: LocalCloud, lines: list[str]) -> list[str]:
    """Return what leaked into log lines, hops, schedules' names and queues' attributes."""
    hops = [f"{hop.kind} {hop.what} {hop.outcome} {hop.ref} {hop.note}" for hop in cloud.hops()]
    texts = [*lines, *hops, *_schedule_names(cloud), *map(str, _queue_attributes(cloud))]
    return [leak for text in texts for leak in leaks(text)]


def _schedule_names(cloud: LocalCloud) -> Iterator[str]:
    for call in cloud.calls:
        if call.operation == "CreateSchedule":
            yield str(call.parameters["Name"])


def _queue_attributes(cloud: LocalCloud) -> Iterator[dict[str, Any]]:
    sqs = cloud.client("sqs")
    for name in cloud.state()["queues"]:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        yield sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
