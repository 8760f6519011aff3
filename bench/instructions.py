"""Counts the instructions of a process with callgrind: the same count however busy the machine."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench.packages import BUILD

_COLLECTED: Final = re.compile(r"Collected : (\d+)")
_DRIVE: Final = str(Path(__file__).with_name("drive.py"))

ENVIRONMENT: Final = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_SESSION_TOKEN": "x" * 400,
    "AWS_LAMBDA_FUNCTION_NAME": "cart-dev",
    "STAGE": "dev",
    "REMINDER_DELAY_SECONDS": "86400",
    "REMINDER_WINDOW_SECONDS": "3600",
    "MAIL_SENDER": "reminders@shop.example.com",
    "SHOP_URL": "https://shop.example.com/",
    "EVENT_BUS_ARN": "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/cart-dev-scheduler",
    "SCHEDULES_DLQ_ARN": "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev",
    "USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a",
    "USER_POOL_CLIENT_ID": "client",
}


class MissingTool(Exception):
    """A program that is needed is not installed."""


@dataclass(frozen=True)
class Program:
    """A Python program that is measured: arguments, folders to import from, environment."""

    arguments: tuple[str, ...]
    folders: tuple[Path, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def instructions(self) -> int:
        """Return how many instructions it takes.

        Raises:
            MissingTool: valgrind is not installed.
            RuntimeError: the program failed.
        """
        tool = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}")
        process = self._run(*tool)
        collected = _COLLECTED.search(process.stderr)
        if process.returncode or not collected:
            raise RuntimeError(f"{self.arguments} failed:\n{process.stderr[-2000:]}")
        return int(collected[1])

    def output(self) -> str:
        """Return what it prints; nothing is measured."""
        return self._run().stdout

    def _run(self, *tool: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, self.folders))
        environment = {**ENVIRONMENT, "PYTHONPATH": path, **self.environment}
        try:
            return subprocess.run(  # noqa: S603 - this project's own programs
                [*tool, sys.executable, "-S", "-P", *self.arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise MissingTool("make bench needs valgrind: apt-get install valgrind") from error


@dataclass(frozen=True)
class Subject:
    """A function that can be invoked; ``handler`` as :mod:`bench.drive` has it."""

    handler: str
    event: Mapping[str, Any]
    lines: Mapping[str, Any]
    folders: tuple[Path, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def invoked(self, times: int = 1, wire: str = "stub", **environment: str) -> Program:
        """Return the program that invokes it."""
        arguments = (_DRIVE, self.handler, str(times), wire, str(_event_file(self)))
        return Program(arguments, self.folders, {**self.environment, **environment})


def start(subject: Subject, wire: str = "stub", **environment: str) -> int:
    """Return the instructions from the start of the process to the first answer, inclusive."""
    return subject.invoked(1, wire, **environment).instructions()


def each(subject: Subject, wire: str = "stub", times: int = 40, **environment: str) -> float:
    """Return the instructions of one invocation of a function that is warm."""
    few, many = (subject.invoked(5 + more, wire, **environment) for more in (0, times))
    return (many.instructions() - few.instructions()) / times


@cache
def _events_folder() -> Path:
    folder = BUILD / "events"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _event_file(subject: Subject) -> Path:
    file = _events_folder() / f"{re.sub(r'[^a-z_]+', '-', subject.handler)}.json"
    text = json.dumps([subject.event, subject.lines])
    if not file.exists() or file.read_text(encoding="utf-8") != text:  # others may be reading it
        file.write_text(text, encoding="utf-8")
    return file
