"""The resolver against what CloudFormation documents."""

from pathlib import Path
from typing import Any

import pytest

from infra.cloudformation.identities import Pseudo
from infra.cloudformation.template import Stack, Template, TemplateError, load

PSEUDO = Pseudo(account="123456789012", region="eu-central-1", stack_name="cart-dev")


def template(tmp_path: Path, text: str) -> Template:
    file = tmp_path / "template.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def value_of(tmp_path: Path, expression: str, **parameters: str) -> Any:
    """Resolve one expression in the company of a few resources and parameters."""
    resolved = template(tmp_path, HOUSEHOLD.replace("EXPRESSION", expression)).resolve(
        {"Stage": "dev", **parameters}, PSEUDO
    )
    return resolved.resources["Subject"].properties.get("Value")


HOUSEHOLD = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Days: {Type: Number, Default: 30}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
Resources:
  Subject:
    Type: Some::Made::Up
    Properties:
      Value: EXPRESSION
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "reminders-${Stage}"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: IsProd
    Properties: {AlarmName: alarm}
"""


PATTERNED = HOUSEHOLD.replace("AllowedValues: [dev, prod]", "AllowedPattern: '^[a-z][a-z0-9]*$'")


@pytest.mark.parametrize("stage", ["dev", "staging2"])
def test_a_parameter_that_matches_its_pattern_is_taken(tmp_path: Path, stage: str) -> None:
    made = template(tmp_path, PATTERNED.replace("EXPRESSION", "!Ref Stage"))
    resolved = made.resolve({"Stage": stage}, PSEUDO)
    assert resolved.resources["Subject"].properties == {"Value": stage}


@pytest.mark.parametrize("stage", ["Dev", "", "dev\n", "2", "d v"])
def test_a_parameter_that_does_not_match_its_pattern_is_refused(tmp_path: Path, stage: str) -> None:
    with pytest.raises(TemplateError, match="Stage is"):
        template(tmp_path, PATTERNED).resolve({"Stage": stage}, PSEUDO)


QUEUE_ARN = "arn:aws:sqs:eu-central-1:123456789012:reminders-dev"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("{Ref: Stage}", "dev"),
        ("!Ref Days", 30),
        ("!Ref AWS::Region", "eu-central-1"),
        ("!GetAtt Queue.Arn", QUEUE_ARN),
        ("{Fn::GetAtt: [Queue, Arn]}", QUEUE_ARN),
        ("!Sub '${Queue.Arn}/${AWS::AccountId}'", f"{QUEUE_ARN}/123456789012"),
        ("!Sub ['${Stage}-${Name}', {Name: !GetAtt Queue.QueueName}]", "dev-reminders-dev"),
        ("!Sub '${!Stage} ${Stage}'", "${Stage} dev"),
        ("!Split [-, !Sub 'a-${Stage}']", ["a", "dev"]),
        ("!Split [',', !Ref Stage]", ["dev"]),
        ("!If [IsProd, a, !Ref Stage]", "dev"),
        ("!If [IsDev, !If [IsProd, a, b], c]", "b"),
        ("[a, !If [IsProd, b, !Ref AWS::NoValue], c]", ["a", "c"]),
        ("!Ref AWS::NoValue", None),
        (
            "{Version: 2012-10-17, Condition: {Bool: x}}",
            {"Version": "2012-10-17", "Condition": {"Bool": "x"}},
        ),
    ],
)
def test_functions_resolve_in_short_and_long_form(
    tmp_path: Path, expression: str, expected: object
) -> None:
    assert value_of(tmp_path, expression) == expected


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("!Ref Nothing", "there is no parameter or resource Nothing"),
        ("!Sub '${Nothing}'", "there is no parameter or resource Nothing"),
        ("!GetAtt Queue.Colour", "Queue has no attribute Colour"),
        ("!GetAtt Subject.Arn", "Ref and GetAtt give for a Some::Made::Up is not known"),
        ("!Ref Alarm", "Alarm is left out by its condition"),
        ("!If [Maybe, a, b]", "there is no condition Maybe"),
        ("!Sub ['${x}', {x: [a]}]", "a string is needed"),
        *(
            (f"!{name} [a, b]", f"Fn::{name} is not supported")
            for name in ("Base64", "FindInMap", "ImportValue", "Join", "Select")
        ),
    ],
)
def test_what_cannot_be_resolved_is_named_with_its_place(
    tmp_path: Path, expression: str, complaint: str
) -> None:
    with pytest.raises(TemplateError) as error:
        value_of(tmp_path, expression)
    assert complaint in str(error.value)
    assert f"{tmp_path / 'template.yaml'}: Subject: " in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"Stage": "test"}, "Stage is 'test', not one of dev, prod"),
        ({}, "Stage is missing"),
        ({"Stage": "dev", "Colour": "red"}, "there is no Colour"),
    ],
)
def test_parameters_must_be_those_that_are_declared(
    tmp_path: Path, parameters: dict[str, str], complaint: str
) -> None:
    with pytest.raises(TemplateError, match=complaint):
        template(tmp_path, HOUSEHOLD).resolve(parameters, PSEUDO)


def test_resources_and_outputs_with_a_false_condition_are_left_out(tmp_path: Path) -> None:
    outputs = """
Outputs:
  QueueUrl: {Value: !Ref Queue}
  AlarmName: {Value: !Ref Alarm, Condition: IsProd}
"""
    source = template(tmp_path, HOUSEHOLD + outputs)
    dev = source.resolve({"Stage": "dev"}, PSEUDO)
    prod = source.resolve({"Stage": "prod"}, PSEUDO)
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/reminders-"
    assert dev.outputs == {"QueueUrl": f"{url}dev"}
    assert prod.outputs == {"QueueUrl": f"{url}prod", "AlarmName": "alarm"}
    assert "Alarm" not in dev.resources
    assert prod.resources["Alarm"].type == "AWS::CloudWatch::Alarm"


def resolve(tmp_path: Path, resources: str) -> Stack:
    return template(tmp_path, f"Resources:\n{resources}").resolve({}, PSEUDO)


@pytest.mark.parametrize(
    ("declaration", "ref", "attributes"),
    [
        (
            "{Type: AWS::Events::EventBus, Properties: {Name: cart}}",
            "cart",
            {"Name": "cart", "Arn": "arn:aws:events:eu-central-1:123456789012:event-bus/cart"},
        ),
        (
            "{Type: AWS::Events::Rule, Properties: {Name: adds, EventBusName: cart}}",
            "cart|adds",
            {"Arn": "arn:aws:events:eu-central-1:123456789012:rule/cart/adds"},
        ),
        (
            "{Type: AWS::Events::Rule, Properties: {Name: adds}}",
            "adds",
            {"Arn": "arn:aws:events:eu-central-1:123456789012:rule/adds"},
        ),
        (
            "{Type: AWS::IAM::Role, Properties: {RoleName: scheduler, Path: /cart/}}",
            "scheduler",
            {"Arn": "arn:aws:iam::123456789012:role/cart/scheduler"},
        ),
        (
            "{Type: AWS::SNS::Topic, Properties: {TopicName: alarms}}",
            "arn:aws:sns:eu-central-1:123456789012:alarms",
            {},
        ),
        (
            "{Type: AWS::Scheduler::ScheduleGroup, Properties: {Name: reminders}}",
            "reminders",
            {"Arn": "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/reminders"},
        ),
        (
            "{Type: AWS::DynamoDB::Table, Properties: {TableName: cart}}",
            "cart",
            {"Arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/cart"},
        ),
    ],
)
def test_ref_and_getatt_give_what_aws_gives(
    tmp_path: Path, declaration: str, ref: str, attributes: dict[str, str]
) -> None:
    thing = resolve(tmp_path, f"  Thing: {declaration}").resources["Thing"]
    assert thing.ref == ref
    assert thing.attributes == attributes


def test_ids_that_aws_makes_up_have_its_shape_and_stay_the_same(tmp_path: Path) -> None:
    declarations = """
  Users: {Type: AWS::Cognito::UserPool}
  Client: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Users}}
"""
    first, second = (resolve(tmp_path, declarations).resources for _ in range(2))
    assert first["Client"].properties["UserPoolId"] == first["Users"].ref
    region, _, suffix = first["Users"].ref.partition("_")
    assert (region, len(suffix)) == ("eu-central-1", 9)
    assert len(first["Client"].ref) == 26
    assert first == second


def test_a_resource_without_a_name_gets_one_from_stack_and_logical_id(tmp_path: Path) -> None:
    queue = resolve(tmp_path, "  Jobs: {Type: AWS::SQS::Queue}").resources["Jobs"]
    assert queue.attributes["QueueName"].startswith("cart-dev-Jobs-")


def test_an_unknown_type_is_an_error_only_for_who_asks_its_identity(tmp_path: Path) -> None:
    thing = resolve(tmp_path, "  Thing: {Type: Some::Made::Up}").resources["Thing"]
    with pytest.raises(TemplateError, match=r"Thing: no identity for Some::Made::Up"):
        assert thing.ref


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Resources: {}\nTransform: AWS::Serverless-2016-10-31", "not supported: Transform"),
        ("Description: nothing", "no Resources"),
        ("Resources: [", "line"),
    ],
)
def test_files_that_are_no_supported_template_are_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(TemplateError, match=complaint):
        template(tmp_path, text)
