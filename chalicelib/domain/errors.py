"""The application's errors.

Each is permanent or transient, which decides whether a job fails at once or is retried by Lambda or
the queue.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class ErrorBody(msgspec.Struct, frozen=True):
    """An error: a stable code for programs, a sentence for people."""

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
    """A retry cannot help: the job itself is invalid."""


class TransientError(CartError):
    """The same job may succeed later."""

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
    """No request with this id was accepted for this customer."""

    code = "unknown_request"


class MalformedEvent(PermanentError):
    """An event does not have the documented shape."""

    code = "malformed_event"


class UnknownEvent(PermanentError):
    """No consumer here knows this source and detail-type."""

    code = "unknown_event"


class UnsupportedVersion(PermanentError):
    """This code does not support the event's major version."""

    code = "unsupported_version"


class ForgedToken(PermanentError):
    """A token was not issued for this purpose, or was altered."""

    code = "forged_token"


class ExpiredToken(PermanentError):
    """A token is no longer valid."""

    code = "expired_token"


class GuestUnknown(PermanentError):
    """The guest token is invalid or has expired."""

    code = "invalid_guest_token"


class GuestCartTaken(PermanentError):
    """Another customer has merged this guest's cart already."""

    code = "guest_cart_taken"


class MailRejected(PermanentError):
    """The mail service refuses this mail permanently."""

    code = "mail_rejected"


class TooManyMerges(PermanentError):
    """As many guests' carts are merged into the cart as one may have."""

    code = "too_many_merges"


class LineFull(PermanentError):
    """A cart line has as many changes as it may."""

    code = "line_full"


class EventsNotAccepted(TransientError):
    """The bus did not accept every event."""

    code = "events_not_accepted"


class ClaimHeld(TransientError):
    """Another invocation has claimed this reminder and may be sending it."""

    code = "claim_held"


class MailOutcomeUnknown(TransientError):
    """The mail service did not answer: the mail may have been sent."""

    code = "mail_outcome_unknown"


class MailRateExceeded(TransientError):
    """The mail service accepts no more mail at the moment; this one was not sent."""

    code = "mail_rate_exceeded"
