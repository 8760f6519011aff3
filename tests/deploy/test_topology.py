"""What a deployment made, asked of the emulator resource by resource.

That CloudFormation says CREATE_COMPLETE proves nothing there: it skips the types that it does not
know. The expected values are those of the templates, ``.chalice/`` and the app.
"""

import json
from typing import Any, Final

import pytest

from app import app
from infra.cloudformation.template import Resource, variable_of
from infra.operations.deploy.gateway_responses import RESPONSES
from tests.deploy.inventory import Inventory, inventory, limits_of, names
from tests.deploy.stage import NAME, Stage
from tests.support.infrastructure import config_of, consumer_names


@pytest.fixture(scope="module")
def deployed(deployment, tmp_path_factory) -> Stage:
    """Give a stage that is deployed, to tests that change nothing."""
    return deployment.copy(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def there(deployed) -> Inventory:
    """Give all that there is."""
    return inventory(deployed)


SKIPPED: Final = {
    *(
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Lambda::EventInvokeConfig",
        *("AWS::Logs::LogGroup", "AWS::Logs::ResourcePolicy"),
    ),
    *("AWS::SES::ConfigurationSet", "AWS::SES::ConfigurationSetEventDestination"),
    *("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::XRay::SamplingRule"),
}
"""What moto's CloudFormation makes nothing of, and what can therefore not be looked at here."""

QUEUE_ATTRIBUTES: Final = ("VisibilityTimeout", "MessageRetentionPeriod", "SqsManagedSseEnabled")


def declared(stage: Stage, *types: str) -> list[Resource]:
    """Give the resources of all templates that are of a type."""
    return [
        resource
        for template in ("foundation", "subscriptions", "extensions")
        for resource in stage.target().resources(template).values()
        if resource.type in types
    ]


def test_every_type_is_looked_at_or_known_to_be_skipped(deployed: Stage) -> None:
    looked_at = {
        *("AWS::ApiGateway::RestApi", "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"),
        *("AWS::DynamoDB::Table", "AWS::Events::Archive", "AWS::Events::EventBus"),
        *("AWS::Events::Rule", "AWS::IAM::Role", "AWS::Lambda::EventSourceMapping"),
        *("AWS::Lambda::Permission", "AWS::SNS::Topic", "AWS::SQS::Queue"),
        "AWS::Scheduler::ScheduleGroup",
    }
    types = {
        resource.type
        for template in ("foundation", "subscriptions", "extensions")
        for resource in deployed.target().resources(template).values()
    }
    assert types == looked_at | SKIPPED


def test_there_is_what_the_templates_and_the_app_name_and_nothing_else(deployed: Stage) -> None:
    functions = {"cart-dev", *(f"cart-dev-{name}" for name in consumer_names())}
    roles = {f"cart-dev-{name}" for name in ("api_handler", *consumer_names())}
    roles |= {role.properties["RoleName"] for role in declared(deployed, "AWS::IAM::Role")}
    found = names(deployed)
    assert found["function"] == functions
    assert found["role"] == roles
    assert found["queue"] == {queue.attributes["QueueName"] for queue in queues(deployed)}
    assert found["event_bus"] == found["archive"] == {"cart-dev"}
    tables = declared(deployed, "AWS::DynamoDB::Table")
    assert found["table"] == {table.properties["TableName"] for table in tables}
    assert found["schedule_group"] == {"cart-reminders-dev"}
    assert found["user_pool"] == {"cart-dev"}
    assert len(found["api"]) == len(found["topic"]) == 1
    assert len(found["mapping"]) == len(declared(deployed, "AWS::Lambda::EventSourceMapping"))


def queues(stage: Stage) -> list[Resource]:
    return declared(stage, "AWS::SQS::Queue")


def test_the_queues_have_their_retention_encryption_and_redrive(
    deployed: Stage, there: Inventory
) -> None:
    found = there["queue"]
    for queue in queues(deployed):
        attributes, properties = found[queue.attributes["QueueName"]], queue.properties
        for name in QUEUE_ATTRIBUTES:
            if name in properties:
                assert attributes[name].lower() == str(properties[name]).lower()
        if "RedrivePolicy" in properties:
            assert json.loads(attributes["RedrivePolicy"]) == properties["RedrivePolicy"]


def test_the_table_has_its_keys_and_is_paid_by_request(deployed: Stage) -> None:
    for table in declared(deployed, "AWS::DynamoDB::Table"):
        name = table.properties["TableName"]
        found = deployed.client("dynamodb").describe_table(TableName=name)["Table"]
        assert found["KeySchema"] == table.properties["KeySchema"]
        assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_archive_keeps_the_applications_events_for_30_days(deployed: Stage) -> None:
    found = deployed.client("events").describe_archive(ArchiveName="cart-dev")
    sources = [{"prefix": "cart."}, {"prefix": "shop."}]
    assert json.loads(found["EventPattern"]) == {"source": sources}
    assert found["RetentionDays"] == 30


def test_the_rules_have_their_patterns_and_targets(deployed: Stage) -> None:
    client = deployed.client("events")
    for rule in declared(deployed, "AWS::Events::Rule"):
        name = {"Name": rule.properties["Name"], "EventBusName": rule.properties["EventBusName"]}
        found = client.describe_rule(**name)
        assert json.loads(found["EventPattern"]) == rule.properties["EventPattern"]
        assert found["State"] == "ENABLED"
        (target,) = client.list_targets_by_rule(
            Rule=name["Name"], EventBusName=name["EventBusName"]
        )["Targets"]
        (wanted,) = rule.properties["Targets"]
        assert target == wanted


@pytest.mark.parametrize("name", ["api_handler", *consumer_names()])
class TestFunctions:
    def test_it_has_the_settings_of_config_json(
        self, deployed: Stage, there: Inventory, name: str
    ) -> None:
        found, _ = there["function"][function_name(name)]
        config = config_of(name, NAME)
        assert found["MemorySize"] == config.lambda_memory_size
        assert found["Timeout"] == config.lambda_timeout
        assert (found["TracingConfig"]["Mode"] == "Active") is bool(config.xray_enabled)
        assert found["Environment"]["Variables"] == deployed.environment
        handlers = {each.name: each.handler_string for each in app.pure_lambda_functions}
        handler = handlers.get(name, "app.app")
        assert found["Handler"].removeprefix("app.") == handler.removeprefix("app.")

    def test_its_role_allows_what_its_policy_file_says(self, deployed: Stage, name: str) -> None:
        role = f"cart-dev-{name}"
        policy = deployed.client("iam").get_role_policy(RoleName=role, PolicyName=role)
        file = deployed.project / ".chalice" / f"policy-dev-{name}.json"
        assert policy["PolicyDocument"] == json.loads(file.read_text(encoding="utf-8"))

    def test_only_those_that_the_templates_name_may_invoke_it(
        self, deployed: Stage, there: Inventory, name: str
    ) -> None:
        function = function_name(name)
        allowed = {
            statement["Condition"]["ArnLike"]["AWS:SourceArn"]
            for statement in grants(deployed, name)
        }
        rules = {
            permission.properties["SourceArn"]
            for permission in declared(deployed, "AWS::Lambda::Permission")
            if permission.properties["FunctionName"] == function
        }
        if name == "api_handler":
            (api,) = there["api"]
            rules = {deployed.target().arn("execute-api", f"{api}/*")}
        assert allowed == rules


def function_name(name: str) -> str:
    return "cart-dev" if name == "api_handler" else f"cart-dev-{name}"


def grants(stage: Stage, name: str) -> list[dict[str, Any]]:
    client = stage.client("lambda")
    try:
        policy = client.get_policy(FunctionName=function_name(name))["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return []
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


def test_each_queue_feeds_its_function_and_is_told_which_messages_failed(
    deployed: Stage, there: Inventory
) -> None:
    found = {one["EventSourceArn"]: one for one in there["mapping"].values()}
    declarations = declared(deployed, "AWS::Lambda::EventSourceMapping")
    assert len(found) == len(declarations)
    for wanted in (one.properties for one in declarations):
        mapping = found[wanted["EventSourceArn"]]
        assert mapping["FunctionArn"].endswith(f":function:{wanted['FunctionName']}")
        assert mapping["BatchSize"] == wanted["BatchSize"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        senders = wanted["ScalingConfig"]["MaximumConcurrency"]
        assert int(mapping["ScalingConfig"]["MaximumConcurrency"]) == int(senders)


def test_the_api_has_every_route_of_the_app(there: Inventory) -> None:
    ((resources, *_),) = there["api"].values()
    found = {
        (resource["path"], method)
        for resource in resources
        for method in resource.get("resourceMethods", ())
    }
    assert found == {(path, method) for path, methods in app.routes.items() for method in methods}


def test_the_gateways_own_answers_have_the_shape_of_the_apis_errors(there: Inventory) -> None:
    ((_, answers, *_),) = there["api"].values()
    assert {answer["responseType"] for answer in answers} == set(RESPONSES)
    for answer in answers:
        text = answer["responseTemplates"]["application/json"]
        filled_in = text.replace("$context.error.messageString", '"Something is wrong."')
        assert set(json.loads(filled_in)["error"]) == {"code", "message"}
        origin = answer["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin == "'http://localhost:5173'"


def test_one_caller_cannot_use_up_what_the_account_may_take(there: Inventory) -> None:
    ((*_, stages),) = there["api"].values()
    assert limits_of(stages) == [(500.0, 1000)]


def test_the_outputs_are_what_the_functions_read(deployed: Stage, there: Inventory) -> None:
    printed = json.loads(deployed.succeed("outputs", "--json"))
    assert printed.items() <= deployed.environment.items()
    (pool,) = there["user_pool"].values()
    assert printed["USER_POOL_ARN"].endswith(f"/{pool['Id']}")
    assert set(printed) == {
        variable_of(name)
        for name in ("EventBusArn", "SchedulerRoleArn", "SchedulesDlqArn", "ShopUrl")
    } | {"USER_POOL_ARN", "USER_POOL_CLIENT_ID", "REST_API_ID"}
