"""Amazon EventBridge's API destinations: rules call third parties over HTTPS, without a function.

Nothing leaves this machine. A fake third party takes what is sent, and the console shows it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.local.engine import arns
from infra.local.engine.correlation import correlation_id_of, event_id_of
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.faults import THIRD_PARTY
from infra.local.engine.journal import MAX_LISTED

RESOURCE: Final = "api-destination/"
"""What follows the account in the ARN of an API destination."""


@dataclass(frozen=True)
class Received:
    """A request that a third party got; ``header`` is the one that authorised it."""

    at: datetime
    destination: str
    method: str
    url: str
    header: str
    body: Any


class ApiDestinations:
    """The connections and API destinations of the account, and what third parties received."""

    def __init__(self, engine: Engine) -> None:
        self.received: deque[Received] = deque(maxlen=MAX_LISTED)
        self._engine = engine
        self._headers: dict[str, str] = {}
        self._destinations: dict[str, Mapping[str, Any]] = {}

    def connect(self, arn: str, header: str) -> None:
        """Create a connection, which sends an API key in a header."""
        self._headers[arn] = header

    def create(self, properties: Mapping[str, Any]) -> None:
        """Create an API destination; its ``properties`` are CloudFormation's.

        Raises:
            ValueError: there is no such connection.
        """
        if properties["ConnectionArn"] not in self._headers:
            raise ValueError(f"There is no connection {properties['ConnectionArn']}.")
        self._destinations[properties["Name"]] = properties

    def get(self, arn: str) -> Mapping[str, Any]:
        """Return the properties of the destination with this ARN.

        Raises:
            LookupError: there is no such destination.
        """
        name = arns.parse(arn).resource.split("/")[1]
        if name not in self._destinations:
            raise LookupError(f"There is no API destination {name!r}.")
        return self._destinations[name]

    def send(self, arn: str, body: Any) -> None:
        """Call the third party.

        Raises:
            DeliveryError: it was told to fail.
        """
        destination, journal = self.get(arn), self._engine.journal
        method, url = destination["HttpMethod"], destination["InvocationEndpoint"]
        what, ref = f"{method} {url}", event_id_of(body)
        correlation_id = correlation_id_of(body)
        if self._engine.faults.disturbs(THIRD_PARTY):
            journal.record("destination", what, "503", ref=ref, failed=True)
            raise DeliveryError("SDK_CLIENT_ERROR", "The third party answered 503.")
        now = self._engine.clock.now()
        header = self._headers[destination["ConnectionArn"]]
        self.received.append(Received(now, destination["Name"], method, url, header, body))
        journal.record(
            "destination", what, "200", ref=ref, correlation_id=correlation_id, payload=body
        )

    def state(self) -> list[Mapping[str, Any]]:
        """Return what third parties received, the latest last."""
        return [
            {**vars(request), "at": f"{request.at:%Y-%m-%dT%H:%M:%SZ}"} for request in self.received
        ]
