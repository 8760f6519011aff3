"""Deploying a stage: from nothing, again, after a code change, and after being killed."""

import json
from pathlib import Path

import pytest
from moto.awslambda.models import LambdaBackend
from moto.cloudformation.models import CloudFormationBackend

from infra.chalice.process import run_chalice
from infra.cloudformation.stacks import EXTENSIONS, FOUNDATION, STACKS, SUBSCRIPTIONS
from infra.operations.deploy import functions, stack_changes
from infra.operations.deploy.gateway_responses import RESPONSES
from infra.operations.deploy.throttling import BURST_LIMIT, RATE_LIMIT
from tests.deploy.conftest import Kept
from tests.deploy.inventory import inventory, limits_of, names
from tests.deploy.packaging import make_wheels
from tests.deploy.stage import Stage


def steps_that_changed_something(output: str) -> list[str]:
    steps = output.split("Step ")[1:]
    return [step.partition(" of")[0] for step in steps if "Nothing to change." not in step]


def declared_event_sources(stage: Stage) -> list[str]:
    """Return the ARN of the queue of every mapping that the template declares, sorted."""
    resources = stage.target().resources(SUBSCRIPTIONS, EXTENSIONS).values()
    return sorted(
        resource.properties["EventSourceArn"]
        for resource in resources
        if resource.type == "AWS::Lambda::EventSourceMapping"
    )


class TestFirstAndSecondTime:
    def test_it_says_which_of_three_steps_runs_and_where_the_shop_is(
        self, deployment: Kept, deployed: Stage
    ) -> None:
        stage, output = deployed, deployment.said
        assert "Step 1 of 3: the foundation" in output
        assert "Step 2 of 3: the functions and the API, with `chalice deploy`" in output
        assert "Step 3 of 3: the subscriptions" in output
        assert steps_that_changed_something(output) == ["1", "2", "3"]
        assert output.splitlines()[-1] == stage.environment["SHOP_URL"]

        before = inventory(stage)
        output = stage.succeed("deploy")
        assert "Nothing was changed." in output
        assert steps_that_changed_something(output) == []
        assert inventory(stage) == before

    def test_what_an_emulator_does_not_know_can_be_left_out(self, stage: Stage) -> None:
        stack_changes.deploy(stage.target(), FOUNDATION, {"AWS::Events::Archive"})
        assert "archive" not in names(stage)
        assert "event_bus" in names(stage)


class TestAnotherProcessor:
    """`lambda_architecture` in config.json is a setting of Chalice's, for updates as well."""

    def test_the_functions_of_a_deployed_stage_move(self, deployed: Stage, wheels: Path) -> None:
        make_wheels(wheels, machine="aarch64")
        stage = deployed
        file = stage.project / ".chalice" / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(config | {"lambda_architecture": "arm64"}), encoding="utf-8")
        assert steps_that_changed_something(stage.succeed("deploy")) == ["2"]
        listed = stage.client("lambda").list_functions()["Functions"]
        assert {tuple(function["Architectures"]) for function in listed} == {("arm64",)}
        assert "Nothing was changed." in stage.succeed("deploy")


class TestPlainChaliceDeploy:
    """After the first deployment, `chalice deploy --stage dev` is enough for a change of code."""

    def test_it_deploys_the_code_and_undoes_nothing_but_the_gateways_answers(
        self, deployed: Stage
    ) -> None:
        stage, before = deployed, inventory(deployed)
        (stage.project / "chalicelib" / "news.py").write_text("FRESH = True\n", encoding="utf-8")
        run_chalice(stage.target(), "deploy")
        after = inventory(stage)
        for name, (function, _) in after["function"].items():
            was, _ = before["function"][name]
            assert function["CodeSha256"] != was["CodeSha256"]
            assert function["Environment"] == was["Environment"]
            assert function["LoggingConfig"] == was["LoggingConfig"] == functions.LOGGING
        for kind in set(after) - {"api", "function"}:
            assert after[kind] == before[kind], kind
        ((api, (_, answers, _, stages)),) = after["api"].items()
        assert {api} == set(before["api"])
        assert answers == []
        assert limits_of(stages) == [(RATE_LIMIT, BURST_LIMIT)]

        stage.target().configuration.record_file.unlink()  # as in another clone
        output = stage.succeed("deploy")
        assert steps_that_changed_something(output) == ["2"]
        ((same_api, (_, answers, *_)),) = inventory(stage)["api"].items()
        assert same_api == api
        assert {answer["responseType"] for answer in answers} == set(RESPONSES)


class TestBrokenOff:
    @pytest.mark.parametrize(
        ("backend", "call", "number"),
        [
            (CloudFormationBackend, "create_change_set", 1),
            (CloudFormationBackend, "execute_change_set", 1),
            (LambdaBackend, "create_function", 4),
            (CloudFormationBackend, "execute_change_set", 2),
        ],
    )
    def test_a_deployment_that_was_killed_is_completed_by_the_next(
        self, stage: Stage, backend: type, call: str, number: int
    ) -> None:
        stage.kill_at_call(backend, call, number, "deploy")
        stage.succeed("deploy")
        found = names(stage)
        assert found["stack"] == {f"cart-dev-{stack}" for stack in STACKS}
        assert len(found["api"]) == 1
        mappings = [each["EventSourceArn"] for each in inventory(stage)["mapping"].values()]
        assert sorted(mappings) == declared_event_sources(stage)
        assert found["function"] == set(stage.target().configuration.functions.values())
        assert "Nothing was changed." in stage.succeed("deploy")
