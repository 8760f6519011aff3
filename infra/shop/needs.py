"""Which extensions cannot work because one that they import was removed."""

import re
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r"^ *from chalicelib\.extensions\.(\w+)", re.MULTILINE)


def unmet(folder: Path) -> list[str]:
    """Return a sentence for each need of an extension in this folder that is not met."""
    needs = (
        (file.parent.name, needed)
        for file in sorted(folder.glob("*/*.py"))
        for needed in _IMPORT.findall(file.read_text(encoding="utf-8"))
    )
    return [
        f"extensions/{name}: it needs extensions/{needed}, or goes with it"
        for name, needed in dict.fromkeys(needs)
        if not (folder / needed).is_dir()
    ]
