"""The keys that tokens are signed with, in AWS Systems Manager Parameter Store.

One SecureString, ``/<prefix>-<stage>/signing-keys``: a JSON list of keys, the newest first. The
deploy step makes it, for CloudFormation cannot; ``python -m infra rotate-keys`` replaces the older
key.
"""

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.signing import KEYS_KEPT_FOR, Keys, SigningKey


class SigningKeys:
    """The keys of a stage, read when they are needed and kept for some minutes."""

    def __init__(self, client: Any, parameter: str) -> None:
        self._client = client
        self._parameter = parameter
        self._kept: tuple[datetime, tuple[SigningKey, ...]] | None = None

    def current(self, now: datetime) -> tuple[SigningKey, ...]:
        """Return the keys, the newest first.

        Raises:
            TransientError: Parameter Store could not be asked now.
        """
        if self._kept is None or now >= self._kept[0] + KEYS_KEPT_FOR:
            self._kept = now, self._read()
        return self._kept[1]

    @translated_errors
    def _read(self) -> tuple[SigningKey, ...]:
        answer = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
        keys: tuple[SigningKey, ...] = msgspec.json.decode(answer["Parameter"]["Value"], type=Keys)
        return keys
