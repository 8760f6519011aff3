"""How several senders together keep the rate at which SES takes mails from an account."""

from math import ceil
from typing import Final

SECONDS_PER_REMINDER: Final = 0.25
"""What a reminder takes: eight calls to AWS, of which SES's is the longest."""

MAX_RATE: Final = 4_000
"""Mails a second that as many senders as Lambda allows for a queue can send: 1,000."""


def senders(rate: int) -> int:
    """Return how many functions send at once to reach ``rate`` mails a second.

    Two at least, because Lambda allows no fewer for a queue.
    """
    return max(2, ceil(rate * SECONDS_PER_REMINDER))


def pace(rate: int) -> float:
    """Return the seconds from one mail of a sender to its next one."""
    return senders(rate) / rate
