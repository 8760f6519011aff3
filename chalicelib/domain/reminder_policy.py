"""What limits reminders, whatever the plan says: hours of the day, how many, how late, to whom.

The values come from ``shop.toml``; functions read them from their environment.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain import ids

DEFAULT_LATENESS: Final = timedelta(days=2)
"""How late a wake-up may still lead to a mail: nobody wants to be reminded weeks later."""

MAX_QUIET_MINUTES: Final = 16 * 60
"""So that enough of each day is left to mail in, when clocks are set forward as well."""

_MINUTE: Final = timedelta(minutes=1)
ClockTime = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", description='a time such as "21:00"')
]


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """The hours of the day in which nobody is mailed, by the clock where the customer is.

    They may go over midnight.
    """

    start: ClockTime
    until: ClockTime

    @property
    def minutes(self) -> int:
        """How long they take on a day of 24 hours."""
        start, until = (int(text[:2]) * 60 + int(text[3:]) for text in (self.start, self.until))
        return (until - start) % (24 * 60)

    def include(self, at: datetime, zone: tzinfo) -> bool:
        """Tell whether the clock shows one of these hours in a zone."""
        shown = f"{at.astimezone(zone):%H:%M}"
        if self.start <= self.until:
            return self.start <= shown < self.until
        return shown >= self.start or shown < self.until

    def end(self, at: datetime, zone: tzinfo) -> datetime:
        """Return the first full minute from ``at`` on that is not among them, or ``at`` itself.

        Minute by minute, so that it is right when clocks are set forward or back, too.
        """
        while self.include(at, zone):
            at = at.replace(second=0, microsecond=0) + _MINUTE
        return at


class MaxMails(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many reminders a customer gets in so many days at most."""

    mails: Annotated[int, Meta(ge=1, le=100, description="from 1 to 100 mails")]
    days: Annotated[int, Meta(ge=1, le=60, description="from 1 to 60 days")]

    def are_reached(self, sent_at: Iterable[datetime], now: datetime) -> bool:
        """Tell whether one more at ``now`` would be one too many, given when others were sent."""
        since = now - timedelta(days=self.days)
        return sum(at > since for at in sent_at) >= self.mails


Consent = Annotated[Literal["implied", "required"], Meta(description='"implied" or "required"')]
"""Whether reminders are sent unless somebody stops them, or only to whom asked for them."""


class ReminderPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What limits the reminders of a shop.

    ``time_zone`` is the shop's, for customers whose own is not known. ``max_lateness`` is in
    seconds.
    """

    time_zone: str = "UTC"
    quiet_hours: QuietHours | None = None
    max_mails: MaxMails | None = None
    max_lateness: int = int(DEFAULT_LATENESS.total_seconds())
    holdout_percent: int = 0
    consent: Consent = "implied"

    def zone(self, name: str | None) -> tzinfo:
        """Return a customer's time zone, the shop's if there is none of this name."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - of use to shops with quiet hours only

        try:
            return ZoneInfo(name or self.time_zone)
        except (KeyError, ValueError, OSError):  # OSError: the name is that of a folder
            return ZoneInfo(self.time_zone)

    def mailable_from(self, at: datetime, zone: str | None) -> datetime:
        """Return the first time from ``at`` on that is not in the quiet hours of a zone (UTC)."""
        if self.quiet_hours is None:
            return at
        return self.quiet_hours.end(at, self.zone(zone)).astimezone(at.tzinfo)

    def holds_out(self, cart_id: str) -> bool:
        """Tell whether a cart is one of those that get no reminders, so that there is a comparison.

        By a hash of its id: the same carts each time, and no more of one kind than of another.
        """
        return ids.intent_bits("holdout", cart_id) % 100 < self.holdout_percent
