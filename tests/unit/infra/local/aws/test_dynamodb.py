"""The tables of the local cloud, with moto as the referee of what DynamoDB answers."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from infra.local.aws.dynamodb import Tables
from infra.local.aws.dynamodb_expressions import (
    UnsupportedExpression,
    condition,
    update,
)
from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Call
from tests.support.times import NOON

TABLE = {
    "TableName": "carts",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "of")
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-of",
            "KeySchema": [{"AttributeName": "of", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


class Both:
    """The same calls to the local cloud's tables and to moto's."""

    def __init__(self) -> None:
        self._moto = botocore.session.Session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="moto",
            aws_secret_access_key="moto",
        )
        self._create()

    def reset(self) -> None:
        self._moto.delete_table(TableName="carts")
        self._create()

    def _create(self) -> None:
        self._moto.create_table(**TABLE)
        self._engine = Engine(Clock(NOON))
        Tables(self._engine).create(TABLE)

    def everything(self) -> tuple[Any, Any]:
        """Return the items of the local cloud, and those of moto, sorted."""
        ours, theirs = (_sorted(answer["Items"]) for answer in self.call("Scan"))
        return ours, theirs

    def perform(self, call: Call) -> Any:
        """Return how the local cloud answers."""
        return self._engine.sdk.perform(call)

    def call(self, operation: str, **parameters: Any) -> tuple[Any, Any]:
        """Return how the local cloud answers, and how moto does."""
        if operation not in {"TransactWriteItems", "BatchGetItem"}:
            parameters = {"TableName": "carts", **parameters}
        _, ours = self.perform(Call("", "dynamodb", operation, parameters))
        try:
            theirs = getattr(self._moto, xform_name(operation))(**parameters)
        except ClientError as error:
            theirs = error.response
        return told(ours), told(theirs)


def _sorted(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says, without what no program should read."""
    unread = {"ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics"}
    answer = {name: part for name, part in answer.items() if name not in unread}
    if "Error" in answer:
        return {"code": answer["Error"]["Code"], "item": answer.get("Item")}
    return answer


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with mock_aws():
        yield Both()


TEXTS = st.sampled_from(["", "a", "ab", "a#1", "b", "c", "é", "~"])
VALUES = st.builds(lambda text: {"S": text}, TEXTS) | st.builds(
    lambda number: {"N": str(number)}, st.integers(-2, 11)
)
NAMES = {"#entry": "add#1", "#token": "token", "#owner": "owner"}
KEYS = st.fixed_dictionaries(
    {
        "pk": st.sampled_from([{"S": "CART#1"}, {"S": "CART#2"}]),
        "sk": st.sampled_from([{"S": text} for text in ("LINE#A", "LINE#B", "LINE", "OWNER")]),
    }
)
CONDITIONS = st.sampled_from(
    [
        "",
        "attribute_not_exists(#entry) OR #entry > :one OR #entry < :two",
        "attribute_not_exists(#entry) AND (attribute_not_exists(#token) OR #token <= :one)",
        "#token = :one",
        "#token <> :one AND attribute_exists(pk)",
        "(#owner = :one OR #owner = :two) AND #entry >= :one",
        "begins_with(#entry, :text)",
        "attribute_not_exists(pk)",
    ]
)
UPDATES = st.sampled_from(
    [
        "SET #entry = :one",
        "SET #entry = :one, expires_at = :two",
        "SET #owner = if_not_exists(#owner, :one), #token = :two REMOVE #entry",
        "REMOVE #token, #entry",
        "set #token = if_not_exists(#entry, :one) remove #owner",
    ]
)
ITEMS = st.builds(
    lambda key, attributes: {**key, **attributes},
    KEYS,
    st.dictionaries(st.sampled_from(["add#1", "token", "owner", "expires_at"]), VALUES),
)
KEY_CONDITIONS = st.sampled_from(
    [
        "pk = :pk",
        "pk = :pk AND begins_with(sk, :line)",
        "pk = :pk AND sk = :line",
        "pk = :pk AND sk > :line",
        "#pk = :pk AND sk <= :line",
    ]
)


def used(parameters: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return parameters with the names and values that their expressions use, and no others."""
    text = " ".join(part for name, part in parameters.items() if name.endswith("Expression"))
    names = {name: of for name, of in {**NAMES, "#pk": "pk"}.items() if name in text}
    values = {name: value for name, value in values.items() if name in text}
    given = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    parameters = {name: part for name, part in parameters.items() if part != ""}
    return {**parameters, **{name: part for name, part in given.items() if part}}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    values = {":one": draw(VALUES), ":two": draw(VALUES), ":text": {"S": draw(TEXTS) or "a"}}
    old = draw(st.sampled_from(["", "ALL_OLD"]))
    written = {
        "ConditionExpression": draw(CONDITIONS),
        "ReturnValuesOnConditionCheckFailure": old,
    }
    match draw(st.sampled_from(["Put", "Update", "Delete", "Get", "Query", "Scan", "Index"])):
        case "Put":
            return "PutItem", used({"Item": draw(ITEMS), **written}, values)
        case "Update":
            changed = {"UpdateExpression": draw(UPDATES), "ReturnValues": "ALL_NEW"}
            return "UpdateItem", used({"Key": draw(KEYS), **changed, **written}, values)
        case "Delete":
            return "DeleteItem", used({"Key": draw(KEYS), **written}, values)
        case "Get":
            projection = draw(st.sampled_from(["", "pk", "pk, #token"]))
            return "GetItem", used({"Key": draw(KEYS), "ProjectionExpression": projection}, values)
        case "Query":
            limit = draw(st.sampled_from([{}, {"Limit": 1}, {"Limit": 2}]))
            looked = {
                "KeyConditionExpression": draw(KEY_CONDITIONS),
                "FilterExpression": draw(st.sampled_from(["", "#token = :one"])),
                "ScanIndexForward": draw(st.booleans()),
                **limit,
            }
            key = draw(KEYS)
            return "Query", used(looked, {**values, ":pk": key["pk"], ":line": key["sk"]})
    return "Scan", {}


@settings(max_examples=40)
@given(st.lists(calls(), max_size=12))
def test_random_calls_are_answered_as_moto_answers_them(both, called) -> None:
    both.reset()
    for operation, parameters in called:
        ours, theirs = both.call(operation, **parameters)
        if operation == "Scan":
            ours, theirs = (sorted(map(str, each["Items"])) for each in (ours, theirs))
        assert ours == theirs, (operation, parameters)


def test_a_query_of_an_index_finds_the_items_that_have_its_key(both) -> None:
    both.reset()
    for sk, of in (("a", "x"), ("b", "y"), ("c", "x")):
        both.call("PutItem", Item={"pk": {"S": "p"}, "sk": {"S": sk}, "of": {"S": of}})
    both.call("PutItem", Item={"pk": {"S": "p"}, "sk": {"S": "d"}})
    ours, theirs = both.call(
        "Query",
        IndexName="by-of",
        KeyConditionExpression="#of = :of",
        ExpressionAttributeNames={"#of": "of"},
        ExpressionAttributeValues={":of": {"S": "x"}},
    )
    assert ours == theirs
    assert [item["sk"]["S"] for item in ours["Items"]] == ["a", "c"]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("PutItem", {"Item": {"pk": {"S": "p"}, "sk": {"S": "s"}, "x": {"S": "x" * 410_000}}}),
        (
            "UpdateItem",
            {
                "Key": {"pk": {"S": "p"}, "sk": {"S": "s"}},
                "UpdateExpression": "SET x = :x",
                "ExpressionAttributeValues": {":x": {"S": "x" * 410_000}},
            },
        ),
    ],
)
def test_an_item_over_400_kb_is_refused(both, operation, parameters) -> None:
    both.reset()
    ours, theirs = both.call(operation, **parameters)
    assert ours["code"] == theirs["code"] == "ValidationException"


def test_a_page_holds_a_megabyte_and_says_where_the_next_begins(both) -> None:
    both.reset()
    for number in range(5):
        item = {"pk": {"S": "p"}, "sk": {"S": str(number)}, "x": {"S": "x" * 300_000}}
        both.call("PutItem", Item=item)
    asked: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "p"}},
    }
    ours, _ = both.call("Query", **asked)
    assert [item["sk"]["S"] for item in ours["Items"]] == ["0", "1", "2"]
    rest, theirs = both.call("Query", **asked, ExclusiveStartKey=ours["LastEvaluatedKey"])
    assert [item["sk"]["S"] for item in rest["Items"]] == ["3", "4"]
    assert rest == theirs


def test_a_table_that_there_is_not_is_told_so(both) -> None:
    both.reset()
    key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
    ours, theirs = both.call("GetItem", TableName="none", Key=key)
    assert ours == theirs == {"code": "ResourceNotFoundException", "item": None}


ACTIONS = st.tuples(
    st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]),
    ITEMS,
    st.sampled_from(["attribute_not_exists(taken)", "attribute_exists(pk)", "taken <= :one"]),
    st.sampled_from(["ADD taken :one", "SET held = :one ADD taken :two"]),
    st.fixed_dictionaries({":one": st.sampled_from([{"N": "2"}, {"N": "-1"}])}),
)


def action_of(drawn: tuple[Any, ...], *, conditional: bool) -> dict[str, Any]:
    """Return an action of a transaction, as DynamoDB takes it."""
    kind, item, wanted, change, values = drawn
    values = {**values, ":two": {"N": "3"}}
    used = wanted if conditional or kind == "ConditionCheck" else ""
    key = {name: item[name] for name in ("pk", "sk")}
    action = {"TableName": "carts", **({"Item": item} if kind == "Put" else {"Key": key})}
    if used:
        action["ConditionExpression"] = used
    if kind == "Update":
        action["UpdateExpression"] = change
    text = f"{used} {action.get('UpdateExpression', '')}"
    named = {name: value for name, value in values.items() if name in text}
    return {kind: {**action, **({"ExpressionAttributeValues": named} if named else {})}}


@settings(max_examples=25)
@given(st.lists(st.tuples(ACTIONS, st.booleans()), min_size=1, max_size=12))
def test_a_transaction_is_made_as_a_whole_or_not_at_all(both, drawn) -> None:
    both.reset()
    for start in range(0, len(drawn), 3):
        actions = [action_of(one, conditional=which) for one, which in drawn[start : start + 3]]
        places = [
            str(sorted((one.get("Item") or one["Key"])[name]["S"] for name in ("pk", "sk")))
            for (one,) in (action.values() for action in actions)
        ]
        if len(set(places)) < len(places):
            continue
        ours, theirs = both.call("TransactWriteItems", TransactItems=actions)
        assert ours == theirs
    assert both.everything()[0] == both.everything()[1]


def test_a_transaction_says_which_of_its_writes_could_not_be_made(both) -> None:
    both.reset()
    keys = [{"pk": {"S": "p"}, "sk": {"S": sk}} for sk in "ab"]
    there = {"ConditionExpression": "attribute_exists(pk)", "TableName": "carts"}
    actions = [
        {"Put": {"TableName": "carts", "Item": keys[0]}},
        {"Delete": {"Key": keys[1], **there}},
    ]
    call = Call("", "dynamodb", "TransactWriteItems", {"TransactItems": actions})
    _, answer = both.perform(call)
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    ours, theirs = both.call("GetItem", Key=keys[0])
    assert ours == theirs == {}


@pytest.mark.parametrize(
    ("keys", "projection"),
    [
        ([("a", "x"), ("a", "y"), ("b", "x"), ("c", "z")], None),
        ([("c", "z")], None),
        ([("a", "x"), ("b", "x")], "pk, note"),
        ([("a", "x"), ("a", "x")], None),
    ],
)
def test_a_batch_of_items_is_read_at_once(both, keys, projection) -> None:
    both.reset()
    for partition, sort in keys[:3]:
        item = {"pk": {"S": partition}, "sk": {"S": sort}, "note": {"S": "t"}}
        both.call("PutItem", Item=item)
    wanted = {"Keys": [{"pk": {"S": partition}, "sk": {"S": sort}} for partition, sort in keys]}
    if projection:
        wanted["ProjectionExpression"] = projection
    ours, theirs = both.call("BatchGetItem", RequestItems={"carts": wanted})
    assert ours.get("code") == theirs.get("code")
    if "Responses" in ours:
        found, expected = (_by_text(answer["Responses"]["carts"]) for answer in (ours, theirs))
        assert found == expected


def _by_text(items: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_a_batch_is_of_a_table_that_there_is_and_of_100_items(both) -> None:
    keys = [{"pk": {"S": str(number)}, "sk": {"S": "x"}} for number in range(101)]
    for wanted in ({"carts": {"Keys": keys}}, {"none": {"Keys": keys[:1]}}):
        ours, theirs = both.call("BatchGetItem", RequestItems=wanted)
        assert ours["code"] == theirs["code"]


@pytest.mark.parametrize("operation", ["BatchWriteItem", "TransactGetItems"])
def test_an_operation_that_is_not_supported_stops_whoever_calls_it(both, operation) -> None:
    with pytest.raises(NotImplementedError):
        both.call(operation)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a =", "a = :b c", "(a = :b", "a = :b OR", "a ~ :b", "a + :b"),
        *("size(a) > :b", "contains(a, :b)", "NOT a = :b", "a BETWEEN :b AND :c", "a.b = :c"),
    ],
)
def test_a_condition_that_is_not_supported_is_refused(text) -> None:
    with pytest.raises(UnsupportedExpression):
        condition(text)


@pytest.mark.parametrize(
    "text",
    [
        "SET",
        "SET a",
        "SET a = b",
        "SET a = :b + :c",
        "ADD a",
        "DELETE a :b",
        "SET a = f(:b)",
        "x",
    ],
)
def test_an_update_that_is_not_supported_is_refused(text) -> None:
    with pytest.raises(UnsupportedExpression):
        update(text)
