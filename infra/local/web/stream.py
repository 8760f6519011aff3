"""A response without an end."""

from collections.abc import Generator
from dataclasses import dataclass

from infra.local.engine.http import Headers


@dataclass(frozen=True)
class Stream:
    """An HTTP response whose body is sent chunk by chunk, for as long as somebody reads it.

    ``chunks`` is closed when nobody does any more.
    """

    headers: Headers
    chunks: Generator[bytes]
