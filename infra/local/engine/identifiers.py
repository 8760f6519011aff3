"""Ids like those of AWS, repeatable from a seed."""

import uuid
from random import Random, SystemRandom


class Identifiers:
    """A source of UUIDs, random or, with a seed, the same in every run."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: Random = SystemRandom() if seed is None else Random(seed)  # noqa: S311

    def uuid(self) -> str:
        """Return a UUID of version 4."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
