"""LocalEmu as a process, in a network of its own: it listens on every address, whatever it is told.

`make verify-localemu` gives it one that has no other interface than the loopback.
"""

import fcntl
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from tests.referees import runtimes

HERE: Final = Path(__file__).parent
ROOT: Final = Path(__file__).parents[3]
REGION: Final = "us-east-1"  # where it takes unsigned requests to be, such as who signs in
PORT: Final = 4566
SECONDS_TO_START: Final = 180
KEY: Final = "test"

# How LocalEmu finds the plugin: as if a package had been installed that has one.
_ENTRY_POINTS: Final = """[localemu.lambda.runtime_executor]
processes = tests.deploy.localemu.processes:Processes

[localemu.cloudformation.resource_providers]
archive = tests.deploy.localemu.resources:Archive
configuration-set = tests.deploy.localemu.resources:ConfigurationSet
event-destination = tests.deploy.localemu.resources:EventDestination
user-pool = tests.deploy.localemu.resources:UserPool
user-pool-client = tests.deploy.localemu.resources:UserPoolClient
"""


@dataclass(frozen=True)
class LocalEmu:
    """A running LocalEmu."""

    log: Path
    endpoint_url: str = f"http://127.0.0.1:{PORT}"

    def client(self, service: str) -> Any:
        """Return a client of a service."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=KEY,
        )

    def api_url(self) -> str:
        """Return where the API is found here, without a slash at its end."""
        (api,) = self.client("apigateway").get_rest_apis()["items"]
        return f"{self.endpoint_url}/_aws/execute-api/{api['id']}/api"

    def environment(self) -> dict[str, str]:
        """Return the environment in which a program acts on the emulator."""
        others = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        return {
            **others,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
        }


def has_network_of_its_own() -> bool:
    """Tell whether nobody else can reach what listens here on every address."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def _bring_up_loopback() -> None:
    """Do what ``ip link set lo up`` does, for not every container has that command."""
    set_flags, up = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP, see netdevice(7)
    with socket.socket() as link:
        fcntl.ioctl(link, set_flags, struct.pack("16sh", b"lo", up))


@contextmanager
def running(python: Path, folder: Path) -> Iterator[LocalEmu]:
    """Run LocalEmu for the duration of a ``with`` block; ``python`` is its environment's.

    Raises:
        RuntimeError: it could be reached from elsewhere, or does not start.
    """
    if not has_network_of_its_own():
        raise RuntimeError("LocalEmu listens on every address: run `make verify-localemu`.")
    _bring_up_loopback()
    plugin = folder / "plugin" / "processes-0.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: processes\nVersion: 0\n")
    (plugin / "entry_points.txt").write_text(_ENTRY_POINTS)
    version = ".".join(map(str, sys.version_info[:2]))
    emulator = LocalEmu(folder / "localemu.log")
    with emulator.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
            [python, "-m", "localemu.runtime.main"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "PYTHONPATH": os.pathsep.join([str(plugin.parent), str(ROOT)]),
                "LAMBDA_RUNTIME_EXECUTOR": "processes",
                # Before the first retry, and twice that before the second: a minute on AWS.
                "LAMBDA_RETRY_BASE_DELAY": "5",
                "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "1",
                "FUNCTIONS_PYTHON": sys.executable,
                "FUNCTIONS_CLIENT": str(runtimes.CLIENTS / version),
                "DISABLE_EVENTS": "1",
                "SKIP_SSL_CERT_DOWNLOAD": "1",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(emulator, process)
            yield emulator
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()


def _wait_until_ready(emulator: LocalEmu, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException, ValueError), closing(_connect()) as link:
            link.request("GET", "/_localemu/health")
            if json.loads(link.getresponse().read()).get("services"):
                return
        time.sleep(0.5)
    raise RuntimeError(f"LocalEmu did not start:\n{emulator.log.read_text()[-2000:]}")


def _connect() -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
