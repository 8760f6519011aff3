"""The products of the shop that tests buy, by SKU."""

from typing import Final

MUG: Final = "MUG-STONE-350"
TEA: Final = "TEA-SENCHA-100"
TEAPOT: Final = "TEAPOT-CAST-800"
FAILING: Final = "VASE-FAILS-5-MIN"
"""What cannot be stored for a while after it was added."""
