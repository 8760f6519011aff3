"""Rules for the queues, their dead letters and the alarms."""

from datetime import timedelta
from typing import Final

import pytest

from infra.cloudformation.template import Resource
from tests.support.infrastructure import (
    ARN,
    RESOURCES,
    by_arn,
    config_of,
    foundation_of,
    function_names,
    invoke_configs,
    of_type,
    targets,
    watched_metrics,
)


def dead_letter_queues() -> dict[str, Resource]:
    """Give by ARN every queue that something names as the place for what it gives up."""
    named = {
        *(target["DeadLetterConfig"]["Arn"] for _, target in targets()),
        *(
            queue.properties["RedrivePolicy"]["deadLetterTargetArn"]
            for queue in of_type("SQS::Queue")
            if "RedrivePolicy" in queue.properties
        ),
        *(
            destination
            for config in invoke_configs().values()
            if ":sqs:" in (destination := config["DestinationConfig"]["OnFailure"]["Destination"])
        ),
        # The schedules themselves are made by chalicelib/adapters/scheduler.py.
        foundation_of("prod").outputs["SchedulesDlqArn"],
    }
    queues = by_arn("SQS::Queue")
    return {arn: queues[arn] for arn in named}


THE_STAGES_RULES: Final = {ARN.format("events", "rule/cart-prod/*")}


class TestQueues:
    # Who may write to a queue without being named in a policy of the queue.
    OTHERWISE_WRITTEN: Final = {
        "ReminderDlq": "SQS itself moves messages here, from the queue in RedriveAllowPolicy",
        "SchedulesDlq": "Scheduler writes with its role, which is allowed to",
        "FunctionsDlq": "Lambda writes with the function's role, which is allowed to",
    }

    def test_every_queue_that_a_service_writes_to_takes_only_what_comes_from_its_rules(
        self,
    ) -> None:
        secured = set()
        for policy in of_type("SQS::QueuePolicy"):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                assert statement["Action"] == "sqs:SendMessage"
                assert set(statement["Principal"]) == {"Service"}
                (condition,) = statement["Condition"].values()
                sources = condition["aws:SourceArn"]
                for source in [sources] if isinstance(sources, str) else sources:
                    assert source in THE_STAGES_RULES or source in by_arn("Events::Rule")
                secured.add(by_arn("SQS::Queue")[statement["Resource"]].logical_id)
        by_sqs = {
            queue.logical_id
            for queue in of_type("SQS::Queue")
            if queue.properties.get("RedriveAllowPolicy", {}).get("redrivePermission") == "byQueue"
        }
        others = {queue.logical_id for queue in of_type("SQS::Queue")} - by_sqs
        assert secured == others - set(self.OTHERWISE_WRITTEN)

    def test_the_rule_that_may_write_to_the_reminder_queue_is_the_one_that_does(self) -> None:
        (statement,) = RESOURCES["ReminderQueuePolicy"].properties["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {
            "ArnEquals": {"aws:SourceArn": RESOURCES["QueueReminderRule"].attributes["Arn"]}
        }

    def test_every_queue_is_encrypted(self) -> None:
        for queue in of_type("SQS::Queue"):
            assert queue.properties["SqsManagedSseEnabled"] is True, queue.logical_id

    def test_every_dead_letter_queue_keeps_messages_for_14_days(self) -> None:
        for queue in dead_letter_queues().values():
            assert queue.properties["MessageRetentionPeriod"] == timedelta(days=14).total_seconds()

    def test_every_dead_letter_queue_has_an_alarm(self) -> None:
        watched = {
            alarm.properties["Dimensions"][0]["Value"]
            for alarm in of_type("CloudWatch::Alarm")
            if alarm.properties.get("MetricName") == "ApproximateNumberOfMessagesVisible"
            and alarm.properties["ComparisonOperator"] == "GreaterThanThreshold"
            and alarm.properties["Threshold"] == 0
        }
        assert watched == {queue.properties["QueueName"] for queue in dead_letter_queues().values()}

    def test_every_queue_that_is_polled_has_an_alarm_for_messages_that_nobody_takes(self) -> None:
        watched = {
            alarm.properties["Dimensions"][0]["Value"]
            for alarm in of_type("CloudWatch::Alarm")
            if alarm.properties.get("MetricName") == "ApproximateAgeOfOldestMessage"
        }
        polled = of_type("Lambda::EventSourceMapping")
        names = {mapping.properties["EventSourceArn"].split(":")[5] for mapping in polled}
        assert watched == names

    def test_every_queue_is_a_dead_letter_queue_or_has_one(self) -> None:
        dead_letters = dead_letter_queues()
        for arn, queue in by_arn("SQS::Queue").items():
            assert arn in dead_letters or "RedrivePolicy" in queue.properties, queue.logical_id

    def test_each_dead_letter_queue_takes_redriven_messages_of_its_own_queue_only(self) -> None:
        for arn, queue in dead_letter_queues().items():
            sources = [
                source
                for source, other in by_arn("SQS::Queue").items()
                if other.properties.get("RedrivePolicy", {}).get("deadLetterTargetArn") == arn
            ]
            by_queue = {"redrivePermission": "byQueue", "sourceQueueArns": sources}
            nobody = {"redrivePermission": "denyAll"}
            assert queue.properties["RedriveAllowPolicy"] == (by_queue if sources else nobody)

    def test_a_message_stays_hidden_for_six_times_what_its_function_may_take(self) -> None:
        for mapping in of_type("Lambda::EventSourceMapping"):
            queue = by_arn("SQS::Queue")[mapping.properties["EventSourceArn"]]
            function = mapping.properties["FunctionName"].removeprefix("cart-prod-")
            assert queue.properties["VisibilityTimeout"] >= 6 * config_of(function).lambda_timeout


OF_THE_CART: Final = {
    *("persist_cart", "schedule_reminder", "send_reminder"),
    *("record_failure", "suppress_address"),
}


def watched(namespace: str, metric: str) -> set[tuple[str, ...]]:
    """Return the dimensions of a metric that raise an alarm as soon as it is above zero."""
    return {
        tuple(dimension["Value"] for dimension in found["Dimensions"])
        for alarm in of_type("CloudWatch::Alarm")
        for found in watched_metrics(alarm)
        if (found["Namespace"], found["MetricName"]) == (namespace, metric)
        and alarm.properties["ComparisonOperator"] == "GreaterThanThreshold"
        and alarm.properties["Threshold"] == 0
    }


class TestAlarms:
    def test_every_alarm_notifies_the_topic_and_takes_silence_for_health(self) -> None:
        (topic,) = of_type("SNS::Topic")
        for alarm in of_type("CloudWatch::Alarm"):
            assert alarm.properties["AlarmActions"] == [topic.ref], alarm.logical_id
            assert alarm.properties["TreatMissingData"] == "notBreaching", alarm.logical_id
            assert alarm.properties["AlarmDescription"], alarm.logical_id

    def test_every_alarm_watches_something_that_exists(self) -> None:
        exist = {
            "QueueName": {queue.properties["QueueName"] for queue in of_type("SQS::Queue")},
            "FunctionName": function_names(),
            "RuleName": {rule.properties["Name"] for rule in of_type("Events::Rule")},
            "EventBusName": {bus.properties["Name"] for bus in of_type("Events::EventBus")},
            "ScheduleGroup": {
                group.properties["Name"] for group in of_type("Scheduler::ScheduleGroup")
            },
        }
        for alarm in of_type("CloudWatch::Alarm"):
            for metric in watched_metrics(alarm):
                for dimension in metric.get("Dimensions", ()):
                    assert dimension["Value"] in exist[dimension["Name"]], alarm.logical_id

    @pytest.mark.parametrize("metric", ["DestinationDeliveryFailures", "AsyncEventsDropped"])
    def test_an_alarm_tells_what_lambda_gives_up_or_cannot_report(self, metric: str) -> None:
        invoked = {f"cart-prod-{name}" for name in OF_THE_CART - {"send_reminder"}}
        assert {name for name, *_ in watched("AWS/Lambda", metric)} >= invoked

    def test_an_alarm_tells_that_functions_are_throttled(self) -> None:
        names = {"cart-prod", *(f"cart-prod-{name}" for name in OF_THE_CART)}
        assert {name for name, *_ in watched("AWS/Lambda", "Throttles")} >= names

    @pytest.mark.parametrize("metric", ["FailedInvocations", "InvocationsFailedToBeSentToDlq"])
    def test_an_alarm_tells_what_a_rule_cannot_deliver(self, metric: str) -> None:
        """A rule's metrics name its bus, unless that is the default bus."""
        rules = {
            (bus, rule.properties["Name"]) if bus != "default" else (rule.properties["Name"],)
            for rule in of_type("Events::Rule")
            for bus in [rule.properties["EventBusName"]]
            if rule.properties["Targets"][0]["Id"] in {*OF_THE_CART, "reminders", "results"}
        }
        assert len(rules) == 8
        assert watched("AWS/Events", metric) >= rules

    def test_an_alarm_tells_that_scheduler_cannot_reach_its_dead_letter_queue(self) -> None:
        found = watched("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount")
        assert found == {("cart-reminders-prod",)}

    def test_a_job_that_is_recorded_as_failed_raises_an_alarm(self) -> None:
        alarms = [
            alarm.properties
            for alarm in of_type("CloudWatch::Alarm")
            if {"Name": "FunctionName", "Value": "cart-prod-record_failure"}
            in alarm.properties.get("Dimensions", ())
        ]
        assert [(alarm["MetricName"], alarm["Threshold"]) for alarm in alarms] == [
            ("Invocations", 0)
        ]

    def test_the_topic_takes_messages_from_the_alarms_of_this_stage_only(self) -> None:
        (policy,) = of_type("SNS::TopicPolicy")
        (statement,) = policy.properties["PolicyDocument"]["Statement"]
        allowed = statement["Condition"]["ArnLike"]["aws:SourceArn"].removesuffix("*")
        assert allowed.endswith(":alarm:cart-prod-")
        for alarm in of_type("CloudWatch::Alarm"):
            assert alarm.attributes["Arn"].startswith(allowed)
