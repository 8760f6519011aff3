"""``python -m infra local`` as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import infra.local
from infra.__main__ import cli
from infra.shop import check

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[4]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra", "local"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def process(free_port: int) -> Iterator[subprocess.Popen[str]]:
    with start(free_port) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_what_to_try_and_stops_cleanly(
    process: subprocess.Popen[str], free_port: int, number: int
) -> None:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Stop with" in line:
            break
    text = "".join(lines)
    assert lines[0].startswith("Starting the local cloud")
    assert f"http://127.0.0.1:{free_port}/\n" in text
    assert f"http://127.0.0.1:{free_port}/_local/\n" in text
    assert re.search(r"curl -s \S+/_local/sign-in", text)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        with start(port) as process:
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"Error: Port {port} is in use.")
    assert errors.count("\n") == 1


def test_what_is_wrong_with_the_shop_is_said_before_anything_of_it_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "problems", lambda _: ["extensions/a: it needs extensions/b"])
    monkeypatch.setitem(sys.modules, "infra.local.command", None)
    monkeypatch.delattr(infra.local, "command", raising=False)
    result = CliRunner().invoke(cli, ["local"])
    assert result.exit_code == 1
    assert "Error: The shop cannot work like this:\n  extensions/a: it needs" in result.output
