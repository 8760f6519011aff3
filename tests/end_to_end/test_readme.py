"""The tour of the README works as it is written, whatever became of the demo shop."""

from pathlib import Path

from tests.support.catalog import FOLDER
from tests.support.page import commands, local_cloud, run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = README.partition("## A tour in two minutes")[2].partition("\n## ")[0]


def test_the_tour_can_be_followed_word_for_word() -> None:
    with local_cloud(ROOT, SHOP_FOLDER=str(FOLDER)) as port:
        run(ROOT, commands(TOUR), port=(":8000", f":{port}"))
