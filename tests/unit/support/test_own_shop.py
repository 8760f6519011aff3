"""That a test is seen to look at the project's own shop."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import own_shop

pytestmark = pytest.mark.own_shop

SHOP = own_shop.ROOT / "chalicelib" / "shop"


@pytest.fixture
def seen():
    own_shop.seen.clear()
    return own_shop.seen


def test_files_and_folders_of_it_that_are_opened_are_seen(seen):
    (SHOP / "shop.toml").read_bytes()
    list(SHOP.iterdir())
    assert seen == [f"opens {SHOP / 'shop.toml'}", f"opens {SHOP}"]


def test_a_link_hides_none_of_it(seen, tmp_path):
    (tmp_path / "shop").symlink_to(SHOP)
    (tmp_path / "shop" / "shop.toml").read_bytes()
    assert seen == [f"opens {SHOP / 'shop.toml'}"]


def test_a_program_is_seen_whatever_it_does(seen):
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert seen[0] == f"starts {sys.executable}"


def test_what_is_of_no_shop_or_of_the_tests_is_not_seen(seen, tmp_path):
    (tmp_path / "shop.toml").write_text("")
    Path(__file__).read_bytes()
    (own_shop.ROOT / "tests" / "support" / "shop" / "shop.toml").read_bytes()
    assert seen == []


def test_tests_are_shopless_unless_they_say_otherwise(request):
    assert not request.node.get_closest_marker("shopless")
    others = [item for item in request.session.items if "test_strategies" in str(item.path)]
    assert all(item.get_closest_marker("shopless") for item in others)
