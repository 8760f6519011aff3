"""Mails of extensions, each sent once: claimed before it is sent, and marked afterwards.

    sent = 0 or 1   held_until, expires_at in epoch seconds

Should the function die in between, the claim runs out and the mail is sent again: the only case in
which somebody gets it twice.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib import wiring
from chalicelib.adapters.dynamodb.items import ABSENT, Item
from chalicelib.domain.errors import CartError, ClaimHeld, MailOutcomeUnknown
from chalicelib.domain.mail import Mail

LEASE: Final = timedelta(minutes=2)
"""How long a claim prevents others from sending. Longer than the function may run."""


def send(mail: Mail, claim: Item, now: datetime) -> str | None:
    """Send a mail and return its message id, None if the mail of this claim was sent already.

    ``claim`` is the item that is kept of it, with its key and when it expires.

    Raises:
        ClaimHeld: another invocation may be sending it.
        CartError: what the mailer raises, or AWS could not be asked now.
    """
    table = wiring.adapters.table
    free = f"{ABSENT} OR (sent = :no AND held_until <= :now)"
    held = {**claim, "sent": 0, "held_until": _seconds(now + LEASE)}
    if not table.put(held, free, no=0, now=_seconds(now)):
        known = table.get(claim["pk"], claim["sk"])
        if known is not None and known["sent"]:
            return None
        raise ClaimHeld("Another invocation may be sending it.")
    try:
        message_id = wiring.adapters.mailer.send(mail)
    except MailOutcomeUnknown:
        raise  # the mail may have been sent, so the claim stays until it runs out
    except CartError:
        table.put({**held, "held_until": _seconds(now)})
        raise
    table.put({**held, "sent": 1})
    return message_id


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
