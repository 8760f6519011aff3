"""Stage dev of a copy of the project: running commands on it and looking at what they made."""

import itertools
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from click.testing import CliRunner, Result

from infra.__main__ import cli
from infra.operations.target import Target, connect
from tests.deploy.forking import Popen

ROOT: Final = Path(__file__).parents[2]
NAME: Final = "dev"
SENDER: Final = "reminders@shop.example.com"
PATIENCE_SECONDS: Final = 600
"""How long a process may take before it counts as hung, on a machine that is busy."""


@dataclass(frozen=True)
class Stage:
    """A copy of the project in a folder, and the emulator that it is deployed to."""

    project: Path
    endpoint_url: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str, **options: Any) -> Result:
        """Run a command of ``python -m infra`` in this process."""
        return CliRunner().invoke(cli, [*arguments, *self._options()], **options)

    def succeed(self, *arguments: str, **options: Any) -> str:
        """Run a command that has to succeed; give what it printed."""
        result = self.run(*arguments, **options)
        assert result.exit_code == 0, result.output
        return result.output

    def fail(self, *arguments: str) -> list[str]:
        """Run a command that has to end with exit code 1; give the lines of its error."""
        result = self.run(*arguments)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return [line for line in result.stderr.splitlines() if line]

    def start(self, *arguments: str) -> Popen:
        """Start a command as a process of its own."""
        command = [sys.executable, "-m", "infra", *arguments, *self._options()]
        return Popen(command, cwd=ROOT, env=dict(os.environ))

    def stop_at_line(self, line: str, how: signal.Signals, *arguments: str) -> None:
        """Start a command, and send it a signal once it prints ``line``."""
        with self.start(*arguments) as process:
            read_until(process, line)
            process.kill_all(how)
            process.stdout.read()

    def kill_at_call(self, backend: type, call: str, number: int, *arguments: str) -> None:
        """Start a command, and kill it while the emulator answers the ``number``-th such call."""
        original, calls, done = getattr(backend, call), itertools.count(1), threading.Event()
        process = self.start(*arguments)

        def answer(*given: Any, **named: Any) -> Any:
            is_last = next(calls) == number
            if is_last:
                process.kill_all(signal.SIGKILL)
            try:
                return original(*given, **named)
            finally:
                if is_last:
                    done.set()

        with process, pytest.MonkeyPatch.context() as patch:
            patch.setattr(backend, call, answer)
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode == -signal.SIGKILL, output
            # The emulator answers in a thread of its own, and outlives whom it answers.
            assert done.wait(PATIENCE_SECONDS)

    def target(self) -> Target:
        """Give what the commands act on."""
        return connect(NAME, project_dir=self.project, endpoint_url=self.endpoint_url)

    def client(self, service: str) -> Any:
        """Give the client of a service of the emulator."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, endpoint_url=self.endpoint_url)
        return self._clients[service]

    @property
    def environment(self) -> dict[str, str]:
        """What ``config.json`` says of the functions' environment."""
        file = self.project / ".chalice" / "config.json"
        variables: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["stages"][NAME][
            "environment_variables"
        ]
        return variables

    def _options(self) -> list[str]:
        project = ["--project-dir", str(self.project)]
        return ["--stage", NAME, "--endpoint-url", self.endpoint_url, *project]


def read_until(process: Popen, *expected: str) -> str:
    """Read what a process prints until it has printed all that is expected; give what it was."""
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    printed = ""
    while not all(text in printed for text in expected):
        printed += process.stdout.readline() or _fail(printed)
    watchdog.cancel()
    return printed


def _fail(printed: str) -> str:
    raise AssertionError(printed)
