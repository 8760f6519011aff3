"""`make verify-localemu` says in one sentence what this machine lacks, and fails."""

import subprocess

import pytest

from tests.deploy.localemu import __main__ as localemu
from tests.referees import runtimes


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every version of Python be there, and let nothing be run."""
    every = dict.fromkeys(runtimes.VERSIONS, "python")
    monkeypatch.setattr(runtimes, "found", lambda: every)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("Something was run."))


def told(capsys: pytest.CaptureFixture[str]) -> str:
    assert localemu.run() == 1
    [line] = capsys.readouterr().err.splitlines()
    return line


def test_that_its_python_is_missing(monkeypatch, capsys) -> None:
    monkeypatch.setattr(runtimes, "found", lambda: {"3.12": "python3.12"})
    assert told(capsys).startswith("Error: LocalEmu needs Python 3.13")


def test_that_there_is_no_unshare(monkeypatch, capsys) -> None:
    monkeypatch.setenv("PATH", "")
    assert "needs unshare" in told(capsys)


def test_that_nobody_may_make_a_network_namespace(monkeypatch, capsys) -> None:
    def refused(command: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.CompletedProcess(command, returncode=1)

    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/unshare")
    monkeypatch.setattr(subprocess, "run", refused)
    assert "--cap-add SYS_ADMIN --cap-add NET_ADMIN" in told(capsys)
