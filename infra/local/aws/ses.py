"""Amazon SES: every mail that the app sends is in one inbox."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from infra.local.aws.ses_feedback import MailFeedback
from infra.local.engine.clock import Clock
from infra.local.engine.journal import KEPT, Journal
from infra.local.engine.sdk import Parameters, Sdk


@dataclass(frozen=True)
class Mail:
    """A mail as its reader sees it; ``sent_at`` is UTC, ``headers`` are all it came with."""

    to: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    sent_at: datetime
    headers: Mapping[str, str]
    message_id: str = ""


class Inbox:
    """The mails that were sent, the latest last."""

    def __init__(
        self, clock: Clock, journal: Journal, sdk: Sdk, mail_feedback: MailFeedback
    ) -> None:
        self.mails: deque[Mail] = deque(maxlen=KEPT)
        self._clock = clock
        self._journal = journal
        self._mail_feedback = mail_feedback
        sdk.after("sesv2", "SendEmail", self._sent)

    def find(self, message_id: str) -> Mail | None:
        """Return the mail with this id, None if there is none (any more)."""
        return next((mail for mail in self.mails if mail.message_id == message_id), None)

    def _sent(self, parameters: Parameters, answer: Mapping[str, Any]) -> None:
        destination = parameters.get("Destination", {})
        to = [
            address
            for kind in ("To", "Cc", "Bcc")
            for address in destination.get(f"{kind}Addresses", ())
        ]
        content = parameters["Content"]
        read = _raw if "Raw" in content else _simple
        mail = replace(read(content, to, self._clock.now()), message_id=answer["MessageId"])
        self.mails.append(mail)
        self._journal.record("mail", "ses", "sent", note=f"“{mail.subject}”", ref=mail.message_id)
        self._mail_feedback.sent(parameters, answer)


def _raw(content: Parameters, to: list[str], now: datetime) -> Mail:
    data = content["Raw"]["Data"]
    raw = data.encode() if isinstance(data, str) else bytes(data)
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    headers = {name: str(value) for name, value in message.items()}
    recipients = to or [address.addr_spec for address in _addresses(message)]
    return Mail(
        tuple(recipients),
        str(message["Subject"] or ""),
        _part(message, "plain"),
        _part(message, "html"),
        now,
        headers,
    )


def _addresses(message: EmailMessage) -> list[Any]:
    return [
        address
        for name in ("To", "Cc", "Bcc")
        for header in message.get_all(name, [])
        for address in header.addresses
    ]


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def _simple(content: Parameters, to: list[str], now: datetime) -> Mail:
    simple = content["Simple"]
    body = {kind: part["Data"] for kind, part in simple["Body"].items()}
    headers = {header["Name"]: header["Value"] for header in simple.get("Headers", ())}
    subject = simple["Subject"]["Data"]
    return Mail(tuple(to), subject, body.get("Text"), body.get("Html"), now, headers)
