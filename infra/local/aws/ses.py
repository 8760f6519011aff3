"""Amazon SES: every mail that the app sends is in one inbox.

As on AWS, mail to ``bounce@simulator.amazonses.com`` and ``complaint@simulator.amazonses.com``
is sent, and then an event says what became of it, if the mail's configuration set has a
destination for such events.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property
from itertools import count
from typing import Any, Final

from infra.local.aws.eventbridge import EventBuses
from infra.local.engine.engine import Engine
from infra.local.engine.journal import MAX_LISTED
from infra.local.engine.sdk import Answer, Parameters, answer, failure

_DETAIL_TYPES: Final = {"BOUNCE": "Email Bounced", "COMPLAINT": "Email Complaint Received"}
_SIMULATED: Final = {
    "bounce@simulator.amazonses.com": "bounce",
    "complaint@simulator.amazonses.com": "complaint",
}
_LABEL: Final = re.compile(r"\+[^@]*(?=@)")
"""The mailbox simulator takes labels, as in ``bounce+label@simulator.amazonses.com``."""
_BOUNCE: Final = {"bounceType": "Permanent", "bounceSubType": "General"}
_FEEDBACK_TYPES: Final = {"complaint": "abuse", "not-spam": "not-spam"}


@dataclass(frozen=True)
class Mail:
    """A mail as its reader sees it, taken apart when somebody reads it; ``sent_at`` is UTC."""

    to: tuple[str, ...]
    sent_at: datetime
    message_id: str
    message: EmailMessage

    @cached_property
    def subject(self) -> str:
        """The subject, "" if there is none."""
        return str(self.message["Subject"] or "")

    @cached_property
    def text(self) -> str | None:
        """The plain text, if there is one."""
        return _part(self.message, "plain")

    @cached_property
    def html(self) -> str | None:
        """The HTML, if there is any."""
        return _part(self.message, "html")

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """All headers it came with."""
        return {name: str(value) for name, value in self.message.items()}


class MailFeedback:
    """The configuration sets and what they publish."""

    def __init__(self, engine: Engine, buses: EventBuses) -> None:
        self._engine = engine
        self._buses = buses
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

    def sent(self, parameters: Parameters, message_id: str) -> None:
        """Publish what becomes of a mail that was sent; the parameters are SendEmail's."""
        configuration_set = parameters.get("ConfigurationSetName", "")
        published = self._published.get(configuration_set, frozenset())
        for address in parameters["Destination"]["ToAddresses"]:
            kind = _SIMULATED.get(_LABEL.sub("", address.lower()))
            if kind is not None and _event_type(kind) in published:
                self._put(kind, configuration_set, address, message_id)

    def report(self, address: str, kind: str) -> None:
        """Publish that mail to an address bounced, or what its reader said about it.

        ``kind`` is ``bounce``, ``complaint`` or ``not-spam``.

        Raises:
            ValueError: it is something else, or no configuration set publishes it.
        """
        if kind not in {"bounce", *_FEEDBACK_TYPES}:
            raise ValueError("kind has to be bounce, complaint or not-spam.")
        for configuration_set, published in self._published.items():
            if _event_type(kind) in published:
                message_id = self._engine.identifiers.uuid()
                self._put(kind, configuration_set, address, message_id)
                return
        raise ValueError("No configuration set publishes such events.")

    def _put(self, kind: str, configuration_set: str, address: str, message_id: str) -> None:
        timestamp = f"{self._engine.clock.now():%Y-%m-%dT%H:%M:%S}.000Z"
        event_type = _event_type(kind)
        mail = {
            "timestamp": timestamp,
            "messageId": message_id,
            "destination": [address],
            "tags": {"ses:configuration-set": [configuration_set]},
        }
        detail: dict[str, Any] = {"eventType": event_type.capitalize(), "mail": mail}
        about = {"timestamp": timestamp, "feedbackId": f"{message_id}-000000"}
        recipients = [{"emailAddress": address}]
        if kind == "bounce":
            detail["bounce"] = {**_BOUNCE, **about, "bouncedRecipients": recipients}
        else:
            said = {"complaintFeedbackType": _FEEDBACK_TYPES[kind]}
            detail["complaint"] = {**said, **about, "complainedRecipients": recipients}
        entry = {
            "Source": "aws.ses",
            "DetailType": _DETAIL_TYPES[event_type],
            "Detail": json.dumps(detail),
        }
        self._buses.put_events({"Entries": [entry]})


def _event_type(kind: str) -> str:
    return "BOUNCE" if kind == "bounce" else "COMPLAINT"


class Inbox:
    """The mails that were sent, the latest last; ``senders`` may send them."""

    def __init__(self, engine: Engine, mail_feedback: MailFeedback) -> None:
        self.mails: deque[Mail] = deque(maxlen=MAX_LISTED)
        self.senders: tuple[str, ...] = ()
        self._engine = engine
        self._mail_feedback = mail_feedback
        self._numbers = count(1)
        engine.sdk.provide("sesv2", {"SendEmail": self._send})

    def find(self, message_id: str) -> Mail | None:
        """Return the mail with this id, None if it is unknown or was dropped."""
        return next((mail for mail in self.mails if mail.message_id == message_id), None)

    def _send(self, parameters: Parameters) -> Answer:
        if parseaddr(parameters["FromEmailAddress"])[1] not in self.senders:
            return failure("MessageRejected", "This sender has no authority to send.")
        message_id = f"mail-{next(self._numbers)}"
        mail = _read(parameters, self._engine.clock.now(), message_id)
        self.mails.append(mail)
        note = f"“{mail.subject}”"
        self._engine.journal.record("mail", "ses", "sent", note=note, ref=message_id)
        self._mail_feedback.sent(parameters, message_id)
        return answer({"MessageId": message_id})


def _read(parameters: Parameters, now: datetime, message_id: str) -> Mail:
    """Read a mail that is sent as MIME, to the addresses beside it."""
    fields, end, body = bytes(parameters["Content"]["Raw"]["Data"]).partition(b"\r\n\r\n")
    # White space between encoded words is no part of the text (RFC 2047), but is kept by Python's
    # parser where it stands in a display name.
    fields = re.sub(rb"\?=\s+=\?", b"?==?", fields)
    message = message_from_bytes(fields + end + body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Mail(tuple(parameters["Destination"]["ToAddresses"]), now, message_id, message)


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")
