"""The events about guests who want to be reminded. The address is in none of them."""

from chalicelib.domain.events import CartEvent, ReminderEvent


class GuestRemindersAsked(CartEvent, frozen=True):
    """A guest left an address to be reminded at, which has to be confirmed."""

    source = "cart.api"


class GuestReminderDue(ReminderEvent, frozen=True):
    """It is time to look whether a guest is to be reminded; ``step`` is that of the plan."""
