"""Whether reminders of a cart are wanted, and whether its address may be mailed."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.domain.addresses import is_mailable
from chalicelib.domain.reminders import Skip


def unwanted(cart_id: str, address: str) -> Skip | None:
    """Return why this address must get no reminder of this cart, None if it may.

    Raises:
        TransientError: DynamoDB could not be reached.
    """
    if not is_mailable(address):
        return Skip.NOT_MAILABLE
    if wiring.adapters.preferences.has_opted_out(cart_id):
        return Skip.OPTED_OUT
    if wiring.adapters.suppressions.contains(address):
        return Skip.SUPPRESSED
    return None


def is_wanted(cart_id: str) -> bool:
    """Tell whether reminders of this cart are wanted: they are unless somebody stopped them.

    Raises:
        TransientError: DynamoDB could not be asked now.
    """
    return not wiring.adapters.preferences.has_opted_out(cart_id)


def allow(cart_id: str, now: datetime) -> None:
    """Send reminders of this cart again; doing it twice is the same as once.

    Raises:
        TransientError: DynamoDB could not be asked now.
    """
    wiring.adapters.preferences.opt_in(cart_id, now)


def stop(cart_id: str, now: datetime) -> None:
    """Send no more reminders of this cart; repeating it changes nothing.

    Raises:
        TransientError: DynamoDB could not be reached.
    """
    wiring.adapters.preferences.opt_out(cart_id, now)
