"""How a bug gets into a file that is read: a template, a policy, ``config.json``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest import mock

from tests.support.chalice import CHALICE

ROOT: Final = Path(__file__).parents[3]
STAGES: Final = ("dev", "prod")


class NotThereError(Exception):
    """What is to be replaced is not in the file, so the bug would be none."""


@contextmanager
def edited(changes: dict[Path, tuple[str, str]]) -> Iterator[None]:
    """Have files read as if a text in them were another, at its first place.

    Raises:
        NotThereError: a file does not have the text.
    """
    read = Path.read_text
    texts: dict[Path, str] = {}
    for file, (old, new) in changes.items():
        text = read(file, encoding="utf-8")
        if old not in text:
            raise NotThereError(f"{file.name} has no {old!r}")
        texts[file] = text.replace(old, new, 1)

    def read_text(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        return texts.get(self.resolve()) or read(self, encoding, errors)

    with mock.patch.object(Path, "read_text", read_text):
        yield


def template(name: str, old: str, new: str) -> dict[Path, tuple[str, str]]:
    """Return the change of a template, ``foundation`` or ``subscriptions``."""
    return {ROOT / "infra" / "templates" / f"{name}.yaml": (old, new)}


def policy(function: str, old: str, new: str) -> dict[Path, tuple[str, str]]:
    """Return the change of a function's policy in every stage; ``$`` is the stage's name."""
    return {
        CHALICE / f"policy-{stage}-{function}.json": (
            old.replace("$", stage),
            new.replace("$", stage),
        )
        for stage in STAGES
    }


def config(old: str, new: str) -> dict[Path, tuple[str, str]]:
    """Return the change of ``config.json``."""
    return {CHALICE / "config.json": (old, new)}
