"""A window of a browser that Playwright does not drive as it is installed."""

import json
from abc import ABC, abstractmethod
from typing import Any, Final

_WAIT: Final = """new Promise((resolve, reject) => {
  const end = Date.now() + 30_000;
  const look = () => {
    if (%s) resolve(true);
    else if (Date.now() > end) reject(new Error(document.body.innerText));
    else setTimeout(look, 20);
  };
  look();
})"""


class Window(ABC):
    """A window, and what its pages report as errors."""

    errors: list[str]

    @abstractmethod
    def open(self, url: str, *, width: int, height: int) -> None:
        """Open an address in a window of this size, in CSS pixels."""

    @abstractmethod
    def run(self, expression: str) -> Any:
        """Return what a script's expression is in the page, or comes to be.

        Raises:
            AssertionError: the script threw an error.
        """

    def wait(self, condition: str) -> None:
        """Wait until a script's expression is true in the page, for 30 seconds at most.

        A page that is left meanwhile never answers.
        """
        self.run(_WAIT % condition)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, which has to be there and in sight."""
        self.wait(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        self._click(selector)

    @abstractmethod
    def _click(self, selector: str) -> None: ...
