"""What can go wrong, in one small tree.

Whether trying again can help is the first question about any error here, because it decides
between failing at once and letting Lambda or the queue retry.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong: a stable code for programs, a sentence for people."""

    code: str
    message: str
    details: dict[str, Any] | UnsetType = UNSET


class CartError(Exception):
    """Base of every error this application raises on purpose.

    Attributes:
        code: a stable, machine-readable name, part of the HTTP API and of failure records.
        message: one sentence for a person; never holds an e-mail address or a secret.
        details: optional facts for programs, JSON-serialisable.
    """

    code = "internal_error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def body(self) -> ErrorBody:
        """What a client or an operator is told."""
        return ErrorBody(self.code, self.message, self.details or UNSET)


class PermanentError(CartError):
    """Trying again cannot help: the job itself is wrong."""


class TransientError(CartError):
    """The same job may well succeed later."""

    code = "temporarily_unavailable"


class MalformedRequest(PermanentError):
    """The request does not have the documented shape."""

    code = "malformed_request"


class RequestTooLarge(PermanentError):
    """The request's body exceeds the documented size."""

    code = "request_too_large"


class UnsupportedMediaType(PermanentError):
    """The request's body is not declared to be JSON."""

    code = "unsupported_media_type"


class UnknownSku(PermanentError):
    """No product of the catalogue has this SKU."""

    code = "unknown_sku"


class QuantityOutOfRange(PermanentError):
    """A quantity is a whole number from 1 to 99."""

    code = "quantity_out_of_range"


class UnknownFile(PermanentError):
    """The shop page has no such file."""

    code = "not_found"


class UnknownRequest(PermanentError):
    """No request with this id was ever accepted for this customer."""

    code = "unknown_request"


class MalformedEvent(PermanentError):
    """An event does not have the documented shape."""

    code = "malformed_event"


class UnknownEvent(PermanentError):
    """No consumer here knows this source and detail-type."""

    code = "unknown_event"


class UnsupportedVersion(PermanentError):
    """An event's major version is one that this code was not written for."""

    code = "unsupported_version"


class ForgedToken(PermanentError):
    """A token was never issued for this, or was altered."""

    code = "forged_token"


class ExpiredToken(PermanentError):
    """A token was valid once."""

    code = "expired_token"


class GuestUnknown(PermanentError):
    """The guest token is none of ours, or has expired."""

    code = "invalid_guest_token"


class GuestCartTaken(PermanentError):
    """Another customer has merged this guest's cart already."""

    code = "guest_cart_taken"


class MailRejected(PermanentError):
    """The mail service will not accept this mail, now or later."""

    code = "mail_rejected"


class LineFull(PermanentError):
    """A cart line holds as many changes as one item of the table can."""

    code = "line_full"


class EventsNotAccepted(TransientError):
    """The bus did not take every event it was given."""

    code = "events_not_accepted"


class ClaimHeld(TransientError):
    """Another invocation holds the right to send this reminder, and may be sending it."""

    code = "claim_held"


class MailOutcomeUnknown(TransientError):
    """The mail service was asked and never answered: the mail may have gone out."""

    code = "mail_outcome_unknown"


class MailRateExceeded(TransientError):
    """The mail service takes no more mails for now; this one was not sent."""

    code = "mail_rate_exceeded"
