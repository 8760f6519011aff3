"""A new consumer's folder, made of the example that docs/add-a-consumer.md explains.

It runs as it is: it keeps each add under the new name, once however often its event comes.
"""

import re
from pathlib import Path
from typing import Final

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "most_wanted"
EXTENSIONS: Final = Path(__file__).parents[2] / "chalicelib" / "extensions"

_NAME: Final = re.compile(r"(?=.{3,31}\Z)[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_SKIPPED: Final = {"__pycache__"}


class NameTakenError(ValueError):
    """The name is no name for a consumer, or there is such a folder."""


def write(name: str, folder: Path = EXTENSIONS) -> list[Path]:
    """Write the folder ``name`` with a function of the same name; return its files.

    Raises:
        NameTakenError: the name is not of small letters, digits and underscores, or is taken.
    """
    if not _NAME.fullmatch(name):
        raise NameTakenError(
            "A name has 3 to 31 small letters, digits and underscores. Words begin with a letter."
        )
    target = folder / name
    if target.exists():
        raise NameTakenError(f"There is {target} already.")
    written = []
    for file in sorted(EXAMPLE.rglob("*")):
        if file.is_dir() or _SKIPPED & set(file.parts):
            continue
        copy = target / _renamed(str(file.relative_to(EXAMPLE)), name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_renamed(file.read_text(encoding="utf-8"), name), encoding="utf-8")
        written.append(copy)
    return written


def _renamed(text: str, name: str) -> str:
    """Return a text of the example with its names replaced by those of the new consumer."""
    words = name.split("_")
    for old, new in (
        ("most_wanted", name),
        ("count_wanted", name),
        ("count-wanted", "-".join(words)),
        ("CountWanted", "".join(word.capitalize() for word in words)),
        ("WANTED#", f"{name.upper()}#"),
    ):
        text = text.replace(old, new)
    return text
