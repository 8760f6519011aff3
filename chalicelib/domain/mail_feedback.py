"""SES's reports about mail that it sent: which addresses must get no more mail.

SES publishes it to the account's default bus as events of the source ``aws.ses``.
Shape: "Examples of event data that Amazon SES publishes to EventBridge".
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from chalicelib.domain.addresses import canonical
from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.validation import UNREADABLE, problem

SOURCE: Final = "aws.ses"
MAX_RECIPIENTS: Final = 50
"""Of one mail ("Service quotas in Amazon SES")."""
MAX_MAILBOX_LENGTH: Final = 2_000
"""Characters of an address with its display name, which may be encoded."""


class Reason(StrEnum):
    """Why an address gets no more mail."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"


_UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]
_Mailbox = Annotated[str, msgspec.Meta(max_length=MAX_MAILBOX_LENGTH)]


class _Recipient(msgspec.Struct, frozen=True, rename="camel"):
    email_address: _Mailbox


_Recipients = Annotated[tuple[_Recipient, ...], msgspec.Meta(max_length=MAX_RECIPIENTS)]


class _Bounce(msgspec.Struct, frozen=True, rename="camel"):
    bounce_type: str
    bounced_recipients: _Recipients


class _Complaint(msgspec.Struct, frozen=True, rename="camel"):
    complained_recipients: _Recipients
    complaint_feedback_type: str | None = None


class _Mail(msgspec.Struct, frozen=True):
    destination: tuple[_Mailbox, ...] = ()


class _Feedback(msgspec.Struct, frozen=True):
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None
    mail: _Mail = _Mail()


def undeliverable(event: Mapping[str, Any]) -> dict[str, Reason]:
    """Return the addresses that must get no more mail, in canonical spelling, and why.

    Only permanent bounces count: a full mailbox may accept the next mail. Every complaint
    counts except ``not-spam``, by which a reader takes a mail out of the junk folder.

    The address that was mailed counts, because it is looked up before the next mail;
    the report may name another, to which the mail was forwarded. Of a mail to several, the
    addresses in the report count.

    Raises:
        UnknownEvent: it does not come from SES.
        MalformedEvent: it is not such an event.
    """
    if event.get("source") != SOURCE:
        raise UnknownEvent("This is not a report of SES.")
    try:
        feedback = msgspec.convert(event.get("detail"), _Feedback)
    except UNREADABLE as error:
        raise MalformedEvent(problem("The report of SES", error)) from None
    if feedback.bounce is not None and feedback.bounce.bounce_type == "Permanent":
        return _suppressed(feedback.mail, feedback.bounce.bounced_recipients, Reason.BOUNCED)
    complaint = feedback.complaint
    # Feedback types are compared without regard to case (RFC 5965).
    if complaint and (complaint.complaint_feedback_type or "").lower() != "not-spam":
        return _suppressed(feedback.mail, complaint.complained_recipients, Reason.COMPLAINED)
    return {}


def time_of(event: Mapping[str, Any], now: datetime) -> datetime:
    """Return when SES reported (UTC): the same time for the same report, ``now`` if it is wrong."""
    try:
        return min(msgspec.convert(event.get("time"), _UtcTime), now)
    except UNREADABLE:
        return now


def _suppressed(mail: _Mail, reported: _Recipients, reason: Reason) -> dict[str, Reason]:
    mailed = mail.destination
    found = mailed if len(mailed) == 1 else [each.email_address for each in reported]
    return {canonical(address): reason for address in found}
