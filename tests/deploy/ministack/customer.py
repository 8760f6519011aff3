"""Customers of the deployed shop, over HTTP."""

import base64
import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

PATIENCE_SECONDS: Final = 120
PAUSE_SECONDS: Final = 0.1

Found = TypeVar("Found")


class Answer(NamedTuple):
    """An HTTP answer with its JSON decoded."""

    status: int
    json: Any


@dataclass(frozen=True)
class Customer:
    """Somebody who has signed in to the shop at ``url``."""

    url: str
    email: str
    token: str

    @property
    def id(self) -> str:
        """The customer's id, which is the cart's, too."""
        claims = self.token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request."""
        return send(self.url, method, path, body, self.token)

    def add(self, sku: str, quantity: int = 1) -> str:
        """Add to the cart; return the id of the request."""
        answer = self.send("POST", "/cart", {"sku": sku, "quantity": quantity})
        assert answer.status == 202, answer
        return str(answer.json["request_id"])

    def status_of(self, request_id: str) -> str:
        """Return how far a request has come."""
        answer = self.send("GET", f"/cart/requests/{request_id}")
        assert answer.status == 200, answer
        return str(answer.json["status"])


def send(url: str, method: str, path: str, body: object = None, token: str | None = None) -> Answer:
    """Send a request to the API at ``url``."""
    target = urlsplit(url + path)
    headers = {
        **({} if token is None else {"Authorization": f"Bearer {token}"}),
        **({} if body is None else {"Content-Type": "application/json"}),
    }
    content = None if body is None else json.dumps(body)
    with closing(http.client.HTTPConnection(target.netloc, timeout=PATIENCE_SECONDS)) as connection:
        connection.request(method, target.path, content, headers)
        response = connection.getresponse()
        return Answer(response.status, json.loads(response.read()))


def eventually(look: Callable[[], Found]) -> Found:
    """Look until there is something; these are real processes, whose time nobody can move."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"Not within {PATIENCE_SECONDS} seconds.")
