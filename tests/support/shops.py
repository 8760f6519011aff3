"""Shops other than the one of the tests: copies of its folder with something changed."""

from pathlib import Path
from shutil import copytree

from tests.support.catalog import FOLDER


def changed_shop(place: Path, *changes: tuple[str, str]) -> Path:
    """Copy the shop of the tests to a place and change texts in its settings; give the folder."""
    folder = copytree(FOLDER, place / "shop")
    settings = (folder / "shop.toml").read_text("utf-8")
    for old, new in changes:
        assert old in settings
        settings = settings.replace(old, new)
    (folder / "shop.toml").write_text(settings, "utf-8")
    return folder
