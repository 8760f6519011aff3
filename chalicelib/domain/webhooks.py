"""Signatures of what a third party reports: ``t=<unix seconds>,v1=<HMAC-SHA256 of t.body, hex>``.

They are made with keys of their own, kept like those of tokens: of two keys both are valid. A third
party that replaces its key signs with both for a while, so there may be several ``v1``; signatures
of other schemes count for nothing.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from chalicelib.domain import ids
from chalicelib.domain.errors import ForgedToken
from chalicelib.domain.signing import SigningKey

MAX_AGE: Final = timedelta(minutes=5)
"""How old, or how far ahead, the time in a signature may be."""

MAX_LENGTH: Final = 1000
"""How many characters a signature may have."""

_TIME: Final = re.compile(r"[0-9]{1,11}")
_MAC: Final = re.compile(r"[0-9a-f]{64}")


class ForgedSignature(ForgedToken):
    """The signature of a report is missing, wrong or too old."""


def sign(body: bytes, key: SigningKey, now: datetime) -> str:
    """Return the signature that the third party makes with a key."""
    seconds = str(int(now.timestamp()))
    return f"t={seconds},v1={_mac(seconds, body, key)}"


def check(signature: str, body: bytes, keys: Sequence[SigningKey], now: datetime) -> None:
    """Check that a body was signed with one of the keys a short time ago.

    Raises:
        ForgedSignature: it was not.
    """
    seconds, macs = _read(signature)
    made = [_mac(seconds, body, key) for key in keys]
    # Constant-time comparison, so timing reveals nothing about the signature.
    genuine = [hmac.compare_digest(mac, one) for mac in macs for one in made]
    age = now - (ids.EPOCH + timedelta(seconds=int(seconds)))
    if not any(genuine) or abs(age) > MAX_AGE:
        raise ForgedSignature("The signature is missing, wrong or too old.")


def _read(signature: str) -> tuple[str, list[str]]:
    """Return the time in a signature, "0" unless it has exactly one, and its MACs."""
    fields = [field.strip().split("=", 1) for field in signature[:MAX_LENGTH].split(",")]
    times = [field[1] for field in fields if field[0] == "t" and _TIME.fullmatch(field[-1])]
    macs = [field[1] for field in fields if field[0] == "v1" and _MAC.fullmatch(field[-1])]
    return times[0] if len(times) == 1 else "0", macs


def _mac(seconds: str, body: bytes, key: SigningKey) -> str:
    return hmac.new(key.secret, f"{seconds}.".encode() + body, sha256).hexdigest()
