"""The files of the shop page, as the shop fills them in."""

import json
import re
from pathlib import Path
from shutil import copytree

import pytest
from msgspec import structs

from chalicelib.adapters.page_files import PageFiles
from tests.support.catalog import FOLDER, SHOP

ICON = "<svg id='own'/>"


@pytest.fixture
def files(tmp_path: Path) -> PageFiles:
    """Return the files of a shop that has an icon of its own."""
    folder = copytree(FOLDER, tmp_path / "shop")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "icon.svg").write_text(ICON, "utf-8")
    return PageFiles(structs.replace(SHOP, languages=("en", "de")), folder)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("icon.svg", "image/svg+xml"),
        ("cognito.js", "text/javascript; charset=utf-8"),
        ("shop.css", "text/css; charset=utf-8"),
        ("shop.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_shops_icon_takes_the_place_of_the_icon_only(
    files: PageFiles, name: str, content_type: str
) -> None:
    file = files.file(name)
    assert file
    assert (file.text == ICON) == (name == "icon.svg")
    assert file.content_type == content_type


def test_the_colours_are_in_the_style_sheet_only(files: PageFiles) -> None:
    names = (*files.modules, "shop.css", "icon.svg")
    coloured = [name for name in names if ":root{--paper" in getattr(files.file(name), "text", "")]
    assert coloured == ["shop.css"]


@pytest.mark.parametrize(
    ("language", "decimal", "positive"), [("en", ".", "€{}"), ("de", ",", "{}\u00a0€")]
)
def test_the_page_holds_how_its_language_writes_amounts_as_json_with_its_quotes(
    files: PageFiles, language: str, decimal: str, positive: str
) -> None:
    [locale] = re.findall(r'<template id="locale">(.*?)</template>', files.page(language).text)
    facts = json.loads(locale)
    assert (facts["language"], facts["decimal"], facts["positive"]) == (language, decimal, positive)
    assert "plurals" not in facts
