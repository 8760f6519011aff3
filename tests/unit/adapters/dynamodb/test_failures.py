"""One contract for the records and their fake, and what only the records have to promise."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.stub import Stubber

from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.failures import Failures
from chalicelib.domain import ids
from chalicelib.domain.errors import ErrorBody, TransientError
from chalicelib.domain.failures import UNKNOWN_CART, Failure
from tests.support.builders import CART_ID, NOW, item_added, new_id, new_uuid, on_bus
from tests.support.fakes import InMemoryFailures
from tests.support.products import MUG
from tests.unit.adapters.conftest import TABLE


def a_failure(**changes: Any) -> Failure:
    added = item_added(MUG, 2)
    failure = Failure(
        function="persist_cart",
        request_id=added.metadata.event_id,
        cart_id=CART_ID,
        job={"event": "ItemAddedToCart", "sku": MUG, "quantity": 2},
        error=ErrorBody("line_full", "This line of the cart has changed too often."),
        attempts=3,
        failed_at=NOW,
        event=on_bus(added),
    )
    return msgspec.structs.replace(failure, **changes)


@pytest.fixture(params=["table", "fake"])
def failures(request: pytest.FixtureRequest) -> Failures | InMemoryFailures:
    if request.param == "fake":
        return InMemoryFailures()
    return Failures(request.getfixturevalue("dynamodb"), TABLE)


# --- The contract ---


def test_a_failure_is_found_by_its_request(failures: Failures) -> None:
    failure = a_failure()
    failures.record(failure)
    assert failures.find(CART_ID, failure.request_id) == failure


def test_a_failure_is_found_by_any_request_of_its_idempotency_key(failures: Failures) -> None:
    failure = a_failure(request_id=new_id(NOW, key="k"))
    failures.record(failure)
    assert failures.find(CART_ID, new_id(NOW + timedelta(seconds=5), key="k")) == failure


def test_another_request_another_cart_or_another_function_did_not_fail(failures: Failures) -> None:
    failure = a_failure()
    failures.record(failure)
    assert failures.find(CART_ID, new_id()) is None
    assert failures.find("other", failure.request_id) is None
    assert failures.find(CART_ID, failure.request_id, "schedule_reminder") is None


def test_two_functions_can_fail_the_same_event(failures: Failures) -> None:
    persisting = a_failure()
    scheduling = msgspec.structs.replace(persisting, function="schedule_reminder", attempts=1)
    failures.record(persisting)
    failures.record(scheduling)
    assert failures.find(CART_ID, persisting.request_id) == persisting
    assert failures.find(CART_ID, persisting.request_id, "schedule_reminder") == scheduling


@pytest.mark.parametrize("ordered", [list, reversed])
def test_of_the_requests_of_one_key_the_latest_that_failed_is_kept(
    failures: Failures, ordered: Any
) -> None:
    earlier = a_failure(request_id=new_id(NOW, key="k"))
    later = a_failure(request_id=new_id(NOW + timedelta(seconds=2), key="k"))
    for failure in ordered([earlier, later]):
        failures.record(failure)
    assert failures.find(CART_ID, earlier.request_id) == later


def test_recording_twice_is_the_same_as_once(failures: Failures) -> None:
    failure = a_failure()
    failures.record(failure)
    failures.record(failure)
    assert failures.find(CART_ID, failure.request_id) == failure


def test_a_failure_of_an_event_that_cannot_be_read_has_the_id_it_came_with(
    failures: Failures,
) -> None:
    one = a_failure(cart_id=UNKNOWN_CART, request_id=new_uuid(), event={"no": "event"})
    other = a_failure(cart_id=UNKNOWN_CART, request_id=new_uuid(), event={"no": "event either"})
    failures.record(one)
    failures.record(other)
    assert failures.find(UNKNOWN_CART, one.request_id) == one


# --- The items ---


def test_a_failure_is_kept_as_long_as_a_change(dynamodb: Any) -> None:
    Failures(dynamodb, TABLE).record(a_failure())
    (found,) = dynamodb.scan(TableName=TABLE)["Items"]
    assert int(found["expires_at"]["N"]) == int((NOW + timedelta(days=61)).timestamp())


def test_a_failure_carries_what_the_index_finds_it_by(dynamodb: Any) -> None:
    failure = a_failure()
    Failures(dynamodb, TABLE).record(failure)
    (found,) = dynamodb.scan(TableName=TABLE)["Items"]
    assert found["failed_request"] == {"S": ids.tail_of(failure.request_id)}


@pytest.mark.parametrize("depth", [60, 500, 3_000, 100_000])
@pytest.mark.parametrize("brackets", ["list", "dict"])
def test_an_event_that_is_nested_too_deeply_is_kept_in_part(
    dynamodb: Any, depth: int, brackets: str
) -> None:
    event: Any = "core"
    for _ in range(depth):
        event = [event] if brackets == "list" else {"a": event}
    failure = a_failure(event={"detail": event})
    Failures(dynamodb, TABLE).record(failure)
    found = Failures(dynamodb, TABLE).find(CART_ID, failure.request_id)
    assert found is not None
    assert found.event["truncated"] is True
    assert found.event["beginning"].startswith('{"detail": ')


@pytest.mark.parametrize("filling", ["x", '"', "\\", "\x00", "é", "😀", "\ud800"])
def test_an_event_too_large_for_an_item_is_kept_in_part(dynamodb: Any, filling: str) -> None:
    """An event has 1 MB at most, an item 400 KB, and quoting makes it longer."""
    failure = a_failure(event={"detail": filling * 900_000})
    failures = Failures(dynamodb, TABLE)
    failures.record(failure)
    found = failures.find(CART_ID, failure.request_id)
    assert found is not None
    assert found.event["truncated"] is True
    assert found.event["characters"] > 900_000
    assert found.event["beginning"].startswith('{"detail": "')
    assert msgspec.structs.replace(found, event={}) == msgspec.structs.replace(failure, event={})


def test_the_largest_event_that_is_kept_whole_fits(dynamodb: Any) -> None:
    failure = a_failure(event={"detail": "\u2028" * 49_000})
    failures = Failures(dynamodb, TABLE)
    failures.record(failure)
    assert failures.find(CART_ID, failure.request_id) == failure


@pytest.mark.parametrize(("characters", "whole"), [(300_000, True), (300_001, False)])
def test_of_an_event_of_more_than_300000_characters_the_first_100000_are_kept(
    dynamodb: Any, characters: int, *, whole: bool
) -> None:
    event = {"detail": "x" * (characters - len('{"detail": ""}'))}
    failure = a_failure(event=event)
    Failures(dynamodb, TABLE).record(failure)
    found = Failures(dynamodb, TABLE).find(CART_ID, failure.request_id)
    assert found is not None
    beginning = json.dumps(event)[:100_000]
    cut = {"truncated": True, "characters": characters, "beginning": beginning}
    assert found.event == (event if whole else cut)


@pytest.mark.parametrize(("levels", "whole"), [(50, True), (51, False)])
def test_fifty_levels_of_an_event_are_kept(dynamodb: Any, levels: int, *, whole: bool) -> None:
    event: Any = "core"
    for _ in range(levels):
        event = {"a": event}
    failure = a_failure(event=event)
    Failures(dynamodb, TABLE).record(failure)
    found = Failures(dynamodb, TABLE).find(CART_ID, failure.request_id)
    assert found is not None
    assert (found.event == event) == whole
    assert whole or found.event["beginning"].count("{") == 50


def test_text_that_is_no_valid_unicode_is_kept(dynamodb: Any) -> None:
    failure = a_failure(event={"name": "\ud800"}, job={"sku": "\udfff"})
    failures = Failures(dynamodb, TABLE)
    failures.record(failure)
    assert failures.find(CART_ID, failure.request_id) == failure


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("put_item", lambda failures: failures.record(a_failure())),
        ("get_item", lambda failures: failures.find(CART_ID, new_id())),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_dynamodb_refuses_is_tried_again_later(
    operation: str, call: Callable[[Failures], object]
) -> None:
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(operation, "ThrottlingException")
        with pytest.raises(TransientError, match="ThrottlingException"):
            call(Failures(client, TABLE))


def test_a_failure_is_seen_at_once(dynamodb: Any, calls_of: Any) -> None:
    """A read that is not strongly consistent may miss what was written before it."""
    calls = calls_of(dynamodb)
    Failures(dynamodb, TABLE).find(CART_ID, new_id())
    assert [call["ConsistentRead"] for _, call in calls] == [True]
