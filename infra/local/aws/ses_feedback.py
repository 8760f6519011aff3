"""Amazon SES's mailbox simulator: mail to its addresses bounces, or its reader complains.

As on AWS, mail to ``bounce@simulator.amazonses.com`` and ``complaint@simulator.amazonses.com``
is sent, and then an event says what became of it, if the mail's configuration set has a
destination for such events.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from infra.local.aws.eventbridge import EventBuses
from infra.local.engine.clock import Clock
from infra.local.engine.sdk import Parameters

_DETAIL_TYPES: Final = {"BOUNCE": "Email Bounced", "COMPLAINT": "Email Complaint Received"}
_SIMULATED: Final = {
    "bounce@simulator.amazonses.com": "BOUNCE",
    "complaint@simulator.amazonses.com": "COMPLAINT",
}


class MailFeedback:
    """The configuration sets and what they publish."""

    def __init__(self, buses: EventBuses, clock: Clock) -> None:
        self._buses = buses
        self._clock = clock
        self._published: dict[str, frozenset[str]] = {}

    def create(self, configuration_set: str) -> None:
        """Create a configuration set, which publishes nothing so far."""
        self._published[configuration_set] = frozenset()

    def publish(self, configuration_set: str, kinds: Iterable[str]) -> None:
        """Publish events of these kinds (``BOUNCE``, ``COMPLAINT``) to the default bus.

        Raises:
            KeyError: there is no such configuration set.
        """
        self._published[configuration_set] |= frozenset(kinds)

    def sent(self, parameters: Parameters, answer: Mapping[str, Any]) -> None:
        """Publish what becomes of a mail that was sent; the arguments are SendEmail's."""
        configuration_set = parameters.get("ConfigurationSetName", "")
        published = self._published.get(configuration_set, frozenset())
        for address in parameters.get("Destination", {}).get("ToAddresses", ()):
            kind = _SIMULATED.get(address.lower())
            if kind in published:
                self._put(kind, configuration_set, address, str(answer["MessageId"]))

    def _put(self, kind: str, configuration_set: str, address: str, message_id: str) -> None:
        mail = {
            "timestamp": f"{self._clock.now():%Y-%m-%dT%H:%M:%S}.000Z",
            "messageId": message_id,
            "destination": [address],
            "tags": {"ses:configuration-set": [configuration_set]},
        }
        recipients = [{"emailAddress": address}]
        detail: dict[str, Any] = {"eventType": kind.capitalize(), "mail": mail}
        if kind == "BOUNCE":
            detail["bounce"] = {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": recipients,
            }
        else:
            detail["complaint"] = {"complainedRecipients": recipients}
        entry = {
            "Source": "aws.ses",
            "DetailType": _DETAIL_TYPES[kind],
            "Detail": json.dumps(detail),
        }
        self._buses.put_events({"Entries": [entry]})
