"""Products in a table: the latest of what was told of each, and few reads."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.products import (
    MAX_KEPT,
    MAX_KEYS,
    MAX_LISTED,
    ProductTable,
    TableCatalog,
)
from chalicelib.domain import ids
from chalicelib.domain.catalog import Product
from chalicelib.domain.errors import TransientError, UnknownSku
from tests.support.builders import NOW

TABLE = "cart-products-dev"
CUP = Product(sku="CUP-1", name={"en": "Cup"}, description={"en": "A cup."}, unit_price=900)
NUMBERS = count()


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> Any:
        return self.time


@pytest.fixture
def client(cloud: None) -> Any:
    client = sdk.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return client


@pytest.fixture
def clock_at() -> Clock:
    return Clock()


@pytest.fixture
def table(client: Any) -> ProductTable:
    return ProductTable(client, TABLE)


@pytest.fixture
def catalog(client: Any, clock_at: Clock) -> TableCatalog:
    return TableCatalog(client, TABLE, "EUR", clock_at)


def item(number: int) -> dict[str, Any]:
    """Return what the table has of a product."""
    product = msgspec.json.encode(replace(CUP, sku=f"CUP-{number}")).decode()
    return {"pk": {"S": f"CUP-{number}"}, "product": {"S": product}, "changed": {"S": at(1)}}


def at(second: int) -> str:
    return ids.event_id(NOW + timedelta(seconds=second), next(NUMBERS))


def told(table: ProductTable, sku: str, history: list[tuple[str, int]]) -> Product | None:
    """Tell a table what happened at which second; return how the product is now."""
    for kind, second in history:
        event_id = ids.event_id(NOW + timedelta(seconds=second), 0)
        if kind == "withdrawn":
            table.withdraw(sku, event_id)
        else:
            table.change(replace(CUP, sku=sku, unit_price=second), event_id)
    return next(iter(table.read([sku])), None)


HISTORIES = st.lists(
    st.tuples(st.sampled_from(["changed", "withdrawn"]), st.integers(1, 9)),
    max_size=6,
    unique_by=lambda each: each[1],
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, data=st.data())
def test_the_latest_of_what_was_told_counts_in_any_order_and_however_often(
    table: ProductTable, history: list[tuple[str, int]], data: st.DataObject
) -> None:
    repeated = data.draw(st.permutations([*history, *history[:2]]))
    found = told(table, f"CUP-{next(NUMBERS)}", repeated)
    changes = [second for kind, second in history if kind == "changed"]
    withdrawals = [second for kind, second in history if kind == "withdrawn"]
    if not changes:
        assert found is None
    else:
        assert found is not None
        assert found.unit_price == max(changes)
        assert found.withdrawn == (max(withdrawals, default=0) > max(changes))


def test_what_is_kept_tells_whether_something_later_was_known(table: ProductTable) -> None:
    assert table.change(CUP, at(5))
    assert not table.change(CUP, at(4))
    assert table.withdraw(CUP.sku, at(1))


def test_a_product_is_found_as_it_was_told(table: ProductTable, catalog: TableCatalog) -> None:
    table.change(CUP, at(1))
    assert catalog.require(CUP.sku) == CUP
    assert catalog.find("CUP-2") is None
    assert list(catalog) == [CUP]


def test_a_withdrawn_product_is_found_and_not_sold(
    table: ProductTable, catalog: TableCatalog
) -> None:
    table.change(CUP, at(1))
    table.withdraw(CUP.sku, at(2))
    assert catalog.require(CUP.sku, on_sale=False).withdrawn
    assert list(catalog) == []
    with pytest.raises(UnknownSku):
        catalog.require(CUP.sku)


def test_a_product_is_read_once_for_some_seconds_also_if_there_is_none(
    table: ProductTable, catalog: TableCatalog, clock_at: Clock, client: Any, calls_of: Any
) -> None:
    table.change(CUP, at(1))
    calls = calls_of(client)
    for _ in range(3):
        catalog.find_all([CUP.sku, "CUP-2", CUP.sku])
    assert [operation for operation, _ in calls] == ["BatchGetItem"]
    clock_at.time += timedelta(seconds=5, milliseconds=-1)
    catalog.find(CUP.sku)
    assert len(calls) == 1
    clock_at.time += timedelta(milliseconds=1)
    catalog.find(CUP.sku)
    assert len(calls) == 2
    clock_at.time += timedelta(hours=1)
    catalog.find(CUP.sku)
    assert len(calls) == 3


def test_a_cart_of_any_size_is_read_by_a_hundred(
    catalog: TableCatalog, client: Any, calls_of: Any
) -> None:
    calls = calls_of(client)
    catalog.find_all(f"CUP-{number}" for number in range(2 * MAX_KEYS + 1))
    sizes = [len(wanted["RequestItems"][TABLE]["Keys"]) for _, wanted in calls]
    assert sizes == [100, 100, 1]


def test_no_more_than_so_many_products_are_kept(catalog: TableCatalog) -> None:
    for start in range(0, 3 * MAX_KEPT, MAX_KEYS):
        catalog.find_all(f"CUP-{start + number}" for number in range(MAX_KEYS))
        assert len(vars(catalog)["_read"]) == start % MAX_KEPT + MAX_KEYS


def test_the_list_is_read_once_for_a_minute(
    table: ProductTable, catalog: TableCatalog, clock_at: Clock, client: Any, calls_of: Any
) -> None:
    calls = calls_of(client)
    assert list(catalog) == list(catalog) == []
    table.change(CUP, at(1))
    clock_at.time += timedelta(minutes=1, milliseconds=-1)
    assert list(catalog) == []
    clock_at.time += timedelta(milliseconds=1)
    assert list(catalog) == [CUP]
    clock_at.time += timedelta(hours=1)
    assert list(catalog) == [CUP]
    assert [operation for operation, _ in calls].count("Scan") == 3


@pytest.mark.parametrize("pages", [[1_000], [400, 600], [400, 599], [1, 2, 3, 994]])
def test_the_list_goes_on_where_dynamodb_stopped_to_read(
    catalog: TableCatalog, unanswered: Stubber, pages: list[int]
) -> None:
    """DynamoDB reads a megabyte at a time; of too many products, the first are shown."""
    left_over = MAX_LISTED
    numbers = count()
    for page in pages:
        asked: dict[str, Any] = {"TableName": TABLE, "Limit": left_over}
        if left_over < MAX_LISTED:
            asked["ExclusiveStartKey"] = {"pk": {"S": str(left_over)}}
        left_over -= page
        answer: dict[str, Any] = {"Items": [item(next(numbers)) for _ in range(page)]}
        if page != pages[-1] or left_over == 0:
            answer["LastEvaluatedKey"] = {"pk": {"S": str(left_over)}}
        unanswered.add_response("scan", answer, asked)
    assert len({product.sku for product in catalog}) == sum(pages)
    unanswered.assert_no_pending_responses()


@pytest.fixture
def unanswered(client: Any) -> Iterator[Stubber]:
    """Return what answers in the place of DynamoDB."""
    with Stubber(client) as stubber:
        yield stubber


def left(*skus: str) -> dict[str, Any]:
    return {TABLE: {"Keys": [{"pk": {"S": sku}} for sku in skus]}}


def test_what_was_left_unread_is_asked_for_again(
    catalog: TableCatalog, unanswered: Stubber
) -> None:
    first: dict[str, Any] = {"Responses": {TABLE: []}, "UnprocessedKeys": left("CUP-1")}
    unanswered.add_response("batch_get_item", first, {"RequestItems": left("CUP-2", "CUP-1")})
    unanswered.add_response("batch_get_item", {"Responses": {}}, {"RequestItems": left("CUP-1")})
    assert catalog.find_all(["CUP-2", "CUP-1"]) == {}
    unanswered.assert_no_pending_responses()


def test_what_stays_unread_is_no_unknown_product(
    catalog: TableCatalog, unanswered: Stubber
) -> None:
    for _ in range(3):
        never: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": left("CUP-1")}
        unanswered.add_response("batch_get_item", never)
    with pytest.raises(TransientError, match="did not read all products"):
        catalog.find("CUP-1")
    unanswered.assert_no_pending_responses()


def test_the_list_has_1_000_products_at_most(
    catalog: TableCatalog, client: Any, calls_of: Any
) -> None:
    calls = calls_of(client)
    list(catalog)
    assert [call["Limit"] for _, call in calls] == [MAX_LISTED] == [1_000]
