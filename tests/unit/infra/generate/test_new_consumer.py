"""A new consumer is a folder of its own that runs as it is."""

import ast
import json

import pytest

from infra.cloudformation.shorthands import written_out
from infra.cloudformation.template import load
from infra.generate import new_consumer


def test_its_files_are_named_after_it(tmp_path):
    files = {
        str(file.relative_to(tmp_path)) for file in new_consumer.write("loyalty_points", tmp_path)
    }
    assert files == {
        "loyalty_points/__init__.py",
        "loyalty_points/consumers.py",
        "loyalty_points/policies/loyalty_points.json",
        "loyalty_points/template.yaml",
        "loyalty_points/tests/test_loyalty_points.py",
    }


def test_nothing_of_the_example_is_left_in_them(tmp_path):
    for file in new_consumer.write("loyalty_points", tmp_path):
        text = file.read_text(encoding="utf-8")
        for name in ("most_wanted", "count_wanted", "count-wanted", "CountWanted", "WANTED#"):
            assert name not in text, file


def test_function_rule_and_policy_belong_together(tmp_path):
    new_consumer.write("loyalty_points", tmp_path)
    folder = tmp_path / "loyalty_points"
    tree = ast.parse((folder / "consumers.py").read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert "loyalty_points" in functions
    resources = load(folder / "template.yaml").body["Resources"]
    written = written_out(resources, "loyalty_points")
    target = written["LoyaltyPointsRule"]["Properties"]["Targets"][0]
    assert target["Id"] == "loyalty_points"
    policy = json.loads((folder / "policies" / "loyalty_points.json").read_text(encoding="utf-8"))
    assert "LOYALTY_POINTS#*" in json.dumps(policy)


@pytest.mark.parametrize("name", ["", "ab", "Orders", "a-b", "../x", "1st", "a_1", "a" * 32])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(new_consumer.NameTakenError):
        new_consumer.write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    new_consumer.write("loyalty", tmp_path)
    with pytest.raises(new_consumer.NameTakenError, match="already"):
        new_consumer.write("loyalty", tmp_path)
