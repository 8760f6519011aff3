"""Runs Chalice as a process of its own, as on the command line.

Its own, because Chalice imports the app with the stage's environment variables, and this process
would keep both.
"""

import subprocess
import sys

from infra.operations.problems import Problem
from infra.operations.progress import say
from infra.operations.target import ROOT, Target


def run_chalice(target: Target, command: str) -> None:
    """Run a command of Chalice for the stage.

    Raises:
        Problem: Chalice failed; what it said last.
    """
    arguments = ["--project-dir", str(target.configuration.project_dir), command]
    process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        [
            *(sys.executable, "-m", "infra.operations.chalice_command"),
            *(*arguments, "--stage", target.stage),
        ],
        cwd=ROOT,
        env={**target.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if _is_worth_telling(line):
            say(line.rstrip())
    if process.wait() != 0:
        said = [line.strip() for line in lines if line.strip()]
        raise Problem(f"chalice {command} failed: {said[-1] if said else 'it said nothing'}")


def _is_worth_telling(line: str) -> bool:
    return not line.startswith((" ", "Traceback", "Resources deployed")) and line.strip() != ""
