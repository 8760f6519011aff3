from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.topology import NOTHING_TO_DO, TopologyError
from tests.support.times import NOON
from tests.unit.infra.local.conftest import TEMPLATE, Shop, ShopProject


def start(project: ShopProject, load_template: Any, addition: str) -> None:
    project.templates = (load_template(TEMPLATE.replace("Outputs:", addition + "\nOutputs:")),)
    with LocalCloud.start(project, clock=Clock(NOON)):
        pass


def test_an_unknown_type_stops_the_start(project: ShopProject, load_template: Any) -> None:
    topic = "  Alerts:\n    Type: AWS::Kinesis::Stream\n    Properties: {ShardCount: 1}\n"
    with pytest.raises(Exception, match=r"Alerts.*AWS::Kinesis::Stream"):
        start(project, load_template, topic)


def test_a_type_neither_realised_nor_listed_stops_the_start(
    project: ShopProject, load_template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(NOTHING_TO_DO, "AWS::SNS::Topic")
    topic = "  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: alerts}\n"
    with pytest.raises(TopologyError, match=r"template.yaml: Alerts \(AWS::SNS::Topic\)"):
        start(project, load_template, topic)


def test_a_type_with_nothing_to_do_is_passed_over(project: ShopProject, load_template: Any) -> None:
    start(
        project,
        load_template,
        "  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: alerts}\n",
    )


@pytest.mark.parametrize(
    ("addition", "reason"),
    [
        (
            "Targets: [{Id: a, Arn: 'arn:aws:lambda:eu-central-1:123456789012:function:gone'}]",
            "no function 'gone'",
        ),
        (
            "Targets: [{Id: a, Arn: 'arn:aws:sqs:eu-central-1:123456789012:gone'}]",
            "no queue 'gone'",
        ),
        (
            "Targets: [{Id: a, Arn: !GetAtt Queue.Arn, Input: '{}'}]",
            "does not know Input",
        ),
        ("ScheduleExpression: rate(1 day)", "does not know ScheduleExpression"),
        ("Targets: [], EventBusName: elsewhere", "no event bus 'elsewhere'"),
    ],
)
def test_a_rule_that_is_not_sound_stops_the_start(
    project: ShopProject, load_template: Any, addition: str, reason: str
) -> None:
    rule = (
        "  Odd:\n    Type: AWS::Events::Rule\n"
        f"    Properties: {{EventPattern: {{source: [shop]}}, {addition}}}\n"
    )
    with pytest.raises(TopologyError, match=rf"Odd \(AWS::Events::Rule\): .*{reason}"):
        start(project, load_template, rule)


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: gone, Qualifier: x}}",
        "{Type: AWS::SQS::Queue, Properties: {QueueName: q, FifoQueue: true}}",
        "{Type: AWS::Events::EventBus, Properties: {Name: b, EventSourceName: x}}",
    ],
)
def test_what_is_not_known_of_a_resource_stops_the_start(
    project: ShopProject, load_template: Any, resource: str
) -> None:
    with pytest.raises(TopologyError, match=r"template.yaml: Odd"):
        start(project, load_template, f"  Odd: {resource}\n")


def test_a_disabled_rule_delivers_nothing(project: ShopProject, load_template: Any) -> None:
    text = TEMPLATE.replace("Name: to-bill", "Name: to-bill\n      State: DISABLED")
    project.templates = (load_template(text),)
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        shop = Shop(cloud, project)
        shop.put("Ordered", order=1)
        cloud.settle()
        assert shop.bill.events == []


def test_every_type_with_nothing_to_do_says_why() -> None:
    assert all(reason.startswith("because ") for reason in NOTHING_TO_DO.values())
