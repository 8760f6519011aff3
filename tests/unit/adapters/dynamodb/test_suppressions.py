"""One contract for the suppression list and its fake, and what only the list has to promise."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.domain.mail_feedback import Reason
from tests.support.builders import NOW
from tests.support.fakes import InMemorySuppressions
from tests.unit.adapters.conftest import TABLE


@pytest.fixture(params=["table", "fake"])
def suppressions(request: pytest.FixtureRequest) -> Suppressions | InMemorySuppressions:
    if request.param == "fake":
        return InMemorySuppressions()
    return Suppressions(request.getfixturevalue("dynamodb"), TABLE)


@pytest.mark.parametrize(
    ("added", "looked_up"),
    [
        ("Ada@Example.com", "ada@example.com"),
        ("Ada <ada@example.com>", "ada@example.com"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@bu\u0308cher.example", "ada@BÜCHER.example"),
        ("ada@example.com.", "ada@example.com"),
        ('"ada"@example.com', "ada@example.com"),
    ],
)
def test_an_address_that_was_added_is_found_however_it_is_written(suppressions, added, looked_up):
    suppressions.add(added, Reason.BOUNCED, NOW)
    assert suppressions.contains(looked_up)


@pytest.mark.parametrize("address", ["", "@", "no address", "a\ud800@example.com", "<" * 1000])
def test_text_that_is_not_an_address_may_be_added_too(suppressions, address):
    suppressions.add(address, Reason.BOUNCED, NOW)
    assert suppressions.contains(address)
    assert not suppressions.contains("ada@example.com")


def test_an_address_that_was_not_added_is_not_found(suppressions):
    suppressions.add("ada@example.com", Reason.BOUNCED, NOW)
    assert not suppressions.contains("grace@example.com")


def test_an_address_may_be_added_twice(suppressions):
    suppressions.add("ada@example.com", Reason.BOUNCED, NOW)
    suppressions.add("ada@example.com", Reason.COMPLAINED, NOW)
    assert suppressions.contains("ada@example.com")


def test_the_table_never_sees_the_address_and_forgets_it_after_a_year(dynamodb: Any) -> None:
    Suppressions(dynamodb, TABLE).add("ada@example.com", Reason.COMPLAINED, NOW)
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert "example.com" not in str(item)
    assert item["reason"] == {"S": "complained"}
    assert int(item["expires_at"]["N"]) == (NOW + timedelta(days=365)).timestamp()
