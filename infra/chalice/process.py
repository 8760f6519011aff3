"""Runs Chalice as a process of its own, as on the command line.

Its own, because Chalice imports the app with the stage's environment variables, and this process
would keep both.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from infra.operations.problems import Problem, say
from infra.operations.target import ROOT, Target

_EXCEPTION: Final = re.compile(r"[\w.]+(?:Error|Exception)\w*: (.+)")


def run_chalice(target: Target, command: str) -> None:
    """Run a command of Chalice for the stage.

    Raises:
        Problem: Chalice failed; what it said last.
    """
    arguments = ["--project-dir", str(target.configuration.project_dir), command]
    with subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        [
            *(sys.executable, "-m", "infra.chalice.command"),
            *(*arguments, "--stage", target.stage),
        ],
        cwd=ROOT,
        env={**target.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = list(_told(process.stdout or ()))
    if process.returncode != 0:
        raise Problem(f"chalice {command} failed: {_cause(lines)}")


def _told(output: Iterable[str]) -> Iterator[str]:
    """Pass on what Chalice prints, and print its progress: neither tracebacks nor its summary."""
    telling = True
    for line in output:
        telling &= not line.startswith(("Traceback", "Resources deployed"))
        if telling and line.strip():
            say(line.strip())
        yield line.strip()


def _cause(lines: list[str]) -> str:
    """Return the message of the first exception, from which the others follow, or the last line."""
    for line in lines:
        if found := _EXCEPTION.fullmatch(line):
            return found[1]
    said = [line for line in lines if line]
    return said[-1] if said else "it said nothing"
