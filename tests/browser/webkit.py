"""WebKitGTK as it is installed, driven by WebDriver, on a display that nobody sees.

Its driver does not tell what pages report to the console, so ``errors`` stays empty.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from tests.browser.windows import Window
from tests.support.seconds import MINUTE

_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
"""The field that has an element's id, as the specification of WebDriver names it."""

_BROWSERS: Final = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
_SCRIPT: Final = """const [done] = arguments;
(async () => %s)().then((value) => done({value}), (error) => done({error: String(error)}));"""


def find_webkit() -> list[str] | None:
    """Return the paths of the driver, the browser and the X server, where all are installed."""
    browser = next((str(path) for path in Path("/").glob(_BROWSERS[1:])), None)
    found = [shutil.which("WebKitWebDriver"), browser, shutil.which("Xvfb")]
    return [path for path in found if path] if all(found) else None


@contextmanager
def started(paths: list[str], profile: Path) -> Iterator["WebKit"]:
    """Start a display, the driver and the browser, without motion, and stop them at the end."""
    driver, browser, display = paths
    settings = profile / "gtk-3.0" / "settings.ini"
    settings.parent.mkdir()
    settings.write_text("[Settings]\ngtk-enable-animations=0\n", "utf-8")
    shown = [display, "-displayfd", "1", "-screen", "0", "1400x1000x24"]
    with subprocess.Popen(shown, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as x:  # noqa: S603
        assert x.stdout
        environment = {
            **os.environ,
            "DISPLAY": f":{x.stdout.readline().strip()}",
            "XDG_CONFIG_HOME": str(profile),
        }
        port = _free_port()
        with subprocess.Popen([driver, f"--port={port}"], env=environment) as process:  # noqa: S603
            window = WebKit(port, browser)
            yield window
            window.close()
            process.terminate()
        x.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WebKit(Window):
    """A window of the small browser that comes with WebKitGTK."""

    def __init__(self, port: int, browser: str) -> None:
        self.errors = []
        self._driver = HTTPConnection("127.0.0.1", port, timeout=MINUTE)
        self._connect()
        options = {"binary": browser, "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = ""
        answer = self._ask("POST", "", capabilities=capabilities)
        self._session = f"/{answer['sessionId']}"

    def open(self, url: str, *, width: int, height: int) -> None:
        """Open an address in a window of this size, or the least that its own buttons need."""
        self._ask("POST", "/window/rect", width=width, height=height)
        self._ask("POST", "/url", url=url)

    def run(self, expression: str) -> Any:
        """Return what a script's expression is in the page, or comes to be.

        Raises:
            AssertionError: the script threw an error.
        """
        answer = self._ask("POST", "/execute/async", script=_SCRIPT % expression, args=[])
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def close(self) -> None:
        """Close the window, which ends the browser."""
        self._ask("DELETE", "")
        self._driver.close()

    def _click(self, selector: str) -> None:
        found = self._ask("POST", "/element", using="css selector", value=selector)
        self._ask("POST", f"/element/{found[_ELEMENT]}/click")

    def _connect(self) -> None:
        """Wait until the driver listens, for a minute at most."""
        end = time.monotonic() + MINUTE
        while True:
            try:
                return self._driver.connect()
            except ConnectionRefusedError:
                assert time.monotonic() < end, "WebKitWebDriver did not start."
                time.sleep(0.02)

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        content = json.dumps(body) if method == "POST" else None
        self._driver.request(method, f"/session{self._session}{path}", content, headers)
        answer = self._driver.getresponse()
        value = json.loads(answer.read())["value"]
        assert answer.status == 200, value
        return value
