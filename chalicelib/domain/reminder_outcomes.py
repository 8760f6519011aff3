"""What becomes of a wake-up: a reminder that was sent, or the reason why not."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.events import (
    CartReminderDue,
    Envelope,
    ReminderSent,
    ReminderSkipped,
    caused_by,
)


class Skip(StrEnum):
    """Why a wake-up sends nothing."""

    CART_EMPTY = "cart_empty"
    ORDERED = "ordered"
    NOTHING_ON_SALE = "nothing_on_sale"
    SUPERSEDED = "superseded"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_verified_address"
    NOT_MAILABLE = "address_not_mailable"
    ALREADY_SENT = "already_sent"
    TOO_LATE = "too_late"
    MAIL_REFUSED = "mail_refused"
    NOT_PLANNED = "not_planned"
    TOO_MANY = "too_many"
    HELD_OUT = "held_out"
    NO_CONSENT = "no_consent"


ENDS_PLAN: Final[frozenset[str]] = frozenset(Skip) - {
    *(Skip.TOO_LATE, Skip.TOO_MANY, Skip.HELD_OUT, Skip.MAIL_REFUSED),  # these may pass
    *(Skip.ORDERED, Skip.NOTHING_ON_SALE, Skip.OPTED_OUT, Skip.NO_CONSENT),  # these be undone
}
"""After these no later step of the same plan can be mailed either."""


class Send(msgspec.Struct, frozen=True):
    """Send the reminder that belongs to ``window``, unless it has been sent."""

    window: int


class PutOff(msgspec.Struct, frozen=True):
    """Decide again at a time (UTC) at which the customer may be mailed."""

    until: datetime


class SentReminder(msgspec.Struct, frozen=True):
    """A reminder that was sent ``at`` a time (UTC).

    ``wake_up`` is the id of the event that led to it, ``message_id`` what SES calls the mail.
    """

    window: int
    step: int
    at: datetime
    wake_up: str
    message_id: str

    def covers(self, step: int, added_at: datetime) -> bool:
        """Tell whether it is the reminder of this step of an add, or of a later one.

        Windows may have had another length when it was sent, so its window need not be the one
        that the add belongs to now.
        """
        return self.step == step and ids.EPOCH + timedelta(seconds=self.window) > added_at

    def event_of(self, wake_up: Envelope[CartReminderDue]) -> Envelope[ReminderSent]:
        """Return the event that tells of it, which is the same however often it is made."""
        cart_id = wake_up.data.cart_id
        parts = ReminderSent.detail_type, cart_id, str(self.window), str(self.step)
        event_id = ids.event_id(self.at, ids.intent_bits(*parts))
        return caused_by(wake_up, event_id, ReminderSent(cart_id, self.window, self.step))


def skipped(wake_up: Envelope[CartReminderDue], reason: Skip) -> Envelope[ReminderSkipped]:
    """Return the event that tells that a wake-up sent nothing, the same for the same reason."""
    due = wake_up.data
    data = ReminderSkipped(due.cart_id, due.window, due.step, reason)
    parts = data.detail_type, due.cart_id, str(due.window), str(due.step), reason
    due_at = ids.time_of(wake_up.metadata.event_id)
    return caused_by(wake_up, ids.event_id(due_at, ids.intent_bits(*parts)), data)
