"""Copies of this project, in which tests may change what they like."""

from pathlib import Path
from shutil import ignore_patterns
from typing import Final

ROOT: Final = Path(__file__).parents[2]

NOT_IN_A_CLONE: Final = ignore_patterns(
    ".git", ".venv", "build", "deployed", "deployments", ".*_cache", "__pycache__", ".hypothesis"
)
