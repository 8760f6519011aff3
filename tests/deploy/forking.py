"""Starts modules as `subprocess` does, with what takes long to import imported already.

Processes are forked from multiprocessing's server, which has neither the threads nor the state of
the tests.
"""

import os
import runpy
import signal
import sys
from multiprocessing import Pipe
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any, Self

__all__ = ["PIPE", "STDOUT", "Popen"]

ForkServerContext().set_forkserver_preload(["tests.deploy.preloaded"])


class Popen(ForkServerProcess):
    """A process of ``python -m MODULE``, whose output can be read."""

    def __init__(self, command: list[str], *, cwd: Path, env: dict[str, str], **_: Any) -> None:
        super().__init__()
        self._command, self._cwd, self._env = command[2:], cwd, env
        output, self._output = Pipe(duplex=False)
        self.start()
        self._output.close()
        self.stdout = os.fdopen(os.dup(output.fileno()), encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.join()

    @property
    def returncode(self) -> int | None:
        return self.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        output = self.stdout.read()
        self.join(timeout)
        return output, None

    def kill_all(self, how: signal.Signals) -> None:
        """Send a signal to it, and to what it has started."""
        assert self.pid is not None
        os.killpg(self.pid, how)

    def run(self) -> None:
        """Become what the command would be."""
        os.setsid()
        for stream in (sys.stdout, sys.stderr):
            os.dup2(self._output.fileno(), stream.fileno())
            stream.reconfigure(line_buffering=True)
        os.chdir(self._cwd)
        os.environ.clear()
        os.environ.update(self._env)
        sys.argv = self._command
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
