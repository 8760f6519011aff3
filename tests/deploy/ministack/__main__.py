"""Runs the deployed shop on this machine until Ctrl-C: ``make emulator``."""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from tests.deploy.ministack import emulator, project

PORT: Final = 4566


def run() -> None:
    """Start MiniStack, deploy to it, and say where what is."""
    with (
        suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory() as folder,
        emulator.running(Path(os.environ["MINISTACK"]), Path(folder), PORT) as ministack,
    ):
        project.prepare(ministack, Path(folder))
        project.deploy(ministack, Path(folder), _say)
        _say("")
        _say(f"The API, here: {project.url(ministack)}/")
        _say(f"AWS, for any SDK or the AWS CLI: --endpoint-url {ministack.endpoint_url}")
        _say(f"Mails: {ministack.endpoint_url}/_ministack/ses/messages")
        _say("Ctrl-C ends it; nothing is kept.")
        Event().wait()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run()
