"""The rules that decide whether a customer is reminded of a cart.

A scheduled reminder is a wake-up, not a decision. One is scheduled for each coalescing window
in which something was added, and it is never moved or cancelled. What to do is decided when it
fires, from the cart as it is then.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zlib import crc32

import msgspec
from msgspec import structs

from chalicelib.domain import ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.events import (
    CartReminderDue,
    CustomerEvent,
    Envelope,
    Recipient,
    ReminderSent,
    ReminderSkipped,
    caused_by,
)

_TAKEN_FOR_NOW: Final = timedelta(minutes=1)
"""Longer than the function runs that writes an add while its wake-up fires."""

MAX_LATENESS: Final = timedelta(days=2)
"""How late a wake-up may still lead to a mail: nobody wants to be reminded weeks later."""

C = TypeVar("C", bound=CustomerEvent)


class Skip(StrEnum):
    """Why a wake-up sends nothing."""

    CART_EMPTY = "cart_empty"
    SUPERSEDED = "superseded"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_verified_address"
    NOT_MAILABLE = "address_not_mailable"
    ALREADY_SENT = "already_sent"
    TOO_LATE = "too_late"
    MAIL_REFUSED = "mail_refused"


class Send(msgspec.Struct, frozen=True):
    """Send the reminder that belongs to ``window``, unless it has been sent."""

    window: int


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


class ReminderRule(msgspec.Struct, frozen=True):
    """Adds within one ``window`` share one wake-up, ``delay`` after the window's end.

    The windows of a cart begin ``offset`` later than those of the rule; see :meth:`of`.
    """

    window: timedelta
    delay: timedelta
    offset: timedelta = timedelta(0)

    def of(self, cart_id: str) -> "ReminderRule":
        """Return the rule for one cart.

        Where its windows begin depends on a hash of its id, so that the carts that were filled in
        one hour are due all over an hour, and not in the same second.
        """
        seconds = crc32(cart_id.encode()) % (self.window // timedelta(seconds=1))
        return structs.replace(self, offset=timedelta(seconds=seconds))

    def window_of(self, at: datetime) -> int:
        """Return the coalescing window that ``at`` falls in, by its end in epoch seconds.

        By a time and not by a count, so that it means the same whatever length windows have now.
        """
        begun = (at - ids.EPOCH - self.offset) // self.window
        return ((begun + 1) * self.window + self.offset) // timedelta(seconds=1)

    def due_at(self, window: int) -> datetime:
        """Return when the wake-up of a window is due (UTC)."""
        return ids.EPOCH + timedelta(seconds=window) + self.delay

    def wake_up(self, added: Envelope[C], recipient: Recipient) -> Envelope[CartReminderDue]:
        """Return the event that is put on the bus when the wake-up for this add is due.

        Its id depends on the cart and the window only: however many adds request it, it is
        the same event.
        """
        cart_id = added.data.cart_id
        window = self.window_of(ids.time_of(added.metadata.event_id))
        return caused_by(
            added,
            ids.event_id(self.due_at(window), ids.intent_bits("reminder", cart_id, str(window))),
            CartReminderDue(cart_id=cart_id, window=window, customer=recipient),
        )

    def decide(self, cart: Cart, window: int) -> Send | Skip:
        """Decide what the wake-up of ``window`` does, from the cart as it is now.

        An add after the window has a wake-up of its own, so this one leaves the reminder to it,
        even if that item was removed since. What is sent is accounted to the window of the last
        add: two wake-ups for the same state of a cart are one mail.
        """
        last_added_at = cart.last_added_at
        if last_added_at is None or cart.is_empty:
            return Skip.CART_EMPTY
        if last_added_at >= ids.EPOCH + timedelta(seconds=window):
            return Skip.SUPERSEDED
        return Send(self.window_of(last_added_at))

    def has_looked(self, added_at: datetime, now: datetime) -> bool:
        """Tell whether the wake-up for an add may have read the cart by ``now``."""
        return now + _TAKEN_FOR_NOW >= self.due_at(self.window_of(added_at))

    def next_due_at(self, cart: Cart, now: datetime) -> datetime | None:
        """Return when a reminder is due if the cart does not change, None if none is due."""
        if cart.is_empty or cart.last_added_at is None:
            return None
        due_at = self.due_at(self.window_of(cart.last_added_at))
        return due_at if due_at > now else None


def retry_delay(attempt: int, jitter: float) -> int:
    """Return the seconds to wait after the ``attempt``-th try of a reminder failed.

    The wait doubles with each attempt, beginning at 30 s and ending at an hour; ``jitter`` (0 to
    1) takes up to a fifth off it, so that messages that failed together are not retried together.
    """
    wait: int = min(30 * 2 ** (attempt - 1), 3600)
    return round(wait * (1 - jitter / 5))
