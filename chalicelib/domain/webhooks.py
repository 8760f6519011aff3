"""Signatures of what a third party reports: ``t=<unix seconds>,v1=<HMAC-SHA256 of t.body, hex>``.

They are made with keys of their own, kept like those of tokens: of two keys both are valid.
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

_SIGNATURE: Final = re.compile(r"t=([0-9]{1,11}),v1=([0-9a-f]{64})")


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
    match = _SIGNATURE.fullmatch(signature)
    seconds, mac = match.groups() if match else ("0", "")
    # Constant-time comparison, so timing reveals nothing about the signature.
    genuine = [hmac.compare_digest(mac, _mac(seconds, body, key)) for key in keys]
    age = now - (ids.EPOCH + timedelta(seconds=int(seconds)))
    if not any(genuine) or abs(age) > MAX_AGE:
        raise ForgedSignature("The signature is missing, wrong or too old.")


def _mac(seconds: str, body: bytes, key: SigningKey) -> str:
    return hmac.new(key.secret, f"{seconds}.".encode() + body, sha256).hexdigest()
