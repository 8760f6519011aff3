"""The evaluator that the least-privilege tests rely on, against what IAM documents."""

from typing import Any

import pytest

from tests.support.iam import Request, UnsupportedPolicyError, parse

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/cart-dev"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:cart-reminders-dev"


def policy(**changes: Any) -> Any:
    statement = {"Sid": "It", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}
    return parse({"Version": "2012-10-17", "Statement": [statement | changes]})


def test_nothing_is_allowed_but_what_a_statement_allows():
    assert policy().allows(Request("dynamodb:GetItem", TABLE))
    assert not policy().allows(Request("dynamodb:PutItem", TABLE))
    assert not policy().allows(Request("dynamodb:GetItem", TABLE + "-other"))


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("dynamodb:getitem", "dynamodb:GetItem", True),
        ("dynamodb:Get*", "dynamodb:GetItem", True),
        ("dynamodb:Get?tem", "dynamodb:GetItem", True),
        ("dynamodb:Get", "dynamodb:GetItem", False),
        ("dynamodb:[G]etItem", "dynamodb:GetItem", False),
    ],
)
def test_actions_know_wildcards_and_no_case(pattern, action, matches):
    assert policy(Action=["sqs:SendMessage", pattern]).allows(Request(action, TABLE)) is matches


@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("*", TABLE, True),
        ("arn:aws:dynamodb:*:*:table/cart-dev", TABLE, True),
        ("arn:aws:dynamodb:*:*:table/*", TABLE, True),
        ("arn:aws:dynamodb:*:*:table/CART-dev", TABLE, False),
        ("arn:aws:dynamodb:*:table/cart-dev", TABLE, False),
        ("arn:aws:*:cart-reminders-dev", QUEUE, False),
        ("arn:aws:logs:*:*:log-group:a:*", "arn:aws:logs:r:1:log-group:a:log-stream:b", True),
        ("arn:aws:logs:*:*:log-group:a:*", "arn:aws:logs:r:1:log-group:ab:log-stream:b", False),
    ],
)
def test_a_wildcard_stays_within_its_part_of_an_arn(pattern, resource, matches):
    request = Request("dynamodb:GetItem", resource)
    assert policy(Resource=[QUEUE + "-2", pattern]).allows(request) is matches


@pytest.mark.parametrize(
    ("operator", "expected", "given", "holds"),
    [
        ("StringEquals", "cart.api", ("cart.api",), True),
        ("StringEquals", "cart.api", ("cart.API",), False),
        ("StringEquals", "cart.*", ("cart.api",), False),
        ("StringEquals", ["lambda", "cart.api"], ("cart.api",), True),
        ("StringEquals", "cart.api", (), False),
        ("StringEqualsIfExists", ["lambda", "cart.api"], ("cart.api",), True),
        ("StringEqualsIfExists", "lambda", ("cart.api",), False),
        ("StringEqualsIfExists", "lambda", (), True),
        ("StringLike", "cart.*", ("cart.api",), True),
        ("StringLike", "cart.*", ("lambda",), False),
        ("StringLike", "*", (), False),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a"], ("a", "b"), False),
        ("ForAllValues:StringEquals", ["a"], (), True),
        ("ForAllValues:StringLike", "CART#*", ("CART#1", "CART#2"), True),
        ("ForAllValues:StringLike", "CART#*", ("CART#1", "ADDRESS#1"), False),
        ("ForAllValues:StringLike", "CART#*", (), True),
    ],
)
def test_a_condition_holds_as_its_operator_says(operator, expected, given, holds):
    request = Request("dynamodb:GetItem", TABLE, {"events:source": given} if given else {})
    conditional = policy(Condition={operator: {"events:source": expected}})
    assert conditional.allows(request) is holds


def test_all_conditions_must_hold():
    both = policy(Condition={"StringEquals": {"a": "1"}, "StringLike": {"b": "2*"}})
    assert both.allows(Request("dynamodb:GetItem", TABLE, {"a": ("1",), "b": ("21",)}))
    assert not both.allows(Request("dynamodb:GetItem", TABLE, {"a": ("1",), "b": ("1",)}))
    assert not both.allows(Request("dynamodb:GetItem", TABLE, {"b": ("21",)}))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"Effect": "Deny"}, "Effect Deny"),
        ({"NotAction": "iam:*"}, "NotAction"),
        ({"Principal": "*"}, "Principal"),
        ({"Condition": {"StringNotEquals": {"a": "b"}}}, "StringNotEquals"),
        ({"Condition": {"StringLikeIfExists": {"a": "b"}}}, "StringLikeIfExists"),
        ({"Resource": "arn:aws:s3:::${aws:username}"}, "policy variables"),
    ],
)
def test_what_is_not_understood_is_an_error(changes, complaint):
    with pytest.raises(UnsupportedPolicyError, match=complaint):
        policy(**changes)


def test_one_value_is_not_compared_with_several():
    conditional = policy(Condition={"StringEquals": {"a": "1"}})
    with pytest.raises(UnsupportedPolicyError, match="several values"):
        conditional.allows(Request("dynamodb:GetItem", TABLE, {"a": ("1", "2")}))


def test_lesser_policies_lack_one_statement_action_or_resource_each():
    reads = {"Sid": "Read", "Effect": "Allow", "Action": ["x:A", "x:B"], "Resource": TABLE}
    sends = {"Sid": "Send", "Effect": "Allow", "Action": "x:C", "Resource": [TABLE, QUEUE]}
    whole = parse({"Version": "2012-10-17", "Statement": [reads, sends]})
    requests = [("x:A", TABLE), ("x:B", TABLE), ("x:C", TABLE), ("x:C", QUEUE)]
    denied = {
        lack: [request for request in requests if not lesser.allows(Request(*request))]
        for lack, lesser in whole.lesser()
    }
    assert denied == {
        "Read": [("x:A", TABLE), ("x:B", TABLE)],
        "Read, x:A": [("x:A", TABLE)],
        "Read, x:B": [("x:B", TABLE)],
        "Send": [("x:C", TABLE), ("x:C", QUEUE)],
        f"Send, {TABLE}": [("x:C", TABLE)],
        f"Send, {QUEUE}": [("x:C", QUEUE)],
    }
