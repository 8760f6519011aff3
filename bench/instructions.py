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
from zlib import crc32

from bench.environment import ENVIRONMENT
from bench.packages import BUILD

_COLLECTED: Final = re.compile(r"Collected : (\d+)")
_DRIVE: Final = str(Path(__file__).with_name("drive.py"))


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
        """Return what it prints; nothing is measured.

        Raises:
            RuntimeError: the program failed.
        """
        process = self._run()
        if process.returncode:
            raise RuntimeError(f"{self.arguments} failed:\n{process.stderr[-2000:]}")
        return process.stdout

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
    text = json.dumps([subject.event, subject.lines])
    name = re.sub(r"[^a-z_]+", "-", subject.handler)
    file = _events_folder() / f"{name}-{crc32(text.encode()):08x}.json"
    if not file.exists() or file.read_text(encoding="utf-8") != text:  # others may be reading it
        file.write_text(text, encoding="utf-8")
    return file
