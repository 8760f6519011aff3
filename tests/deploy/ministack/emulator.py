"""MiniStack as a process: AWS on this machine, with permissions enforced and no account."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import boto3

HERE: Final = Path(__file__).parent
ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
SECONDS_TO_START: Final = 120

# With it one may do everything, as the owner of an account; functions have keys of their own.
# `python -m infra` takes the same one where no AWS settings are.
ROOT_KEY: Final = "emulator"


class Mail(NamedTuple):
    """A mail that SES took."""

    sender: str
    subject: str
    text: str


class Refusal(NamedTuple):
    """An action that the policies of a role do not allow."""

    role: str
    action: str


@dataclass(frozen=True)
class Emulator:
    """A running MiniStack."""

    endpoint_url: str
    log: Path

    def client(self, service: str) -> Any:
        """Return a client with every permission."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_KEY,
        )

    def api_url(self, api_id: str) -> str:
        """Return where an API is found here."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/api"

    def ask(self, path: str) -> Any:
        """Ask MiniStack what no AWS would tell."""
        host = urlsplit(self.endpoint_url).netloc
        with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
            connection.request("GET", f"/_ministack/{path}")
            return json.loads(connection.getresponse().read())

    def mails_to(self, address: str) -> list[Mail]:
        """Return the mails that SES took for an address."""
        mails = self.ask("ses/messages")["messages"].get(ACCOUNT, [])
        return [
            Mail(mail["Source"], mail["Subject"], mail["BodyText"])
            for mail in mails
            if address in mail["To"]
        ]

    def refusals(self) -> list[Refusal]:
        """Return what was refused for want of a permission, the latest last."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        refused = [json.loads(line) for line in lines if line.startswith('{"refused"')]
        return [Refusal(_role_in(each["principal"]), each["refused"]) for each in refused]

    def environment(self) -> dict[str, str]:
        """Return the environment in which a program acts on the emulator."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }


@contextmanager
def running(python: Path, folder: Path, port: int = 0) -> Iterator[Emulator]:
    """Run MiniStack for the duration of a ``with`` block.

    ``python`` is the interpreter of its virtual environment, ``folder`` is where it writes its
    log, and ``port`` is a free one if it is 0.
    """
    port = port or _free_port()
    emulator = Emulator(f"http://127.0.0.1:{port}", folder / "ministack.log")
    with emulator.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
            [python, HERE / "server.py"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "MINISTACK_REGION": REGION,
                "AWS_ACCESS_KEY_ID": ROOT_KEY,
                "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
                "AUTH": "true",  # functions may do what their policies allow, and nothing else
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(emulator, process)
            yield emulator
        finally:
            process.terminate()
            process.wait(timeout=60)


def _role_in(principal: str) -> str:
    """Return the role of an assumed role's ARN; what is refused to others is nobody's."""
    _, is_role, rest = principal.partition(":assumed-role/")
    return rest.partition("/")[0] if is_role else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(emulator: Emulator, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            emulator.ask("health")
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"MiniStack did not start:\n{emulator.log.read_text()}")
