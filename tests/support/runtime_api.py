"""Lambda's Runtime API on this machine, and a process behind it that runs one function.

The process is AWS's own client, awslambdaric, as in Lambda's managed runtimes. Source: "Using the
Lambda runtime API for custom runtimes" in the AWS Lambda developer guide.
"""

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

PATIENCE_SECONDS: Final = 120
TIMED_OUT: Final = "Sandbox.Timedout"

ARN: Final = "arn:aws:lambda:eu-central-1:123456789012:function:f"
REQUEST_ID: Final = "4f3b2a10-0000-4000-8000-000000000001"
TRACE: Final = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"

_NEXT: Final = "/2018-06-01/runtime/invocation/next"


class Outcome(NamedTuple):
    """What an invocation came to: what was returned, or the error that ended it."""

    payload: Any
    is_error: bool


@dataclass
class Function:
    """A function that waits for invocations."""

    process: "subprocess.Popen[str]"
    arn: str = ARN
    lines: list[str] = field(default_factory=list)
    """What it wrote to its output so far."""
    _invocations: "queue.Queue[tuple[dict[str, str], bytes] | None]" = field(
        default_factory=queue.Queue
    )
    _outcomes: "queue.Queue[Outcome]" = field(default_factory=queue.Queue)

    def invoke(
        self,
        event: Mapping[str, Any] | bytes,
        seconds: float = PATIENCE_SECONDS,
        request_id: str = REQUEST_ID,
    ) -> Outcome:
        """Invoke it once; after so many seconds the environment is ended, as Lambda does."""
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": TRACE,
            "Content-Type": "application/json",
        }
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self._invocations.put((headers, body))
        try:
            return self._outcomes.get(timeout=seconds)
        except queue.Empty:
            self.process.kill()
            self.process.wait()
            return Outcome({"errorType": TIMED_OUT}, is_error=True)

    def logged(self) -> list[dict[str, Any]]:
        """Return the lines of JSON that it wrote."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]


@contextmanager
def running(
    python: Path, client: Path, package: Path, handler: str, environment: Mapping[str, str]
) -> Iterator[Function]:
    """Run a function of a package; ``client`` is the folder of awslambdaric and the SDK."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        [python, "-P", "-m", "awslambdaric", handler],
        cwd=package,
        env={
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "WARN",
            **environment,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(package), str(client)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
            "LAMBDA_TASK_ROOT": str(package),
            "_HANDLER": handler,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    function = Function(process)
    server.function = function  # type: ignore[attr-defined]
    threads = [
        threading.Thread(target=server.serve_forever, daemon=True),
        threading.Thread(target=_read, args=(function,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield function
    finally:
        process.kill()
        process.wait()
        threads[1].join()
        process.stdout.close()
        function._invocations.put(None)  # noqa: SLF001 - what waits for one shall end
        server.shutdown()
        server.server_close()


def _read(function: Function) -> None:
    assert function.process.stdout is not None
    function.lines.extend(function.process.stdout)


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(ConnectionError):  # the function was ended
            super().handle()

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        assert self.path == _NEXT
        function: Function = self.server.function  # type: ignore[attr-defined]
        invocation = function._invocations.get()  # noqa: SLF001 - two halves of one thing
        if invocation is not None:
            headers, event = invocation
            self._answer(200, event, headers)

    def do_POST(self) -> None:
        function: Function = self.server.function  # type: ignore[attr-defined]
        payload = json.loads(self._body())
        function._outcomes.put(Outcome(payload, self.path.endswith("/error")))  # noqa: SLF001
        self._answer(202, b"", {})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
