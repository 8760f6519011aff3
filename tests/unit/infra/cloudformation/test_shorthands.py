"""A shorthand stands for all that a consumer needs, and is refused if it is not as documented."""

import json

import pytest

from infra.cloudformation.shorthands import written_out

PATTERN = {"source": ["cart.api"], "detail-type": ["ItemAddedToCart"]}
TOLD = {"Description": 'What it "does": this.', "EventPattern": PATTERN}


def consumer(kind="Cart::Consumer", **properties):
    return {"CountAdds": {"Type": kind, "Properties": TOLD | properties}}


def test_a_consumer_is_a_rule_a_permission_and_a_place_for_its_results():
    written = written_out(consumer(), "adds")
    assert {name: one["Type"].removeprefix("AWS::") for name, one in written.items()} == {
        "CountAddsRule": "Events::Rule",
        "CountAddsPermission": "Lambda::Permission",
        "CountAddsInvocations": "Lambda::EventInvokeConfig",
    }
    rule = written["CountAddsRule"]["Properties"]
    assert (rule["Name"], rule["Targets"][0]["Id"]) == ("count-adds", "count_adds")
    assert {name: rule[name] for name in TOLD} == TOLD


def test_a_queued_consumer_is_given_what_its_rule_sent_to_its_queue():
    written = written_out(consumer("Cart::QueuedConsumer"), "adds")
    arn = {"Fn::GetAtt": ["CountAddsQueue", "Arn"]}
    assert written["CountAddsRule"]["Properties"]["Targets"][0]["Arn"] == arn
    assert written["CountAddsMapping"]["Properties"]["EventSourceArn"] == arn
    names = [one["Properties"].get("QueueName") for one in written.values()]
    assert {name["Fn::Sub"] for name in names if name} == {
        "${Prefix}-count-adds-${Stage}",
        "${Prefix}-count-adds-dlq-${Stage}",
    }


@pytest.mark.parametrize(
    ("given", "where", "found"),
    [
        ({}, ("CountAddsQueue", "RedrivePolicy", "maxReceiveCount"), 20),
        ({"Tries": 5}, ("CountAddsQueue", "RedrivePolicy", "maxReceiveCount"), 5),
        ({"Concurrency": 2}, ("CountAddsMapping", "ScalingConfig", "MaximumConcurrency"), 2),
        ({"OverdueAfter": 60}, ("CountAddsOverdueAlarm", "Threshold"), 60),
    ],
)
def test_what_has_a_default_may_be_given(given, where, found):
    name, *path = where
    value = written_out(consumer("Cart::QueuedConsumer", **given), "adds")[name]["Properties"]
    for step in path:
        value = value[step]
    assert value == found


def test_alarms_name_the_page_of_the_extension():
    written = json.dumps(written_out(consumer("Cart::QueuedConsumer"), "adds"))
    assert "chalicelib/extensions/adds/README.md#alarms" in written


def test_scheduler_may_put_the_event_that_is_named_and_no_other():
    properties = {"Source": "cart.adds", "DetailType": "AddDue"}
    written = written_out({"Adds": {"Type": "Cart::ScheduledEvent", "Properties": properties}}, "")
    (policy,) = written["AddsSchedulerRole"]["Properties"]["Policies"]
    put, _ = policy["PolicyDocument"]["Statement"]
    assert put["Condition"]["StringEquals"] == {
        "events:source": "cart.adds",
        "events:detail-type": "AddDue",
    }


def test_any_other_resource_stays_as_it_is():
    resources = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "<Id>"}}}
    assert written_out(resources, "adds") == resources


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"A": {"Type": "Cart::Other"}}, "A: there is no type Cart::Other"),
        ({"A": {"Type": "Cart::Consumer"}}, "A: missing or unknown: Description, EventPattern"),
        (consumer(Tries=5), "CountAdds: missing or unknown: Tries"),
        (consumer("Cart::QueuedConsumer", Rate=1), "CountAdds: missing or unknown: Rate"),
    ],
)
def test_what_is_not_as_documented_is_refused(resources, message):
    with pytest.raises(ValueError, match=message):
        written_out(resources, "adds")
