"""Chromium as it is installed, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright, sync_playwright

_ARGUMENTS: Final = (
    "--no-sandbox",  # Chromium has none for root, whom containers run as
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The example page has no address to be told from the internet's: nothing serves it.
    "--disable-features=LocalNetworkAccessChecks",
)


@contextmanager
def started() -> Iterator[Browser | None]:
    """Start Chromium, and stop it at the end; give nothing where there is none."""
    with sync_playwright() as playwright:
        path = _find(playwright)
        if path is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def _find(playwright: Playwright) -> str | None:
    """Return the path of a Chromium: $CHROMIUM, an installed one, or Playwright's own."""
    installed = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    candidates = (os.environ.get("CHROMIUM"), *installed, playwright.chromium.executable_path)
    return next((path for path in candidates if path and Path(path).exists()), None)
