"""Runs the commands of a documentation page, and compares their answers with what it says."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MARK = "--- command"

Command = tuple[str, str]
"""A command, and what the page says that it prints; "" where it does not say."""


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[Command]:
    """Return the commands of the ``console`` blocks, in their order."""
    parts = re.split(r"^\$ ", "".join(blocks(page, "console")), flags=re.MULTILINE)[1:]
    return [(command, answer) for command, _, answer in (part.partition("\n") for part in parts)]


def run(folder: Path, wanted: list[Command], **replaced: tuple[str, str]) -> None:
    """Run commands one after the other in one shell, and compare their answers.

    An ellipsis in an answer stands for anything. ``replaced`` are texts that stand for others.
    """
    script = "\n".join(f"{command}\necho '{_MARK}'" for command, _ in wanted)
    for old, new in replaced.values():
        assert old in script
        script = script.replace(old, new)
    done = subprocess.run(  # noqa: S603 - what the page tells everybody to run
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=_environment(PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.split(f"{_MARK}\n")
    for (command, answer), got in zip(wanted, answers, strict=False):
        if answer.strip():
            pattern = re.escape(answer.strip()).replace("…", ".+?")
            assert re.fullmatch(pattern, got.strip(), re.DOTALL), f"{command}\n{got}"


def _environment(**more: str) -> dict[str, str]:
    """Return this process's environment, without the shop of the tests."""
    return {**{k: v for k, v in os.environ.items() if k != "SHOP_FOLDER"}, **more}


@contextmanager
def local_cloud(folder: Path, **environment: str) -> Iterator[int]:
    """Run ``python -m infra local`` in a folder, with its own shop or another; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "infra", "local"],
        cwd=folder,
        env=_environment(PORT=str(port), PYTHONUNBUFFERED="1", **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = []
        for line in process.stdout or ():
            told.append(line)
            if line.startswith("Stop with"):
                break
        assert told[-1].startswith("Stop with"), "".join(told)
        yield int(port)
    finally:
        process.kill()
        process.communicate()
