"""The application's errors.

Each is permanent or transient, which decides whether a job fails at once or is retried by Lambda or
the queue.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


class ErrorBody(msgspec.Struct, frozen=True):
    """An error: a stable code for programs, a sentence for people."""

    code: str
    message: str
    details: dict[str, Any] | UnsetType = UNSET


class CartError(Exception):
    """Base of every error this application raises on purpose.

    Attributes:
        code: a stable, machine-readable name, part of the HTTP API and of failure records; the
            class's own name unless it says otherwise.
        message: one sentence for a person; never holds an e-mail address or a secret.
        details: optional facts for programs, JSON-serialisable.
    """

    code = "internal_error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            cls.code = _WORD.sub("_", cls.__name__).lower()

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

    def wait(self, attempt: int) -> int:
        """Return the seconds that a queue waits after the ``attempt``-th try."""
        return backoff(attempt)


def backoff(attempt: int) -> int:
    """Return the seconds to wait after the ``attempt``-th try: from 30, doubled, to an hour."""
    return min(30 << (attempt - 1), 3600)


class MalformedRequest(PermanentError):
    """The request does not have the documented shape."""


class RequestTooLarge(PermanentError):
    """The request's body exceeds the documented size."""


class UnsupportedMediaType(PermanentError):
    """The request's body is not declared to be JSON."""


class UnknownSku(PermanentError):
    """No product of the catalogue has this SKU."""


class QuantityOutOfRange(PermanentError):
    """A quantity is a whole number from 1 to 99."""


class UnknownFile(PermanentError):
    """The shop page has no such file."""

    code = "not_found"


class UnknownRequest(PermanentError):
    """No request with this id was accepted for this customer."""


class MalformedEvent(PermanentError):
    """An event does not have the documented shape."""


class UnknownEvent(PermanentError):
    """No consumer here knows this source and detail-type."""


class UnsupportedVersion(PermanentError):
    """This code does not support the event's major version."""


class ForgedToken(PermanentError):
    """A token was not issued for this purpose, or was altered."""


class ExpiredToken(PermanentError):
    """A token is no longer valid."""


class GuestUnknown(PermanentError):
    """The guest token is invalid or has expired."""

    code = "invalid_guest_token"


class CartLinkUnknown(PermanentError):
    """The link of a mail to a cart is invalid or has expired."""

    code = "invalid_cart_link"


class GuestCartTaken(PermanentError):
    """Another customer has merged this guest's cart already."""


class CartMerged(PermanentError):
    """The guest's cart has become a customer's, and takes nothing more from the guest."""


class MailRejected(PermanentError):
    """The mail service refuses this mail permanently."""


class TooManyMerges(PermanentError):
    """As many guests' carts are merged into the cart as one may have."""


class LineFull(PermanentError):
    """A cart line has as many changes as it may."""


class EventsNotAccepted(TransientError):
    """The bus did not accept every event."""


class ClaimHeld(TransientError):
    """Another invocation has claimed this reminder and may be sending it."""


class MailOutcomeUnknown(TransientError):
    """The mail service did not answer: the mail may have been sent."""


class MailRateExceeded(TransientError):
    """The mail service accepts no more mail at the moment; this one was not sent."""
