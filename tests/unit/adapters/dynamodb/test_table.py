"""What extensions keep in the table: plain text and numbers, with conditions."""

from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.items import ABSENT
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.errors import TransientError

pytestmark = pytest.mark.usefixtures("aws")

ITEM = {"pk": "A#1", "sk": "x", "text": "", "taken": 0}


@pytest.fixture
def table(dynamodb: Any) -> Table:
    return Table(dynamodb, "cart-dev")


def test_an_item_comes_back_as_it_was_put(table: Table) -> None:
    assert table.get("A#1", "x") is None
    assert table.put(ITEM)
    assert table.get("A#1", "x") == ITEM


def test_a_partition_is_read_in_the_order_of_its_sort_keys(table: Table) -> None:
    for name in ("b", "a", "c"):
        table.put({"pk": "A#1", "sk": name})
    table.put({"pk": "A#2", "sk": "d"})
    assert [item["sk"] for item in table.query("A#1")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("", ["a", "ab", "b"]), ("a", ["a", "ab"]), ("ab", ["ab"]), ("c", [])],
)
def test_of_a_partition_only_what_begins_with_a_prefix_is_read(
    table: Table, prefix: str, found: list[str]
) -> None:
    for name in ("b", "ab", "a"):
        table.put({"pk": "A#1", "sk": name})
    table.put({"pk": "A#2", "sk": "a"})
    assert [item["sk"] for item in table.query("A#1", prefix)] == found


@pytest.mark.parametrize("count", [1, 7])
def test_all_pages_of_a_partition_are_read(table: Table, count: int) -> None:
    for number in range(count):
        table.put({"pk": "A#1", "sk": str(number), "text": "x" * 300_000})
    assert len(table.query("A#1")) == count


@pytest.mark.parametrize(
    ("there", "when", "values", "written"),
    [
        (None, ABSENT, {}, True),
        (ITEM, ABSENT, {}, False),
        (ITEM, "taken = :n", {"n": 0}, True),
        (ITEM, "taken = :n", {"n": 1}, False),
        (ITEM, f"{ABSENT} OR taken < :n", {"n": 1}, True),
    ],
)
def test_a_condition_decides_whether_an_item_is_written(
    table: Table, there: Any, when: str, values: Any, written: object
) -> None:
    if there:
        table.put(there)
    assert table.put({**ITEM, "text": "new"}, when, **values) is written
    found = table.get("A#1", "x")
    assert (found is not None and found["text"] == "new") is written


def test_a_transaction_writes_all_or_none_and_tells_what_was_refused(table: Table) -> None:
    table.put(ITEM)
    other = {"pk": "A#2", "sk": "y"}
    refused = table.transact(items.put(other), items.put(ITEM, ABSENT))
    assert refused == [False, True]
    assert table.get("A#2", "y") is None
    assert table.transact(items.put(other), items.add("A#1", "x", "taken", 3)) == [False, False]
    assert table.transact(items.add("A#1", "x", "taken", -1, "taken <= :n", n=3)) == [False]
    assert table.get("A#1", "x") == {**ITEM, "taken": 2}


@pytest.mark.parametrize(
    "attribute", ["version", "latest", "order_status", "taken", "sent", "held_until"]
)
def test_no_attribute_in_a_condition_is_a_word_that_dynamodb_reserves(
    table: Table, attribute: str
) -> None:
    table.put({"pk": "A#1", "sk": "x", attribute: 1})
    assert table.put({"pk": "A#1", "sk": "x"}, f"{attribute} = :known", known=1)


def test_a_partition_is_cleared_and_no_other(table: Table) -> None:
    for pk, sk in (("A#1", "a"), ("A#1", "b"), ("A#2", "a")):
        table.put({"pk": pk, "sk": sk})
    assert (table.clear("A#1"), table.clear("A#1")) == (2, 0)
    assert len(table.query("A#2")) == 1


def test_values_in_json_are_replaced_once(table: Table) -> None:
    table.put({"pk": "A#1", "sk": "a", "document": '{"who": "Ada", "what": 1}'})
    table.put({"pk": "A#1", "sk": "b", "latest": "a"})
    counts = [table.rewrite("A#1", "document", who=None) for _ in range(2)]
    assert counts == [1, 0]
    found = table.get("A#1", "a")
    assert found is not None
    assert found["document"] == '{"who":null,"what":1}'


def test_each_value_in_json_is_replaced_though_somebody_changes_one_meanwhile(
    table: Table, dynamodb: Any
) -> None:
    table.put({"pk": "A#1", "sk": "a", "latest": "b"})
    table.put({"pk": "A#1", "sk": "b", "document": '{"who": null, "what": 0}'})
    for name in ("c", "d", "e"):
        table.put({"pk": "A#1", "sk": name, "document": '{"who": "Ada", "what": 1}'})

    def change(params: dict[str, Any], **_: Any) -> None:
        if params["Item"]["sk"] == {"S": "d"}:
            dynamodb.meta.events.unregister("provide-client-params.dynamodb.PutItem", change)
            table.put({"pk": "A#1", "sk": "d", "document": '{"who": "Ada", "what": 2}'})

    dynamodb.meta.events.register("provide-client-params.dynamodb.PutItem", change)
    assert table.rewrite("A#1", "document", who=None) == 3
    documents = {item["sk"]: item.get("document") for item in table.query("A#1")}
    assert documents == {
        "a": None,
        "b": '{"who": null, "what": 0}',
        "c": '{"who":null,"what":1}',
        "d": '{"who":null,"what":2}',
        "e": '{"who":null,"what":1}',
    }


def test_an_object_that_somebody_else_changes_meanwhile_keeps_that_change(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.put({"pk": "A#1", "sk": "a", "document": '{"who":"Ada","what":1}'})
    put = table.put

    def overtaken(item: items.Item, when: str = "", **values: str | int) -> bool:
        monkeypatch.undo()
        put({**item, "document": '{"who":"Ada","what":2}'})
        return put(item, when, **values)

    monkeypatch.setattr(table, "put", overtaken)
    assert table.rewrite("A#1", "document", who=None) == 1
    found = table.get("A#1", "a")
    assert found is not None
    assert found["document"] == '{"who":null,"what":2}'


def test_what_is_added_to_nothing_begins_at_zero(table: Table) -> None:
    table.transact(items.add("A#3", "x", "taken", 2))
    assert table.get("A#3", "x") == {"pk": "A#3", "sk": "x", "taken": 2}


def test_a_conflict_with_another_transaction_is_transient() -> None:
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={
                "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]
            },
        )
        with pytest.raises(TransientError):
            Table(client, "cart-dev").transact(items.put(ITEM), items.put(ITEM))


def test_every_read_is_consistent(dynamodb: Any, calls_of: Any) -> None:
    calls, table = calls_of(dynamodb), Table(dynamodb, "cart-dev")
    table.get("A#1", "x")
    table.query("A#1")
    assert [call["ConsistentRead"] for _, call in calls] == [True, True]
