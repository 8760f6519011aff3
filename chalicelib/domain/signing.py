"""Signed, expiring tokens: each allows one thing with one cart, without signing in.

    <subject>.<expiry in epoch seconds>.<HMAC-SHA256 in base64url>

The subject is a cart's id, maybe with what the token is about besides.

The signature covers the purpose, so a token cannot be used for another. There are two keys at most:
the newest signs and both are valid, so a key can be replaced while its tokens are in use.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from chalicelib.domain import ids
from chalicelib.domain.errors import ExpiredToken, ForgedToken

MOST_KEYS: Final = 2
KEYS_KEPT_FOR: Final = timedelta(minutes=5)
"""How long a function may cache the keys."""

_TOKEN: Final = re.compile(r"([A-Za-z0-9_~-]{1,80})\.([0-9]{1,11})\.([A-Za-z0-9_-]{43})")


class Purpose(StrEnum):
    """What a token may be used for."""

    UNSUBSCRIBE = "unsubscribe"
    GUEST = "guest"
    ADDRESS = "address"
    CART_LINK = "cart-link"
    CONFIRM = "confirm"


class SigningKey(msgspec.Struct, frozen=True):
    """A secret, base64 as JSON, and when it was made, in epoch seconds."""

    secret: Annotated[bytes, msgspec.Meta(min_length=32)]
    created_at: int

    def mac_of(self, purpose: Purpose, claim: str) -> str:
        """Return the signature of what a token claims."""
        mac = hmac.digest(self.secret, f"{purpose}\0{claim}".encode(), sha256)
        return urlsafe_b64encode(mac).rstrip(b"=").decode()


Keys = Annotated[tuple[SigningKey, ...], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]
"""The keys of a stage, the newest first."""


def sign(
    keys: Sequence[SigningKey], purpose: Purpose, subject: str, now: datetime, lifetime: timedelta
) -> str:
    """Return a token about a subject that is valid for ``lifetime`` from ``now`` (UTC).

    A key signs only once every function has had time to read it.
    """
    claim = f"{subject}.{int((now + lifetime).timestamp())}"
    return f"{claim}.{_signing_key(keys, now).mac_of(purpose, claim)}"


def hash_of(address: str, keys: Sequence[SigningKey], now: datetime) -> str:
    """Return what stands for an address where it must not be read, the same for one key."""
    return _signing_key(keys, now).mac_of(Purpose.ADDRESS, address)


def _signing_key(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    known_since = int((now - 2 * KEYS_KEPT_FOR).timestamp())
    return next((key for key in keys if key.created_at <= known_since), keys[-1])


def read(
    token: str, purpose: Purpose, keys: Sequence[SigningKey], now: datetime
) -> tuple[str, datetime]:
    """Return what a token is about, and when it expires (UTC).

    Raises:
        ForgedToken: it was not signed with these keys and for this purpose, or was altered.
        ExpiredToken: it is no longer valid.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ForgedToken("This link or token is invalid.")
    subject, expiry, mac = match.groups()
    claim = f"{subject}.{expiry}"
    # Constant-time comparison, so timing reveals nothing about the signature.
    if not any(hmac.compare_digest(mac, key.mac_of(purpose, claim)) for key in keys):
        raise ForgedToken("This link or token is invalid.")
    expires_at = ids.EPOCH + timedelta(seconds=int(expiry))
    if expires_at <= now:
        raise ExpiredToken("This link or token has expired.")
    return subject, expires_at
