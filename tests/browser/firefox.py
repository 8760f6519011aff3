"""Firefox as it is installed, driven by WebDriver BiDi, which needs nothing but a web socket."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from websockets.sync.client import ClientConnection, connect

from tests.browser.windows import Window
from tests.support.seconds import MINUTE

_LISTENS: Final = "WebDriver BiDi listening on "
_ELEMENT: Final = """(() => {
  const element = document.querySelector(%s);
  element.scrollIntoView({behavior: "instant", block: "center"});
  return element;
})()"""


@contextmanager
def started(path: str, profile: Path) -> Iterator["Firefox"]:
    """Start Firefox with a new profile and without motion, and stop it at the end."""
    (profile / "user.js").write_text('user_pref("ui.prefersReducedMotion", 1);', "utf-8")
    command = [path, "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--remote-debugging-port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stderr
        line = next(line for line in process.stderr if line.startswith(_LISTENS))
        with connect(f"{line.removeprefix(_LISTENS).strip()}/session", max_size=None) as socket:
            yield Firefox(socket)
        process.terminate()


class Firefox(Window):
    """A window of Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count()
        self.errors = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        [window] = self._ask("browsingContext.getTree")["contexts"]
        self._window: str = window["context"]

    def start_anew(self) -> None:
        """Go on in a window of another profile, in which there is nothing."""
        earlier, profile = self._window, self._ask("browser.createUserContext")["userContext"]
        window = self._ask("browsingContext.create", type="tab", userContext=profile)
        self._window = window["context"]
        self._ask("browsingContext.close", context=earlier)
        self.errors.clear()

    def open(self, url: str, *, width: int, height: int) -> None:
        """Open an address in a window of this size, in CSS pixels."""
        viewport = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._window, viewport=viewport)
        self._ask("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def run(self, expression: str) -> Any:
        """Return what a script's expression is in the page, or comes to be; elements as a whole.

        Raises:
            AssertionError: the script threw an error.
        """
        answer = self._ask(
            "script.evaluate",
            expression=expression,
            target={"context": self._window},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        result = answer["result"]
        return result if result["type"] == "node" else result.get("value")

    def _click(self, selector: str) -> None:
        element = {"sharedId": self.run(_ELEMENT % json.dumps(selector))["sharedId"]}
        move = {"type": "pointerMove", "x": 0, "y": 0}
        actions = [
            {**move, "origin": {"type": "element", "element": element}},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": actions}
        self._ask("input.performActions", context=self._window, actions=[pointer])

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=MINUTE))
            if message["type"] == "event":
                entry = message["params"]
                if entry["level"] in {"error", "warn"}:
                    self.errors.append(entry["text"])
            elif message["id"] == number:
                assert message["type"] == "success", message
                return message["result"]
