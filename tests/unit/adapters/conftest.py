"""A small AWS in memory: moto, with its clock standing still at ``NOW``."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from freezegun import freeze_time
from moto import mock_aws

from chalicelib.adapters import sdk
from tests.support.builders import NOW

TABLE = "cart-dev"


@pytest.fixture(scope="module", autouse=True)
def clock() -> Iterator[None]:
    """Stop the clock, once a module: freezegun looks at every module to do it."""
    with freeze_time(NOW):
        yield


@pytest.fixture
def cloud(aws: None) -> Iterator[None]:
    """Have moto answer every call."""
    del aws
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(cloud: None) -> Any:
    """Return a client of a DynamoDB that has the application's table, as its template says."""
    del cloud
    client = sdk.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    return client


@pytest.fixture
def calls_of() -> Callable[[Any], list[tuple[str, dict[str, Any]]]]:
    """Return what starts to write down a client's calls: operation and parameters."""

    def watch(client: Any) -> list[tuple[str, dict[str, Any]]]:
        calls: list[tuple[str, dict[str, Any]]] = []

        def note(params: dict[str, Any], model: Any, **_: Any) -> None:
            calls.append((model.name, dict(params)))

        client.meta.events.register("provide-client-params.*.*", note)
        return calls

    return watch
