"""The figures of prices.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PRICES: Final[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("prices.toml").read_text("utf-8")
)
ASSUMED: Final[Mapping[str, float]] = PRICES["assumed"]
"""What no simulation can count."""
