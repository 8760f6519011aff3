"""Removing a stage leaves nothing but what it says."""

import json

import pytest
from moto.awslambda.models import LambdaBackend

from infra.operations.deploy import removal
from infra.operations.problems import Problem
from infra.operations.target import connect
from tests.deploy.inventory import names
from tests.deploy.stage import ROOT, Stage


def test_everything_goes_but_the_table_which_the_next_deploy_takes_over(
    deployed: Stage,
) -> None:
    stage, committed = deployed, Stage(ROOT, deployed.endpoint_url).environment
    output = stage.succeed("destroy", "--yes")
    assert "The table cart-dev is kept" in output
    assert names(stage) == {"table": {"cart-dev"}}
    table = stage.client("dynamodb").describe_table(TableName="cart-dev")["Table"]
    assert table["DeletionProtectionEnabled"] is True
    assert stage.environment == committed
    assert not stage.target().configuration.record_file.exists()

    assert stage.succeed("destroy", "--yes").count("There is nothing to remove.") == 3

    key = {"pk": {"S": "CART#1"}, "sk": {"S": "LINE#1"}}
    stage.client("dynamodb").put_item(TableName="cart-dev", Item=key)
    stage.succeed("deploy")
    assert stage.client("dynamodb").get_item(TableName="cart-dev", Key=key)["Item"] == key
    assert "Nothing was changed." in stage.succeed("deploy")


def test_with_delete_data_nothing_is_left_though_it_was_broken_off(deployed: Stage) -> None:
    stage = deployed
    stage.kill_at_call(LambdaBackend, "delete_function", 4, "destroy", "--yes", "--delete-data")
    assert "function" in names(stage)
    output = stage.succeed("destroy", "--yes", "--delete-data")
    assert "The table cart-dev is deleted." in output
    assert names(stage) == {}


def test_it_asks_first(stage: Stage) -> None:
    result = stage.run("destroy", input="n\n")
    assert result.exit_code == 1
    assert "Remove stage dev but for its table from account 123456789012" in result.output
    assert "Step 1" not in result.output


def test_prod_keeps_its_customers_unless_told(stage: Stage) -> None:
    prod = connect("prod", project_dir=stage.project, endpoint_url=stage.endpoint_url)
    with pytest.raises(Problem, match=r"protects its customers from deletion: .* --delete-data"):
        removal.destroy(prod, delete_data=False)


def test_rules_of_others_on_the_bus_are_named_before_the_functions_go(foundation: Stage) -> None:
    pattern = json.dumps({"source": ["cart.api"]})
    events = foundation.client("events")
    events.put_rule(Name="of-somebody", EventBusName="cart-dev", EventPattern=pattern)
    (line,) = foundation.fail("destroy", "--yes")
    assert line == (
        "Error: The bus cart-dev cannot be deleted: it has rules that are not of this project, "
        "of-somebody. Delete them, then run `destroy` again."
    )
    events.delete_rule(Name="of-somebody", EventBusName="cart-dev")
    foundation.succeed("destroy", "--yes")
