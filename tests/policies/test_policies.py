"""Rules for what each function may do, and for ``.chalice/config.json``."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, Final

import pytest

from chalicelib import settings
from chalicelib.domain.events import EVENTS
from chalicelib.settings import Names
from infra.cloudformation.template import variable_of
from infra.generate.chalice_files import sender_of
from infra.generate.event_schemas import all_events
from infra.repair.signing_keys import parameters_of
from tests.support.chalice import CHALICE
from tests.support.iam import Request
from tests.support.iam_requests import put_event
from tests.support.infrastructure import (
    ARN,
    CONFIG,
    DEPLOYED_STAGES,
    RESOURCES,
    ROOT,
    STAGES,
    config_of,
    consumer_names,
    core_functions,
    foundation_of,
    invoke_configs,
    of_the_core,
    of_type,
)
from tests.support.permissions import declared, policy_of

PASSES: Final = "iam:PassRole scheduler to scheduler.amazonaws.com"
"""What an extension says whose function schedules reminders, too."""

RESULT: Final = "Lambda Function Invocation Result - "

MAIL_RESOURCES: Final = {
    "arn:aws:ses:*:*:identity/*",  # in the sandbox SES looks at the recipient's identity too
    "arn:aws:ses:*:*:configuration-set/cart-prod",
}
FUNCTIONS: Final = ("api_handler", *consumer_names())

# X-Ray's actions know no resources: "Actions, resources, and condition keys for AWS X-Ray".
WITHOUT_RESOURCES: Final = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}


def policy_text(function: str, stage: str) -> str:
    file = CHALICE / config_of(function, stage).iam_policy_file
    return file.read_text(encoding="utf-8")


def statements(function: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy_text(function, "prod"))["Statement"]
    return found


def grants() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Give function, action, resource and condition of everything that is allowed."""
    for function in FUNCTIONS:
        for statement in statements(function):
            condition = statement.get("Condition", {})
            for action, resource in product(
                _list(statement["Action"]), _list(statement["Resource"])
            ):
                yield function, action, resource, condition


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


class TestPolicies:
    def test_every_function_has_a_policy_of_its_own_in_every_stage_that_is_deployed(self) -> None:
        assert {
            config_of(function, stage).iam_policy_file
            for function in FUNCTIONS
            for stage in DEPLOYED_STAGES
        } == {file.name for file in CHALICE.glob("policy-*.json")}
        assert config_of("api_handler").autogen_policy is False

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_stages_differ_in_nothing_but_their_name(self, function: str) -> None:
        assert policy_text(function, "dev").replace("-dev", "-prod") == policy_text(
            function, "prod"
        )

    def test_every_permission_is_for_named_actions_on_things_of_this_stage(self) -> None:
        for function, action, resource, _ in grants():
            assert "*" not in action, function
            if action in WITHOUT_RESOURCES:
                assert resource == "*"
            elif action.startswith("ses:"):
                assert resource in MAIL_RESOURCES
            else:
                service, _, name = resource.removeprefix("arn:aws:").partition(":")
                assert action.startswith(f"{service}:"), function
                # Chalice fills nothing in, so account and region stay open; the name does not.
                assert name.startswith(("*:*:", ":*:")), function
                assert "-prod" in name, function

    def test_every_resource_exists(self) -> None:
        known = [thing.identity for thing in RESOURCES.values() if thing.identity]
        exist = {value for identity in known for value in identity.attributes.values()}
        # The deployment makes it, for CloudFormation cannot.
        for name in parameters_of(Names("cart", "prod")):
            exist.add(f"arn:aws:ssm:eu-central-1:123456789012:parameter{name}")
        made_elsewhere = ("arn:aws:ses:", "arn:aws:logs:", "arn:aws:scheduler:")
        for function, _, resource, _ in grants():
            if resource != "*" and not resource.startswith(made_elsewhere):
                assert any(fnmatchcase(arn, resource) for arn in exist), (function, resource)

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_a_function_writes_to_its_own_log_group_only(self, function: str) -> None:
        suffix = "" if function == "api_handler" else f"-{function}"
        written = {
            (action, resource)
            for owner, action, resource, _ in grants()
            if owner == function and action.startswith("logs:")
        }
        group = f"arn:aws:logs:*:*:log-group:/aws/lambda/cart-prod{suffix}:*"
        assert written == {("logs:CreateLogStream", group), ("logs:PutLogEvents", group)}

    def test_the_api_publishes_as_itself_and_consumers_report_results_as_lambda(self) -> None:
        conditions: dict[str, Any] = {}
        for function, action, _, condition in grants():
            if action == "events:PutEvents" and function in core_functions():
                conditions.setdefault(function, condition)
        assert conditions.pop("api_handler") == {"StringEquals": {"events:source": "cart.api"}}
        for function, kinds in (
            ("send_reminder", ["ReminderSent", "ReminderSkipped"]),
            ("suppress_address", "AddressSuppressed"),
        ):
            fact = {"events:source": "cart.reminders", "events:detail-type": kinds}
            assert conditions.pop(function) == {"StringEquals": fact}
        assert {"persist_cart", "schedule_reminder"} <= set(conditions)
        report = {
            "events:source": "lambda",
            "events:detail-type": [f"{RESULT}Failure", f"{RESULT}Success"],
        }
        for condition in conditions.values():
            assert condition == {"StringEqualsIfExists": report}

    def test_a_function_may_write_to_its_destinations_as_lambda_asks_beforehand(self) -> None:
        """Lambda takes a destination only if the role allows the action; there is no event yet."""
        for name, config in invoke_configs().items():
            policy = policy_of(name.removeprefix("cart-prod-"), "prod", as_stage="prod")
            for destination in config["DestinationConfig"].values():
                arn = destination["Destination"]
                action = "events:PutEvents" if ":event-bus/" in arn else "sqs:SendMessage"
                assert policy.allows(Request(action, arn)), (name, arn)

    def test_a_function_may_report_the_results_for_which_it_has_a_destination(self) -> None:
        bus = ARN.format("events", "event-bus/cart-prod")
        for name, config in invoke_configs().items():
            policy = policy_of(name.removeprefix("cart-prod-"), "prod", as_stage="prod")
            for result in ("Success", "Failure"):
                destination = config["DestinationConfig"].get(f"On{result}", {})
                told = destination.get("Destination") == bus
                assert policy.allows(put_event(bus, "lambda", RESULT + result)) is told, name

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_a_function_publishes_under_a_source_of_the_cart_only_events_that_there_are(
        self, function: str
    ) -> None:
        exist = {(event.source, event.detail_type) for event in all_events()}
        exist |= {("lambda", f"{RESULT}{result}") for result in ("Success", "Failure")}
        sources = {"lambda", *(event.source for event in EVENTS)}
        if function == "api_handler":
            sources.remove("cart.api")  # it publishes whatever customers ask for
        policy = policy_of(function, "prod", as_stage="prod")
        bus = ARN.format("events", "event-bus/cart-prod")
        made_up = {*product(sources, (detail_type for _, detail_type in exist))} - exist
        assert [each for each in made_up if policy.allows(put_event(bus, *each))] == []

    @pytest.mark.parametrize("function", ["persist_cart", "schedule_reminder"])
    @pytest.mark.parametrize(
        ("source", "detail_type"),
        [
            ("cart.api", "ItemAddedToCart"),
            ("cart.reminders", "CartReminderDue"),
            ("aws.ses", "Email Bounced"),
            ("lambda", "ItemAddedToCart"),
            ("cart.api", "Lambda Function Invocation Result - Success"),
        ],
    )
    def test_a_consumer_can_forge_no_event_of_others(
        self, function: str, source: str, detail_type: str
    ) -> None:
        bus = ARN.format("events", "event-bus/cart-prod")
        policy = policy_of(function, "prod", as_stage="prod")
        assert not policy.allows(put_event(bus, source, detail_type))

    def test_only_the_schedulers_role_may_be_passed_and_only_to_scheduler(self) -> None:
        passed = [grant for grant in grants() if grant[1] == "iam:PassRole"]
        roles = {
            f"arn:aws:iam::*:role/{each.properties['RoleName']}" for each in of_type("IAM::Role")
        }
        (role,) = of_the_core("IAM::Role")
        for function, _, resource, condition in passed:
            assert resource in roles
            own = resource.endswith(role.properties["RoleName"])
            assert own == (function == "schedule_reminder" or PASSES in declared(function))
            assert condition == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}

    def test_schedules_are_created_in_the_reminder_group_only(self) -> None:
        group = RESOURCES["ScheduleGroup"].ref
        for function, action, resource, _ in grants():
            if action.startswith("scheduler:"):
                assert resource.startswith(f"arn:aws:scheduler:*:*:schedule/{group}/"), function

    def test_mail_is_sent_from_the_shops_address_only(self) -> None:
        # By condition and not by identity: for a recipient that is an identity of the account,
        # as all are in the SES sandbox, SES asks for permission on that identity, too.
        sender = sender_of(config_of("send_reminder").environment_variables)
        senders = [grant for grant in grants() if grant[1].startswith("ses:")]
        # A raw message needs the second action, whichever version of the API it comes by.
        assert {action for _, action, _, _ in senders} == {"ses:SendEmail", "ses:SendRawEmail"}
        for function, _, _, condition in senders:
            assert condition == {"StringEquals": {"ses:FromAddress": sender}}, function
        own = {function for function, *_ in senders} & set(core_functions())
        assert own == {"send_reminder"}

    def test_lambda_may_poll_the_queue_for_the_function(self) -> None:
        queue = RESOURCES["ReminderQueue"].attributes["Arn"]
        polling = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
        allowed = {
            action
            for function, action, resource, _ in grants()
            if function == "send_reminder" and fnmatchcase(queue, resource)
        }
        assert polling <= allowed


class TestConfig:
    @pytest.mark.parametrize("stage", STAGES)
    def test_config_and_outputs_hold_every_setting(self, stage: str) -> None:
        environment = config_of("api_handler", stage).environment_variables
        outputs = foundation_of(stage).outputs
        read = settings.read(environment | {variable_of(name): outputs[name] for name in outputs})
        assert read.stage == stage
        assert read.event_bus_arn == ARN.format("events", f"event-bus/{read.names.bus}")

    @pytest.mark.parametrize("stage", STAGES)
    def test_the_templates_use_the_names_that_the_code_derives_from_the_stage(
        self, stage: str
    ) -> None:
        environment = config_of("api_handler", stage).environment_variables
        foundation = foundation_of(stage)
        outputs = {variable_of(name): value for name, value in foundation.outputs.items()}
        read = settings.read(environment | outputs)
        resources = foundation.resources
        assert resources["Table"].ref == read.names.table
        assert resources["ScheduleGroup"].ref == read.names.schedule_group
        assert resources["ReminderQueue"].attributes["QueueName"] == read.names.queue("reminders")
        time_to_live = resources["Table"].properties["TimeToLiveSpecification"]
        assert time_to_live == {"AttributeName": "expires_at", "Enabled": True}

    def test_no_output_becomes_a_variable_that_nobody_reads(self) -> None:
        readers = ("chalicelib/settings.py", "infra/chalice/plain_commands.py")
        source = "".join((ROOT / name).read_text(encoding="utf-8") for name in readers)
        for output in foundation_of("prod").outputs:
            assert f'"{variable_of(output)}"' in source

    @pytest.mark.parametrize("stage", DEPLOYED_STAGES)
    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_every_function_has_memory_a_time_limit_and_traces(
        self, function: str, stage: str
    ) -> None:
        config = config_of(function, stage)
        assert config.lambda_memory_size >= 512
        # API Gateway gives up after 29 seconds; the retries of the SDK must fit in.
        assert config.lambda_timeout == (60 if function == "send_reminder" else 20)
        # Nothing decides before it which reminders are traced, so it would be most of them.
        assert config.xray_enabled is (function != "send_reminder")

    def test_every_functions_log_group_forgets_after_a_month(self) -> None:
        for name in consumer_names():
            assert config_of(name).log_retention_in_days == 30
        # Chalice would set it for a group named after the handler; see foundation.yaml.
        assert config_of("api_handler").log_retention_in_days is None
        groups = [dict(group.properties) for group in of_type("Logs::LogGroup")]
        names = ("/aws/lambda/cart-prod", "/aws/events/cart-prod-results")
        assert groups == [{"LogGroupName": name, "RetentionInDays": 30} for name in names]

    def test_config_names_no_function_that_does_not_exist(self) -> None:
        named = set(CONFIG["lambda_functions"])
        for stage in DEPLOYED_STAGES:
            named |= set(CONFIG["stages"][stage]["lambda_functions"])
        assert named == set(FUNCTIONS)
