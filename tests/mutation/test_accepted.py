"""What is accepted is there to be mutated, and every setting can be."""

from fnmatch import fnmatchcase

import pytest

from tests.mutation.accepted import ACCEPTED, is_accepted
from tests.mutation.templates import all_mutants

OF_SETTINGS = [
    pattern for pattern in ACCEPTED if ".py" not in pattern and "chalicelib" not in pattern
]


@pytest.fixture(scope="module")
def mutants() -> list[str]:
    return [mutant.what for mutant in all_mutants()]


@pytest.mark.parametrize("pattern", OF_SETTINGS)
def test_a_setting_that_may_differ_is_one_that_there_is(pattern: str, mutants: list[str]) -> None:
    assert any(fnmatchcase(what, pattern) for what in mutants)


def test_every_kind_of_file_has_mutants_and_few_are_accepted(mutants: list[str]) -> None:
    names = {what.partition(" ")[0] for what in mutants}
    assert {"foundation.yaml", "subscriptions.yaml", "config.json", "orders/template.yaml"} <= names
    assert {"api_handler.json", "orders/settle_order.json", "QueuedConsumer.yaml"} <= names
    assert sum(map(is_accepted, mutants)) < len(mutants) / 20


def test_a_bracket_in_a_line_of_code_stands_for_itself() -> None:
    assert not is_accepted("chalicelib/a.py: x[0] -> x[1]")
    assert is_accepted(
        "chalicelib/a.py: class A(Struct, frozen=True): -> class A(Struct, frozen=False):"
    )
