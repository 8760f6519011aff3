"""Customers and guests of the local cloud, who shop over HTTP as a browser would."""

import json
from typing import Any, NamedTuple

from infra.local.aws.cognito import TOKEN_LIFETIME
from infra.local.cloud import LocalCloud


class Answer(NamedTuple):
    """An HTTP answer with its JSON decoded."""

    status: int
    headers: dict[str, str]
    json: Any


class Shopper:
    """Signs in again when its token is half through its time, as a page does that stays open."""

    def __init__(self, cloud: LocalCloud, email: str, name: str | None = None) -> None:
        self._cloud = cloud
        self._email = email
        self._name = name
        self._token, self._renew_at = "", cloud.clock.now()

    def add(self, sku: str, quantity: int = 1, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self.send("POST", "/cart", {"sku": sku, "quantity": quantity}, **headers)

    def remove(self, sku: str) -> Answer:
        return self.send("DELETE", f"/cart/{sku}")

    def check_out(self) -> Answer:
        return self.send("POST", "/cart/checkout")

    def cart(self) -> dict[str, Any]:
        answer = self.get("/cart")
        assert answer.status == 200, answer
        return dict(answer.json)

    def request_status(self, request_id: str) -> str:
        answer = self.get(f"/cart/requests/{request_id}")
        assert answer.status == 200, answer
        return str(answer.json["status"])

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        if (now := self._cloud.clock.now()) >= self._renew_at:
            self._token = self._cloud.sign_in(self._email, self._name)
            self._renew_at = now + TOKEN_LIFETIME / 2
        known = {"Authorization": f"Bearer {self._token}", **headers}
        return _send(self._cloud, method, path, body, known)


class Guest:
    """A visitor without an account, known by the token that ``POST /guest`` answers."""

    def __init__(self, cloud: LocalCloud, token: str) -> None:
        self._cloud = cloud
        self.token = token

    def add(self, sku: str, quantity: int = 1, **headers: str) -> Answer:
        return self.send("POST", "/cart", {"sku": sku, "quantity": quantity}, **headers)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        known = {"Guest-Token": self.token, **headers}
        return _send(self._cloud, method, f"/guest{path}", body, known)


def new_guest(cloud: LocalCloud) -> Guest | None:
    """Return a guest with an empty cart, None if the API does not answer."""
    answer = _send(cloud, "POST", "/guest", None, {})
    return Guest(cloud, answer.json["guest_token"]) if answer.status == 201 else None


def _send(
    cloud: LocalCloud, method: str, path: str, body: object, headers: dict[str, str]
) -> Answer:
    content = {"Content-Type": "application/json"} if body is not None else {}
    text = json.dumps(body) if body is not None else ""
    response = cloud.request(method, path, {**content, **headers}, text)
    return Answer(response.status, dict(response.headers), json.loads(response.body))


def logged(cloud: LocalCloud, hop: str, **facts: str) -> bool:
    """Tell whether the app logged this hop with these facts."""
    notes = [
        [f"outcome={entry.outcome}", *entry.note.split()]
        for entry in cloud.hops()
        if (entry.kind, entry.what) == ("log", hop)
    ]
    wanted = {f"{name}={fact}" for name, fact in facts.items()}
    return any(wanted <= set(note) for note in notes)
