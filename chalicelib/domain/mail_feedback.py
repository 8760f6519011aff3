"""What SES reports of a mail it sent: whose address takes no more mail.

SES publishes it to the account's default bus as events of the source ``aws.ses``.
Shape: "Examples of event data that Amazon SES publishes to EventBridge".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from chalicelib.domain.errors import MalformedEvent, UnknownEvent

SOURCE: Final = "aws.ses"
MOST_RECIPIENTS: Final = 50
"""Of one mail, says SES."""


class Reason(StrEnum):
    """Why an address takes no more mail."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"


class _Recipient(msgspec.Struct, frozen=True, rename="camel"):
    email_address: Annotated[str, msgspec.Meta(max_length=320)]


_Recipients = Annotated[tuple[_Recipient, ...], msgspec.Meta(max_length=MOST_RECIPIENTS)]


class _Bounce(msgspec.Struct, frozen=True, rename="camel"):
    bounce_type: str
    bounced_recipients: _Recipients


class _Complaint(msgspec.Struct, frozen=True, rename="camel"):
    complained_recipients: _Recipients


class _Feedback(msgspec.Struct, frozen=True):
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


def undeliverable(event: Mapping[str, Any]) -> dict[str, Reason]:
    """Return the addresses that must get no more mail, and why.

    A bounce that is not permanent (a mailbox that is full, for instance) is none of them.

    Raises:
        UnknownEvent: it does not come from SES.
        MalformedEvent: it is no such event.
    """
    if event.get("source") != SOURCE:
        raise UnknownEvent("This is no report of SES.")
    try:
        feedback = msgspec.convert(event.get("detail"), _Feedback)
    except msgspec.ValidationError as error:
        raise MalformedEvent(f"Report of SES: {error}") from error
    if feedback.bounce is not None and feedback.bounce.bounce_type == "Permanent":
        return {each.email_address: Reason.BOUNCED for each in feedback.bounce.bounced_recipients}
    if feedback.complaint is not None:
        recipients = feedback.complaint.complained_recipients
        return {each.email_address: Reason.COMPLAINED for each in recipients}
    return {}
