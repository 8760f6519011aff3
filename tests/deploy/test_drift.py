"""What is removed or changed by hand is marked by `status` and put right by `deploy`."""

import pytest

from infra.operations.deploy.functions import LOGGING
from tests.deploy.conftest import Repaired
from tests.deploy.damages import ROUNDS
from tests.deploy.stage import Stage


@pytest.mark.parametrize("number", range(len(ROUNDS)), ids=["removed", "disabled", "changed"])
def test_status_marks_it_and_deploy_restores_it(repaired: Repaired, number: int) -> None:
    lines, said, left = repaired.rounds[number]
    for what in ROUNDS[number].values():
        assert any(line.startswith(f"! {what} ") for line in lines), (what, lines)
    assert "\nDeployed. The shop is at" in said
    assert left == []


def test_afterwards_there_is_nothing_to_change(repaired: Repaired) -> None:
    assert "Nothing was changed." in repaired.again


def test_a_deployed_function_logs_only_what_goes_wrong(deployed: Stage) -> None:
    for function in deployed.client("lambda").list_functions()["Functions"]:
        assert function["LoggingConfig"] == LOGGING
