"""Runs LocalEmu's functions as processes of this machine, each behind AWS's own runtime client.

This file runs in LocalEmu's virtual environment; `emulator.py` makes it known there. LocalEmu by
itself needs Docker.
"""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from localemu.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localemu.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localemu.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from tests.support.runtime_api import running

PYTHON, CLIENT = (Path(os.environ[name]) for name in ("FUNCTIONS_PYTHON", "FUNCTIONS_CLIENT"))


class Processes(RuntimeExecutorPlugin):
    """What LocalEmu finds by the setting ``LAMBDA_RUNTIME_EXECUTOR``."""

    name = "processes"

    def load(self, *_: Any, **__: Any) -> type[RuntimeExecutor]:
        return Process


class Process(RuntimeExecutor):
    """One execution environment."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id, function_version)
        self._stack = ExitStack()
        self._read = 0

    def start(self, env_vars: dict[str, str]) -> None:
        code = self.function_version.config.code
        environment = {name: str(value) for name, value in env_vars.items()}
        self._function = self._stack.enter_context(
            running(
                PYTHON,
                CLIENT,
                Path(code.get_unzipped_code_location()),
                environment["_HANDLER"],
                environment,
            )
        )

    def stop(self) -> None:
        self._stack.close()

    def invoke(
        self, payload: dict[str, str], function_timeout: int | None = None
    ) -> InvocationResult:
        request_id = payload["invoke-id"]
        self._function.arn = payload["invoked-function-arn"]
        event = payload["payload"].encode()
        seconds = function_timeout or self.function_version.config.timeout
        outcome = self._function.invoke(event, seconds, request_id)
        body = json.dumps(outcome.payload).encode()
        return InvocationResult(request_id, body, outcome.is_error, self.get_logs())

    def get_logs(self) -> str:
        lines = self._function.lines[self._read :]
        self._read += len(lines)
        return "".join(lines)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return "http://127.0.0.1"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass
