"""Mutants that no test needs to notice, each with the reason."""

from collections.abc import Mapping
from typing import Final

ACCEPTED: Final[Mapping[str, str]] = {}
"""Patterns of what a mutant changes, and why it may."""
