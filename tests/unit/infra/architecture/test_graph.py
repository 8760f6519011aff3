"""The graph shows what the templates and the policies have, and what is added to them."""

import json
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from chalicelib.settings import Names
from infra.architecture.graph import Graph, Kind
from infra.architecture.project import ROOT, read
from infra.cloudformation.stacks import STACKS, template_of
from infra.generate.policies import functions_of

EXTENSIONS = ROOT / "chalicelib" / "extensions"

EXAMPLE = ROOT / "examples" / "most_wanted"
QUEUE = """
  OrderQueue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${Prefix}-orders-${Stage}
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt OrderDlq.Arn
        maxReceiveCount: 5

  OrderDlq:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${Prefix}-orders-dlq-${Stage}
"""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read(Names("cart", "local"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the graph is made from."""
    copytree(ROOT / "infra" / "templates", tmp_path / "infra" / "templates")
    copytree(ROOT / "infra" / "policies", tmp_path / "infra" / "policies")
    return tmp_path


def append(project: Path, template: str, text: str) -> None:
    file = project / "infra" / "templates" / template
    before, outputs, after = file.read_text(encoding="utf-8").partition("\nOutputs:")
    file.write_text(before + text + outputs + after, encoding="utf-8")


def add_example(project: Path) -> None:
    copytree(EXAMPLE, project / "chalicelib" / "extensions" / "most_wanted")


def names(graph: Graph, kind: Kind) -> set[str]:
    return {place.name for place in graph.places.values() if place.kind is kind}


def test_every_function_with_a_policy_is_a_place(graph: Graph) -> None:
    assert names(graph, Kind.FUNCTION) | {"api_handler"} == set(functions_of(ROOT))


def test_places_are_named_as_the_stage_has_them(graph: Graph) -> None:
    assert graph.places["lambda:persist_cart"].resource == "cart-local-persist_cart"
    assert graph.places["lambda:api_handler"].resource == "cart-local"
    assert graph.places["sqs:cart-reminders"].resource == "cart-reminders-local"
    assert (
        read(Names("cart", "prod")).places["sqs:cart-reminders"].resource == "cart-reminders-prod"
    )


@pytest.mark.parametrize(
    "path",
    [
        "shop>lambda:api_handler",
        "lambda:api_handler>events:cart",
        "events:cart>archive:cart",
        "lambda:persist_cart>dynamodb:cart",
        "lambda:schedule_reminder>scheduler:cart-reminders",
        "scheduler:cart-reminders>events:cart",
        "sqs:cart-reminders>lambda:send_reminder",
        "sqs:cart-reminders>sqs:cart-reminders-dlq",
        "lambda:send_reminder>ses:cart",
        "lambda:persist_cart>events:cart",
        "events:cart>logs:cart-results",
    ],
)
def test_a_path_follows_from_rules_mappings_destinations_and_permissions(graph, path) -> None:
    assert path in graph.paths


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("events:cart>lambda:persist_cart", {"persist-cart"}),
        ("events:cart>lambda:record_failure", {"record-failure", "record-rejection"}),
        ("events:cart>sqs:cart-reminders", {"queue-reminder"}),
        ("ses:cart>lambda:suppress_address", {"cart-local-mail-feedback"}),
    ],
)
def test_a_path_names_the_rules_that_send_along_it(graph, path, rules) -> None:
    assert set(graph.paths[path].rules) == rules


def test_every_rule_of_the_templates_is_on_a_path(graph: Graph) -> None:
    rules = {rule for path in graph.paths.values() for rule in path.rules}
    sections = [template_of(stack).section("Resources") for stack in STACKS]
    kinds = [each["Type"] for section in sections for each in section.values()]
    assert len(rules) == kinds.count("AWS::Events::Rule")


def test_a_path_to_the_bus_or_the_archive_names_the_sources_of_its_events(graph: Graph) -> None:
    sources = {
        path.start: path.sources for path in graph.paths.values() if path.end == "events:cart"
    }
    assert "cart.api" in sources["lambda:api_handler"]
    assert "cart.reminders" in sources["scheduler:cart-reminders"]
    assert sources["lambda:persist_cart"] == ("lambda",)
    assert "cart.*" in graph.paths["events:cart>archive:cart"].sources


def test_every_dead_letter_queue_is_known_as_one(graph: Graph) -> None:
    dead = names(graph, Kind.DEAD_LETTERS)
    assert dead >= {"Reminder DLQ", "Rules DLQ", "Schedules DLQ", "Functions DLQ"}
    assert "Reminder queue" in names(graph, Kind.QUEUE)
    assert not names(graph, Kind.QUEUE) & dead


def test_an_added_consumer_is_there_with_its_rule_its_result_and_its_table(project: Path) -> None:
    add_example(project)
    graph = read(Names("cart", "local"), project)
    assert graph.places["lambda:count_wanted"].kind is Kind.FUNCTION
    assert graph.paths["events:cart>lambda:count_wanted"].rules == ("count-wanted",)
    assert "lambda:count_wanted>events:cart" in graph.paths
    assert "lambda:count_wanted>dynamodb:cart" in graph.paths


def test_a_consumer_is_there_before_it_has_a_policy(project: Path) -> None:
    add_example(project)
    rmtree(project / "chalicelib" / "extensions" / "most_wanted" / "policies")
    assert "events:cart>lambda:count_wanted" in read(Names("cart", "local"), project).paths


def test_a_function_that_nothing_reaches_is_there_all_the_same(project: Path) -> None:
    policy = project / "infra" / "policies" / "idle.json"
    policy.write_text(json.dumps({"Statement": []}), encoding="utf-8")
    graph = read(Names("cart", "local"), project)
    assert "lambda:idle" in graph.places
    assert not [path for path in graph.paths if "lambda:idle" in path]


def test_an_added_queue_is_there_with_its_dead_letters(project: Path) -> None:
    append(project, "foundation.yaml", QUEUE)
    graph = read(Names("cart", "local"), project)
    assert graph.places["sqs:cart-orders"].name == "Order queue"
    assert graph.places["sqs:cart-orders-dlq"].kind is Kind.DEAD_LETTERS
    assert "sqs:cart-orders>sqs:cart-orders-dlq" in graph.paths
