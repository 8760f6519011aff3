"""The plan of reminders, and the rules that decide whether a customer is reminded of a cart.

A scheduled reminder is a wake-up, not a decision. One is scheduled for each coalescing window
in which something was added, and for each further step of the plan when the step before it has
come to an end. It is never moved or cancelled. What to do is decided when it fires, from the cart
as it is then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

import msgspec
from msgspec import structs

from chalicelib.domain import ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.errors import backoff
from chalicelib.domain.events import CartReminderDue, Envelope, Recipient, caused_by
from chalicelib.domain.reminder_outcomes import PutOff, Send, SentReminder, Skip
from chalicelib.domain.reminder_policy import ReminderPolicy

_TAKEN_FOR_NOW: Final = timedelta(minutes=1)
"""Longer than the function runs that writes an add while its wake-up fires."""

_SPREAD: Final = timedelta(hours=1)
"""Over how long mails are spread at most that waited for the end of the quiet hours."""


class ReminderRule(msgspec.Struct, frozen=True):
    """Adds within one ``window`` share one wake-up, ``delay`` after the window's end.

    The windows of a cart begin ``offset`` later than those of the rule; see :meth:`of`.
    ``later`` are the delays of the steps after the first, and ``policy`` limits all of them.
    """

    window: timedelta
    delay: timedelta
    offset: timedelta = timedelta(0)
    later: tuple[timedelta, ...] = ()
    policy: ReminderPolicy = ReminderPolicy()

    @property
    def steps(self) -> int:
        """How many reminders a cart gets that is left alone."""
        return 1 + len(self.later)

    def of(self, cart_id: str) -> "ReminderRule":
        """Return the rule for one cart.

        Where its windows begin depends on a hash of its id, so that the carts that were filled in
        one minute are due all over a window, and not in the same second.
        """
        seconds = crc32(cart_id.encode()) % (self.window // timedelta(seconds=1))
        return structs.replace(self, offset=timedelta(seconds=seconds))

    def window_of(self, at: datetime) -> int:
        """Return the coalescing window that ``at`` falls in, by its end in epoch seconds.

        By a time and not by a count, so that it means the same whatever length windows have now.
        """
        begun = (at - ids.EPOCH - self.offset) // self.window
        return ((begun + 1) * self.window + self.offset) // timedelta(seconds=1)

    def due_at(self, window: int, step: int = 1, zone: str | None = None) -> datetime:
        """Return when a step of a window's plan is due (UTC), whatever the time of day.

        It keeps its distance from the step before it where that is mailed later than it is due,
        after quiet hours: two steps of one night are not mailed in one morning minute.
        """
        delays = (self.delay, *self.later)
        due_at = ids.EPOCH + timedelta(seconds=window) + delays[step - 1]
        if step == 1:
            return due_at
        before = self.mailable_from(self.due_at(window, step - 1, zone), zone)
        return max(due_at, before + delays[step - 1] - delays[step - 2])

    def mailable_from(self, at: datetime, zone: str | None) -> datetime:
        """Return when what is due ``at`` a time is mailed to a customer in a zone (UTC).

        That is at once, but in quiet hours it is after their end, not for all in one second.
        """
        end = self.policy.mailable_from(at, zone)
        return end if end == at else end + self.offset % _SPREAD

    def wake_up(
        self, cause: Envelope[Any], window: int, step: int, recipient: Recipient
    ) -> Envelope[CartReminderDue]:
        """Return the event that is put on the bus when a step of a window's plan is due.

        Its id depends on the cart, the window and the step only: however many adds request it, it
        is the same event.
        """
        cart_id: str = cause.data.cart_id
        parts = ("reminder", cart_id, str(window), *([str(step)] if step > 1 else []))
        due_at = self.due_at(window, step, recipient.time_zone)
        event_id = ids.event_id(due_at, ids.intent_bits(*parts))
        return caused_by(cause, event_id, CartReminderDue(cart_id, window, recipient, step))

    def decide(
        self, cart: Cart, window: int, step: int = 1, sent: Iterable[SentReminder] = ()
    ) -> Send | Skip:
        """Decide what the wake-up of ``window`` does, from the cart as it is now.

        An add after the window has a wake-up of its own, so this one leaves the reminder to it,
        even if that item was removed since. What is sent is accounted to the window of the last
        add: two wake-ups for the same state of a cart are one mail.
        """
        last_added_at = cart.last_added_at
        if step > self.steps:
            return Skip.NOT_PLANNED
        if cart.is_empty:
            return Skip.ORDERED if cart.may_return else Skip.CART_EMPTY
        if last_added_at is None:
            return Skip.NOTHING_ON_SALE
        if last_added_at >= ids.EPOCH + timedelta(seconds=window):
            return Skip.SUPERSEDED
        if any(one.covers(step, last_added_at) for one in sent):
            # What was merged in this window may be sold again, and then the plan goes on.
            is_older = bool(cart.unsold) and self.window_of(last_added_at) < window
            return Skip.NOTHING_ON_SALE if is_older else Skip.ALREADY_SENT
        return Send(self.window_of(last_added_at))

    def limit(
        self, cart_id: str, sent: Iterable[SentReminder], zone: str | None, now: datetime
    ) -> Skip | PutOff | None:
        """Return what keeps a reminder from being mailed now that the plan asks for."""
        if self.policy.holds_out(cart_id):
            return Skip.HELD_OUT
        if self._are_too_many(sent, now):
            return Skip.TOO_MANY
        until = self.mailable_from(now, zone)
        return PutOff(until) if until > now else None

    def _are_too_many(self, sent: Iterable[SentReminder], at: datetime) -> bool:
        most = self.policy.max_mails
        return most is not None and most.are_reached((one.at for one in sent), at)

    def is_too_late(self, due_at: datetime, zone: str | None, now: datetime) -> bool:
        """Tell whether what was due ``due_at`` is too late to be mailed ``now``."""
        latest = self.mailable_from(due_at, zone) + timedelta(seconds=self.policy.max_lateness)
        return now > latest

    def has_looked(self, added_at: datetime, now: datetime) -> bool:
        """Tell whether the wake-up for an add may have read the cart by ``now``."""
        return now + _TAKEN_FOR_NOW >= self.due_at(self.window_of(added_at))

    def has_wake_up(self, cart: Cart) -> bool:
        """Tell whether a wake-up was asked for when something was last added.

        One is only if an address of the customer was known then, at any add or merge in the window.
        """
        contact, added_at = cart.contact, cart.last_added_at
        if contact is None or added_at is None:
            return False
        return self.window_of(ids.time_of(contact.at)) >= self.window_of(added_at)

    def next_due_at(
        self, cart: Cart, now: datetime, sent: Iterable[SentReminder] = ()
    ) -> datetime | None:
        """Return when the next reminder is mailed if the cart does not change, None if none is.

        ``sent`` are the cart's reminders so far; they matter if their number is limited.
        """
        if cart.is_empty or cart.last_added_at is None:
            return None
        sent, window = tuple(sent), self.window_of(cart.last_added_at)
        zone = cart.contact.time_zone if cart.contact else None
        for step in range(1, self.steps + 1):
            due_at = self.mailable_from(self.due_at(window, step, zone), zone)
            if due_at > now and not self._are_too_many(sent, due_at):
                return due_at
        return None


def retry_delay(attempt: int, jitter: float) -> int:
    """Return the seconds to wait after the ``attempt``-th try of a reminder failed.

    The wait doubles with each attempt, beginning at 30 s and ending at an hour; ``jitter`` (0 to
    1) takes up to a fifth off it, so that messages that failed together are not retried together.
    """
    return round(backoff(attempt) * (1 - jitter / 5))
