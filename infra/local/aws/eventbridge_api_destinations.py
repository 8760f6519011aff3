"""Amazon EventBridge's API destinations: rules call third parties over HTTPS, without a function.

Nothing leaves this machine. A fake third party takes what is sent, and the console shows it.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from infra.local.engine import arns
from infra.local.engine.correlation import correlation_id_of, event_id_of
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.faults import THIRD_PARTY
from infra.local.engine.journal import MAX_LISTED

RESOURCE: Final = "api-destination/"
"""What follows the account in the ARN of an API destination."""


class ApiDestinations:
    """The connections and API destinations of the account, and what third parties received."""

    def __init__(self, engine: Engine) -> None:
        self.received: deque[Mapping[str, Any]] = deque(maxlen=MAX_LISTED)
        """The requests that third parties got; ``header`` is the one that authorised it."""
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
        self.received.append(
            {
                "at": f"{self._engine.clock.now():%Y-%m-%dT%H:%M:%SZ}",
                "destination": destination["Name"],
                "method": method,
                "url": url,
                "header": self._headers[destination["ConnectionArn"]],
                "body": body,
            }
        )
        journal.record(
            "destination", what, "200", ref=ref, correlation_id=correlation_id, payload=body
        )
