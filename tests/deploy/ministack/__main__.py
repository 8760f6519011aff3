"""Runs the deployed shop on this machine until Ctrl-C: ``make emulator``."""

import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from tests.deploy.ministack import emulator, project
from tests.deploy.ministack.shop import Shop

PORT: Final = 4566


def run() -> None:
    """Start MiniStack, deploy to it, and say where what is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory() as folder,
        emulator.running(Path(os.environ["MINISTACK"]), Path(folder), PORT) as ministack,
    ):
        project.prepare(ministack, Path(folder))
        project.deploy(ministack, Path(folder), _say)
        shop = Shop(ministack, project.url(ministack))
        ada = shop.sign_in("ada@example.com", "Ada")
        _say("")
        _say("What the tour in the README needs, with a token that is good for an hour:")
        _say(f"shop={shop.url}")
        _say(f"token={ada.token}")
        _say("")
        _say("A reminder is sent two minutes after the minute of the last add.")
        _say(f"Mails: {ministack.endpoint_url}/_ministack/ses/messages")
        _say(f"What else is there: python -m infra status --stage {project.STAGE} \\")
        _say(f"    --region {emulator.REGION} --endpoint-url {ministack.endpoint_url}")
        _say("Ctrl-C ends it, and nothing is kept.")
        Event().wait()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run()
