"""Who shops in the histories, and what."""

from typing import Final

SKUS: Final = ("MUG-STONE-350", "TEA-SENCHA-100", "BEANS-ETH-250")
CUSTOMERS: Final = {
    "ada": "ada@example.com",
    "grace": "grace@example.com",
    "bea": "bounce@simulator.amazonses.com",  # her mailbox is gone
}
"""Name → e-mail address."""
GUESTS: Final = ("the visitor", "another visitor")
