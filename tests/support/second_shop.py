"""The toy shop of ``examples/toy-shop``, complete: its English texts are the demo shop's."""

import json
from pathlib import Path
from shutil import copytree
from typing import Final

from infra.generate import locales

ENGLISH: Final = {
    "title": "{shop}: wooden toys",
    "heading": "Wooden toys to grow up with",
}
"""What the page says of tea and coffee otherwise."""

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path("examples", "toy-shop")
SHOP: Final = Path("chalicelib", "shop")
LATER_REMINDERS: Final = ("reminder_second", "reminder_last")


def assemble(folder: Path, project: Path = ROOT) -> Path:
    """Write the shop to a folder that does not exist yet, and return it."""
    copytree(project / FOLDER, folder)
    english = copytree(project / SHOP / "texts" / "en", folder / "texts" / "en")
    for name in LATER_REMINDERS:
        (english / f"{name}.toml").write_bytes((english / "reminder.toml").read_bytes())
    page = json.loads((english / "page.json").read_text("utf-8"))
    page["page"] |= ENGLISH
    (english / "page.json").write_text(json.dumps(page), "utf-8")
    _complete(folder / "texts" / "ja" / "page.json", page)
    locales.write(folder)
    return folder


def _complete(file: Path, english: dict[str, dict[str, str]]) -> None:
    """Have a language say in English what the page has learned to say since it was translated."""
    own = json.loads(file.read_text("utf-8"))
    texts = {
        part: {key: own[part].get(key, text) for key, text in english[part].items()}
        for part in english
    }
    file.write_text(json.dumps(texts), "utf-8")
