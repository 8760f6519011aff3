"""Event ids: UUIDv7, so that they sort by time and serve as the cart's clock.

An id is ``<time>-<tail>``: 48 bits of Unix milliseconds, then 74 bits (and the six that mark a
UUID's version and variant). The tail names the *intent*: POSTs that repeat a request with its
idempotency key share it, whenever they are made. Its last 48 bits stand for the key alone, so that
another request with the same key is noticed. Layout: RFC 9562, section 5.7.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

TAIL_BITS = 74
KEY_BITS = 48
"""The end of a tail, twelve digits; the rest tells requests apart that have the same key."""

MAX_CLOCK_SKEW = timedelta(seconds=5)
"""How far apart the clocks of two machines may be; AWS keeps its own within milliseconds.

Whatever compares times of two functions is right as long as this holds.
"""

# 48 bits of milliseconds reach the year 10889, but a datetime only 9999; "d" ends in 9774.
PATTERN = r"^[0-9a-d][0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"

TRACE_PATTERN = r"^[A-Za-z0-9-]{1,64}\Z"
"""The form of an id that only links log lines; an e-mail address does not have it."""

_TIME_CHARACTERS = len("00000000-0000")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def event_id(at: datetime, tail_bits: int) -> str:
    """Build the id of an event that occurs at ``at`` (to the millisecond).

    ``tail_bits`` are 74 bits: random, or from :func:`intent_bits`.
    """
    milliseconds = (at - EPOCH) // MILLISECOND
    high, low = tail_bits >> 62, tail_bits & ((1 << 62) - 1)
    digits = f"{milliseconds << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def intent_bits(*parts: str) -> int:
    """Derive the 74 tail bits that stand for one intent, the same for the same parts."""
    digest = sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest, "big") >> (len(digest) * 8 - TAIL_BITS)


def keyed_bits(key: Sequence[str], request: Sequence[str]) -> int:
    """Derive the tail bits of a ``request`` that was sent with an idempotency ``key``."""
    fingerprint = intent_bits(*request) >> KEY_BITS
    return fingerprint << KEY_BITS | intent_bits(*key) & ((1 << KEY_BITS) - 1)


def is_event_id(text: str) -> bool:
    """Tell whether ``text`` is a UUIDv7 in its canonical, lower-case form, of a possible time."""
    return re.match(PATTERN, text) is not None


def is_possible(text: str, now: datetime) -> bool:
    """Tell whether ``text`` is the id of an event that can have occurred by ``now``."""
    return is_event_id(text) and time_of(text) <= now + MAX_CLOCK_SKEW


def time_of(event_id: str) -> datetime:
    """Return the UTC instant, to the millisecond, at which the event occurred."""
    milliseconds = int(event_id[:_TIME_CHARACTERS].replace("-", ""), 16)
    return EPOCH + milliseconds * MILLISECOND


def split(event_id: str) -> tuple[str, str]:
    """Split an id into its time and its tail, between which it has a hyphen."""
    return event_id[:_TIME_CHARACTERS], event_id[_TIME_CHARACTERS + 1 :]


def tail_of(event_id: str) -> str:
    """Return the part that repetitions of a request with its idempotency key have in common."""
    return split(event_id)[1]


def key_of(event_id: str) -> str:
    """Return the part that all requests with the same idempotency key have in common."""
    return event_id[-KEY_BITS // 4 :]


def intent_of(request_id: str) -> str:
    """Return what identifies a request's intent: its tail, or all of an id of another form."""
    return tail_of(request_id) if is_event_id(request_id) else request_id
