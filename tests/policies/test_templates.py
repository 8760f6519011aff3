"""Rules for what events reach, and for who is invoked: subscriptions.yaml."""

import json
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any, Final

import pytest

from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.events import (
    EVENTS,
    GUEST,
    AddressSuppressed,
    ReminderFollowed,
    RemindersAllowed,
    ReminderSent,
    ReminderSkipped,
    RemindersStopped,
)
from chalicelib.entrypoints.reporting import READS
from infra.generate import event_docs
from infra.generate.event_schemas import all_events
from infra.local.aws import eventbridge_patterns
from infra.local.aws.eventbridge_rules import input_of
from tests.support.infrastructure import (
    ARN,
    RESOURCES,
    by_arn,
    function_names,
    invoke_configs,
    invoked_functions,
    of_type,
    targets,
)
from tests.support.resource_policies import Asked, allows

MAIL_FEEDBACK: Final = {
    ("aws.ses", "Email Bounced"),
    ("aws.ses", "Email Complaint Received"),
}
OF_THE_CART: Final = {
    *("persist-cart", "schedule-reminder", "queue-reminder", "cart-prod-mail-feedback"),
    *("record-success", "record-failure", "record-rejection"),
}
"""The rules that the cart depends on; others may be added, and are nobody's business here."""

FACTS: Final = {
    *(RemindersStopped, RemindersAllowed),
    *(ReminderSent, ReminderSkipped, ReminderFollowed, AddressSuppressed),
}
"""Events that are told to whoever may want to know, and that nobody here has to act on."""

LAMBDA_RESULTS: Final = {
    ("lambda", "Lambda Function Invocation Result - Success"),
    ("lambda", "Lambda Function Invocation Result - Failure"),
}


def envelope(source: str, detail_type: str, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"source": source, "detail-type": detail_type, "detail": detail or {}}


def added(customer: dict[str, Any]) -> dict[str, Any]:
    return envelope("cart.api", "ItemAddedToCart", {"data": {"customer": customer}})


def result(action: str) -> dict[str, Any]:
    """Write the event that Lambda puts on the bus when a consumer returned this action."""
    detail = {
        "requestContext": {"condition": "Success"},
        "responsePayload": {"source": "cart.consumers", "action": action},
    }
    return envelope("lambda", "Lambda Function Invocation Result - Success", detail)


def rules_for(event: dict[str, Any]) -> set[str]:
    return {
        rule.properties["Name"]
        for rule in of_type("Events::Rule")
        if eventbridge_patterns.matches(rule.properties["EventPattern"], event)
    }


class TestRules:
    @pytest.mark.parametrize(
        ("event", "rules"),
        [
            (added({"id": "c", "email": "e"}), {"persist-cart", "schedule-reminder"}),
            (envelope("cart.api", "GuestCartMerged"), {"persist-cart"}),
            (added({"id": "nobody can write to them"}), {"persist-cart"}),
            (envelope("cart.api", "ItemRemovedFromCart"), {"persist-cart"}),
            (envelope("cart.api", "CartCheckedOut"), {"persist-cart"}),
            (envelope("cart.reminders", "CartReminderDue"), {"queue-reminder"}),
            (result("persisted"), {"record-success"}),
            (result("scheduled"), {"record-success"}),
            (result("skipped"), {"record-success"}),
            (result("whatever an added consumer did"), {"record-success"}),
            (result("rejected"), {"record-rejection"}),
            (envelope("lambda", "Lambda Function Invocation Result - Failure"), {"record-failure"}),
        ],
    )
    def test_each_event_reaches_exactly_its_consumers(
        self, event: dict[str, Any], rules: set[str]
    ) -> None:
        assert rules_for(event) & OF_THE_CART == rules

    def test_the_rules_that_the_cart_depends_on_are_there(self) -> None:
        assert {rule.properties["Name"] for rule in of_type("Events::Rule")} >= OF_THE_CART

    def test_every_event_of_the_application_reaches_a_consumer(self) -> None:
        for event in set(EVENTS) - FACTS:
            assert rules_for(envelope(event.source, event.detail_type)), event

    def test_every_consumer_is_brought_the_events_that_it_reads_and_no_other(self) -> None:
        polled = {
            mapping.properties["EventSourceArn"]: mapping.properties["FunctionName"]
            for mapping in of_type("Lambda::EventSourceMapping")
        }
        brought: dict[str, set[tuple[str, str]]] = {name: set() for name in READS}
        for (rule, target), event in product(targets(), all_events()):
            name = polled.get(target["Arn"], target["Arn"]).rpartition(":")[2]
            consumer = name.removeprefix("cart-prod-")
            pattern = rule.properties["EventPattern"]
            if consumer in READS and event_docs.matches(pattern, event):
                brought[consumer].add((event.source, event.detail_type))
                assert "detail-type" in pattern, "it would be brought events that are added"
        assert brought == {
            name: {(event.source, event.detail_type) for event in events}
            for name, events in READS.items()
        }

    def test_all_rules_of_a_consumer_look_at_the_same_facts(self) -> None:
        looked_at: dict[str, set[tuple[str, ...]]] = {}
        for rule, target in targets():
            pattern = rule.properties["EventPattern"]
            if pattern["source"] != ["lambda"]:
                facts = pattern.get("detail", {}).get("data", {})
                looked_at.setdefault(target["Arn"], set()).add(tuple(facts))
        assert {len(facts) for facts in looked_at.values()} == {1}

    def test_a_rule_that_tells_carts_apart_is_about_those_of_guests(self) -> None:
        for rule in of_type("Events::Rule"):
            pattern = rule.properties["EventPattern"]
            wanted = pattern.get("detail", {}).get("data", {}).get("cart_id", [{"exists": True}])
            if wanted != [{"exists": True}]:
                for cart_id, passes in ((f"{GUEST}0123", True), ("0123", False)):
                    detail = {"data": {"cart_id": cart_id}}
                    told = envelope(pattern["source"][0], pattern["detail-type"][0], detail)
                    assert eventbridge_patterns.matches(pattern, told) is passes, rule.logical_id

    def test_patterns_are_well_formed_and_name_only_events_that_exist(self) -> None:
        ours = {(event.source, event.detail_type) for event in all_events()}
        exist = LAMBDA_RESULTS | MAIL_FEEDBACK | ours
        for rule in of_type("Events::Rule"):
            pattern = rule.properties["EventPattern"]
            eventbridge_patterns.check(pattern)
            named = {(s, d) for s in pattern["source"] for d in pattern.get("detail-type", ())}
            assert named <= exist, rule.logical_id
            assert named or any(event_docs.matches(pattern, event) for event in all_events())

    def test_every_rule_is_enabled_on_the_bus_and_has_a_target(self) -> None:
        (bus,) = of_type("Events::EventBus")
        for rule in of_type("Events::Rule"):
            by_ses = rule.properties["EventPattern"]["source"] == ["aws.ses"]
            expected = "default" if by_ses else bus.properties["Name"]
            assert rule.properties["EventBusName"] == expected
            assert rule.properties["State"] == "ENABLED"
            assert rule.properties["Targets"], rule.logical_id

    def test_every_target_has_its_retries_spelled_out_and_a_dead_letter_queue(self) -> None:
        for rule, target in targets():
            policy = target["RetryPolicy"]
            assert set(policy) == {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}
            assert policy["MaximumRetryAttempts"] > 0, rule.logical_id
            assert target["DeadLetterConfig"]["Arn"] == ARN.format("sqs", "cart-rules-dlq-prod")

    def test_every_target_is_a_function_a_queue_or_a_log_group_that_there_is(self) -> None:
        functions = {ARN.format("lambda", f"function:{name}") for name in function_names()}
        logs = {arn.removesuffix(":*") for arn in by_arn("Logs::LogGroup")}
        others = {
            resource.attributes["Arn"]
            for resource in RESOURCES.values()
            if resource.type == "AWS::Events::ApiDestination"
        }
        exist = functions | set(by_arn("SQS::Queue")) | logs | others
        assert {target["Arn"] for _, target in targets()} <= exist

    def test_what_is_logged_of_results_is_ids_and_figures(self) -> None:
        """No function is there to check it, and a log must never hold an address."""
        [target] = [target for _, target in targets() if ":logs:" in target["Arn"]]
        assert "RoleArn" not in target, "EventBridge takes no role for a log group"
        assert {
            path.rpartition(".")[2] for path in target["InputTransformer"]["InputPathsMap"].values()
        } == {
            *("time", "functionArn", "action", "approximateInvokeCount"),
            *("event_id", "correlation_id"),
        }

    def test_what_is_logged_of_a_result_is_a_time_and_a_line(self) -> None:
        [target] = [target for _, target in targets() if ":logs:" in target["Arn"]]
        sent = input_of(target)({**result("persisted"), "time": "2026-03-02T09:30:00Z"})
        assert sent["timestamp"] == "2026-03-02T09:30:00Z"
        assert (
            json.loads(sent["message"]).items() >= {"hop": "result", "outcome": "persisted"}.items()
        )

    def test_only_the_rule_for_results_writes_to_their_log(self) -> None:
        (policy,) = of_type("Logs::ResourcePolicy")
        document = json.loads(policy.properties["PolicyDocument"])
        group = ARN.format("logs", "log-group:/aws/events/cart-prod-results")
        rule = RESOURCES["RecordSuccessRule"].attributes["Arn"]
        for service in ("events", "delivery.logs"):
            write = partial(Asked, f"{service}.amazonaws.com", "logs:PutLogEvents")
            assert allows(document, write(f"{group}:stream", {"aws:SourceArn": rule}))
            assert not allows(document, write(f"{group}:stream", {"aws:SourceArn": f"{rule}s"}))
            assert not allows(document, write(f"{group}:stream", {}))
            assert not allows(document, write(f"{group}-of-others:x", {"aws:SourceArn": rule}))
        create = Asked("events.amazonaws.com", "logs:CreateLogStream", f"{group}:stream")
        assert allows(document, create)
        assert not allows(document, Asked("somebody.amazonaws.com", create.action, group))


class TestFunctions:
    def test_every_function_that_is_invoked_asynchronously_has_a_place_for_failures(self) -> None:
        assert set(invoke_configs()) == set(invoked_functions())
        for name, config in invoke_configs().items():
            assert config["DestinationConfig"]["OnFailure"]["Destination"], name
            assert {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(config), name

    def test_every_destination_is_the_bus_or_a_queue_of_the_foundation(self) -> None:
        exist = set(by_arn("Events::EventBus")) | set(by_arn("SQS::Queue"))
        for name, config in invoke_configs().items():
            for destination in config["DestinationConfig"].values():
                assert destination["Destination"] in exist, name

    def test_every_configuration_is_of_the_version_that_rules_invoke(self) -> None:
        for name, config in invoke_configs().items():
            assert config["Qualifier"] == "$LATEST", name

    @pytest.mark.parametrize("consumer", ["persist_cart", "schedule_reminder"])
    def test_both_consumers_of_an_add_report_success_and_failure_to_the_bus(
        self, consumer: str
    ) -> None:
        (bus,) = by_arn("Events::EventBus")
        assert invoke_configs()[f"cart-prod-{consumer}"]["DestinationConfig"] == {
            "OnSuccess": {"Destination": bus},
            "OnFailure": {"Destination": bus},
        }

    # What a function that consumes results reports itself.
    ACTIONS: Final = {"schedule_reminder": {"scheduled", "skipped", "rejected"}}

    def test_who_consumes_results_reports_none_to_the_bus_that_it_would_consume_again(self) -> None:
        for name, rules in invoked_functions().items():
            for rule in rules:
                pattern = rule.properties["EventPattern"]
                if "lambda" in pattern["source"] and ":event-bus/" in json.dumps(
                    invoke_configs()[name]
                ):
                    consumed = pattern["detail"]["responsePayload"]["action"]
                    assert not set(consumed) & self.ACTIONS[name.rpartition("-")[2]], name

    def test_each_rule_and_no_other_may_invoke_its_function(self) -> None:
        allowed = {
            (permission.properties["FunctionName"], permission.properties["SourceArn"])
            for permission in of_type("Lambda::Permission")
            if permission.properties["Principal"] == "events.amazonaws.com"
            and permission.properties["Action"] == "lambda:InvokeFunction"
        }
        assert allowed == {
            (name, rule.attributes["Arn"])
            for name, rules in invoked_functions().items()
            for rule in rules
        }
        assert len(allowed) == len(of_type("Lambda::Permission"))

    def test_every_function_but_the_api_has_something_that_invokes_it(self) -> None:
        polled = {
            mapping.properties["FunctionName"] for mapping in of_type("Lambda::EventSourceMapping")
        }
        assert set(invoked_functions()) | polled == function_names() - {"cart-prod"}

    def test_lambda_is_told_to_expect_partial_batch_responses(self) -> None:
        for mapping in of_type("Lambda::EventSourceMapping"):
            assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            assert mapping.properties["EventSourceArn"] in by_arn("SQS::Queue")
            assert int(mapping.properties["ScalingConfig"]["MaximumConcurrency"]) >= 2


class TestArchive:
    def test_the_archive_is_of_the_bus(self) -> None:
        (archive,), (bus,) = of_type("Events::Archive"), by_arn("Events::EventBus")
        assert archive.properties["SourceArn"] == bus

    def test_the_archive_holds_every_event_of_the_application_and_no_result(self) -> None:
        (archive,) = of_type("Events::Archive")
        pattern = archive.properties["EventPattern"]
        eventbridge_patterns.check(pattern)
        for event in all_events():
            assert eventbridge_patterns.matches(pattern, envelope(event.source, event.detail_type))
        for source, detail_type in LAMBDA_RESULTS:
            assert not eventbridge_patterns.matches(pattern, envelope(source, detail_type))

    def test_a_replay_cannot_bring_back_what_has_expired(self) -> None:
        (archive,) = of_type("Events::Archive")
        assert timedelta(days=archive.properties["RetentionDays"]) < LIFETIME
