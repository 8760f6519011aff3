"""The signing keys of a stage as Parameter Store has them; see :mod:`chalicelib.domain.signing`."""

import time
from typing import Final

import msgspec

from chalicelib import extensions
from chalicelib.domain.signing import MOST_KEYS, Keys, SigningKey
from chalicelib.settings import Names

SECRET_BYTES: Final = 32


def parameters_of(names: Names) -> tuple[str, ...]:
    """Return the names of all parameters with keys: the stage's own, and those of extensions."""
    added = (f"/{names.base}/{name}" for name in extensions.members("hooks", "KEYS"))
    return names.signing_keys_parameter, *added


def with_new_key(text: str | None, secret: bytes, now: float | None = None) -> str:
    """Return a parameter's value with one more key, the newest, and no more than two.

    ``text`` is the value so far, None if there is none; ``now`` is in epoch seconds.
    """
    created_at = int(time.time() if now is None else now)
    older = () if text is None else msgspec.json.decode(text, type=Keys)
    keys = (SigningKey(secret, created_at), *older)[:MOST_KEYS]
    return msgspec.json.encode(keys).decode()
