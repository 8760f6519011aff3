"""What checks the pages' JavaScript is pinned, and comes from whichever registry one uses."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))


def test_every_tool_is_pinned_to_one_version():
    assert "dependencies" not in PACKAGE
    assert all(
        re.fullmatch(r"\d+\.\d+\.\d+", version) for version in PACKAGE["devDependencies"].values()
    )
    assert LOCK["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]


def test_every_package_has_a_hash_and_no_registry():
    packages = {name: facts for name, facts in LOCK["packages"].items() if name}
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())
    assert not [name for name, facts in packages.items() if "resolved" in facts]
