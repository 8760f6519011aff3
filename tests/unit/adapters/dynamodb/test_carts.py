"""One contract for the table and its fake, and what only the table has to promise."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.stub import ANY, Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.usage import item_bytes
from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb import carts as carts_table
from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.domain import ids
from chalicelib.domain.cart import (
    EVERY_SKU,
    LIFETIME,
    MAX_CHANGES,
    REMEMBERED,
    Cart,
    Change,
    Contact,
    Kind,
    PriceSeen,
)
from chalicelib.domain.errors import GuestCartTaken, LineFull, TransientError
from tests.support import builders
from tests.support.builders import (
    CART_ID,
    NOW,
    add,
    cancellation,
    checkout,
    new_uuid,
    order,
    removal,
)
from tests.support.fakes import InMemoryCarts
from tests.support.products import MUG, TEAPOT
from tests.support.times import DAY, MINUTE
from tests.unit.adapters.conftest import TABLE

# The table outlives the examples; each of them has a cart of its own.
a_cart_each = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["table", "fake"])
def carts(request: pytest.FixtureRequest) -> CartsTable | InMemoryCarts:
    if request.param == "fake":
        return InMemoryCarts()
    return CartsTable(request.getfixturevalue("dynamodb"), TABLE)


@pytest.fixture
def table(dynamodb: Any) -> CartsTable:
    return CartsTable(dynamodb, TABLE)


def item(client: Any, sort_key: str) -> dict[str, Any]:
    key = {"pk": {"S": f"CART#{CART_ID}"}, "sk": {"S": sort_key}}
    return client.get_item(TableName=TABLE, Key=key).get("Item", {})


# --- The contract ---


def test_a_cart_that_nobody_touched_is_empty(carts: CartsTable) -> None:
    assert carts.read(CART_ID, NOW).is_empty


def test_what_is_recorded_is_read(carts: CartsTable) -> None:
    changes = [add(MUG, 2), add(TEAPOT, 99), removal(MUG), checkout(NOW - MINUTE)]
    assert all(carts.record(CART_ID, change, NOW) for change in changes)
    assert carts.read(CART_ID, NOW) == Cart(changes, NOW)


def test_an_order_and_its_cancellation_are_read_as_they_were_recorded(carts: CartsTable) -> None:
    mug, teapot = add(MUG, 2), add(TEAPOT, 1)
    changes = [mug, teapot, order(mug, teapot), cancellation()]
    assert all(carts.record(CART_ID, change, NOW) for change in changes[:3])
    assert carts.read(CART_ID, NOW).is_empty
    assert carts.record(CART_ID, changes[3], NOW)
    assert not carts.record(CART_ID, changes[2], NOW)
    assert carts.read(CART_ID, NOW) == Cart(changes, NOW)
    assert carts.read(CART_ID, NOW).quantities == {MUG: 2, TEAPOT: 1}


def test_recording_twice_changes_nothing_and_says_so(carts: CartsTable) -> None:
    change = add(MUG, 2)
    assert carts.record(CART_ID, change, NOW)
    assert not carts.record(CART_ID, change, NOW + MINUTE)
    assert carts.read(CART_ID, NOW).quantities == {MUG: 2}


def test_the_earliest_use_of_a_key_counts_whichever_comes_first(carts: CartsTable) -> None:
    early, late = add(MUG, 2, NOW, key="k"), add(MUG, 5, NOW + MINUTE, key="k")
    assert carts.record("early-first", early, NOW)
    assert not carts.record("early-first", late, NOW)
    assert carts.record("late-first", late, NOW)
    assert carts.record("late-first", early, NOW)
    assert carts.read("early-first", NOW) == carts.read("late-first", NOW) == Cart([early], NOW)


def test_carts_do_not_mix(carts: CartsTable) -> None:
    carts.record("one", add(MUG), NOW)
    carts.record("other", add(TEAPOT), NOW)
    assert carts.read("one", NOW).quantities == {MUG: 1}


def test_a_change_past_its_lifetime_is_not_recorded(carts: CartsTable) -> None:
    assert not carts.record(CART_ID, add(at=NOW - LIFETIME), NOW)
    assert carts.record(CART_ID, add(at=NOW - LIFETIME + timedelta(milliseconds=1)), NOW)


def test_a_key_can_be_used_anew_when_its_change_is_past_its_lifetime(carts: CartsTable) -> None:
    later = NOW + LIFETIME
    first, second = add(MUG, 2, NOW, key="k"), add(MUG, 5, later, key="k")
    assert carts.record(CART_ID, first, NOW)
    assert carts.record(CART_ID, second, later)
    assert carts.read(CART_ID, later).quantities == {MUG: 5}


_CHANGES = st.builds(
    lambda kind, sku, hours, key, quantity: Change(
        kind,
        sku if sku != EVERY_SKU or kind is Kind.REMOVE else MUG,
        ids.event_id(NOW + timedelta(hours=hours), key),
        quantity if kind is Kind.ADD else 0,
    ),
    st.sampled_from([Kind.ADD, Kind.ADD, Kind.REMOVE]),
    st.sampled_from([MUG, TEAPOT, EVERY_SKU]),
    st.integers(0, 8),
    st.integers(0, 5),
    st.integers(1, 99),
)


@a_cart_each
@given(st.data())
def test_any_order_and_repetition_makes_the_cart_of_the_history(
    carts: CartsTable, data: st.DataObject
) -> None:
    cart_id = new_uuid()
    history = data.draw(st.lists(_CHANGES, max_size=10))
    again = data.draw(st.lists(st.sampled_from(history), max_size=4)) if history else []
    for change in data.draw(st.permutations(history + again)):
        carts.record(cart_id, change, NOW + DAY)
    assert carts.read(cart_id, NOW + DAY) == Cart(history, NOW + DAY)


# --- The items ---


def test_a_change_is_an_attribute_of_its_line(table: CartsTable, dynamodb: Any) -> None:
    change = add(MUG, 7)
    table.record(CART_ID, change, NOW)
    time, tail = ids.split(change.event_id)
    expires_at = int((NOW + timedelta(days=121)).timestamp())
    assert item(dynamodb, f"LINE#{MUG}") == {
        "pk": {"S": f"CART#{CART_ID}"},
        "sk": {"S": f"LINE#{MUG}"},
        f"add#{tail}": {"S": f"{time}#07"},
        "changes": {"N": "1"},
        "expires_at": {"N": str(expires_at)},
    }


def test_a_checkout_is_a_removal_of_every_sku(table: CartsTable, dynamodb: Any) -> None:
    change = checkout()
    table.record(CART_ID, change, NOW)
    assert f"remove#{ids.tail_of(change.event_id)}" in item(dynamodb, "LINE#*")


def test_a_late_event_does_not_let_its_line_expire_sooner(table: CartsTable, dynamodb: Any) -> None:
    table.record(CART_ID, add(at=NOW), NOW)
    before = item(dynamodb, f"LINE#{MUG}")["expires_at"]
    table.record(CART_ID, add(at=NOW - 20 * DAY), NOW + MINUTE)
    after = item(dynamodb, f"LINE#{MUG}")["expires_at"]
    assert int(after["N"]) == int(before["N"]) + 60


def test_a_line_outlives_the_last_change_that_counts_in_it(
    table: CartsTable, dynamodb: Any
) -> None:
    table.record(CART_ID, add(at=NOW), NOW)
    assert int(item(dynamodb, f"LINE#{MUG}")["expires_at"]["N"]) > (NOW + LIFETIME).timestamp()


def test_an_add_is_one_update_and_a_read_is_one_query(
    table: CartsTable, dynamodb: Any, calls_of: Callable[[Any], list[tuple[str, Any]]]
) -> None:
    calls = calls_of(dynamodb)
    table.record(CART_ID, add(), NOW)
    table.read(CART_ID, NOW)
    assert [operation for operation, _ in calls] == ["UpdateItem", "Query"]
    assert calls[1][1]["ConsistentRead"] is True


def test_other_items_of_the_cart_are_no_lines(table: CartsTable, dynamodb: Any) -> None:
    for sort_key in ("REMINDER#1", "FAILURE#x#persist_cart"):
        stranger = {"pk": {"S": f"CART#{CART_ID}"}, "sk": {"S": sort_key}, "a#b": {"S": "x"}}
        dynamodb.put_item(TableName=TABLE, Item=stranger)
    assert table.read(CART_ID, NOW).is_empty


@pytest.mark.usefixtures("aws")
def test_a_cart_of_several_pages_is_read_to_its_end() -> None:
    client = sdk.client("dynamodb")
    changes = [add(MUG, 1), add(TEAPOT, 2)]
    pages = [
        {
            "pk": {"S": f"CART#{CART_ID}"},
            "sk": {"S": f"LINE#{change.sku}"},
            f"add#{ids.tail_of(change.event_id)}": {
                "S": f"{ids.split(change.event_id)[0]}#0{change.quantity}"
            },
        }
        for change in changes
    ]
    key = {"pk": pages[0]["pk"], "sk": pages[0]["sk"]}
    query = {
        "TableName": TABLE,
        "KeyConditionExpression": ANY,
        "ExpressionAttributeValues": ANY,
        "ConsistentRead": True,
    }
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": pages[:1], "LastEvaluatedKey": key}, query)
        stub.add_response("query", {"Items": pages[1:]}, query | {"ExclusiveStartKey": key})
        assert CartsTable(client, TABLE).read(CART_ID, NOW) == Cart(changes, NOW)
        stub.assert_no_pending_responses()


# --- Compaction ---


@pytest.fixture
def removals(
    dynamodb: Any, calls_of: Callable[[Any], list[tuple[str, dict[str, Any]]]]
) -> Callable[[], list[set[str]]]:
    """Return what tells the attributes that each compaction removed."""
    calls = calls_of(dynamodb)

    def names() -> list[set[str]]:
        return [
            set(params["ExpressionAttributeNames"].values())
            for operation, params in calls
            if operation == "UpdateItem" and params["UpdateExpression"].startswith("REMOVE")
        ]

    return names


def test_a_line_of_many_entries_loses_exactly_those_that_need_not_be_remembered(
    table: CartsTable, dynamodb: Any, removals: Callable[[], list[set[str]]]
) -> None:
    old = [add(MUG, 1, NOW - 50 * DAY) for _ in range(carts_table.MANY_ENTRIES // 2)]
    new = [add(MUG, 1, NOW) for _ in range(carts_table.MANY_ENTRIES // 2 + 1)]
    for change in (*old, *new[:-1]):
        table.record(CART_ID, change, NOW)
    assert removals() == []
    later = NOW - 50 * DAY + REMEMBERED
    new[-1] = add(MUG, 1, later)
    table.record(CART_ID, new[-1], later)
    assert removals() == [{f"add#{ids.tail_of(change.event_id)}" for change in old}]
    line = item(dynamodb, f"LINE#{MUG}")
    assert {name for name in line if "#" in name} == {
        f"add#{ids.tail_of(change.event_id)}" for change in new
    }
    assert table.read(CART_ID, later).quantities == {MUG: 1}


@pytest.mark.parametrize("count", [2, carts_table.MANY_ENTRIES - 1, carts_table.MANY_ENTRIES])
def test_a_line_of_few_entries_keeps_them(
    table: CartsTable, removals: Callable[[], list[set[str]]], count: int
) -> None:
    later = NOW + REMEMBERED
    for at in [NOW, *[later] * (count - 1)]:
        table.record(CART_ID, add(at=at), at)
    assert removals() == []
    table.record(CART_ID, add(TEAPOT, at=later), later)
    assert removals() == []


def test_many_entries_that_all_count_stay(
    table: CartsTable, removals: Callable[[], list[set[str]]]
) -> None:
    for _ in range(carts_table.MANY_ENTRIES + 2):
        table.record(CART_ID, add(), NOW)
    assert removals() == []
    assert table.read(CART_ID, NOW).quantities == {MUG: carts_table.MANY_ENTRIES + 2}


def test_an_entry_that_is_renewed_during_compaction_survives_it(
    table: CartsTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carts_table, "MANY_ENTRIES", 1)
    later = NOW + REMEMBERED
    renewed = add(MUG, 5, later, key="k")
    table.record(CART_ID, add(MUG, 2, NOW, key="k"), NOW)

    def renew(params: dict[str, Any], **_: Any) -> None:
        if params["UpdateExpression"].startswith("REMOVE"):
            dynamodb.meta.events.unregister("provide-client-params.dynamodb.UpdateItem", renew)
            assert table.record(CART_ID, renewed, later)

    dynamodb.meta.events.register("provide-client-params.dynamodb.UpdateItem", renew)
    other = add(MUG, 1, later)
    assert table.record(CART_ID, other, later)
    assert table.read(CART_ID, later) == Cart([renewed, other], later)


_ARRIVALS = st.tuples(
    st.integers(0, 140),  # the day on which it happens
    st.integers(0, 30),  # and how many days later it arrives: a replay can be that late
    st.sampled_from([Kind.ADD, Kind.ADD, Kind.REMOVE]),
    st.integers(0, 5),
)


@a_cart_each
@given(st.lists(_ARRIVALS, max_size=14), st.randoms(use_true_random=False))
def test_compaction_changes_no_cart_under_any_order(
    table: CartsTable,
    monkeypatch: pytest.MonkeyPatch,
    arrivals: list[tuple[int, int, Kind, int]],
    order: Any,
) -> None:
    """The fake forgets nothing; a table that forgets what it may is never told apart from it."""
    monkeypatch.setattr(carts_table, "MANY_ENTRIES", 2)
    cart_id, remembering = new_uuid(), InMemoryCarts()
    order.shuffle(arrivals)
    for day, late, kind, key in sorted(arrivals, key=lambda one: one[0] + one[1]):
        now = NOW + (day + late) * DAY
        change = Change(kind, MUG, ids.event_id(NOW + day * DAY, key), 1 if kind is Kind.ADD else 0)
        assert table.record(cart_id, change, now) == remembering.record(cart_id, change, now)
        for moment in (now, now + 40 * DAY):
            assert table.read(cart_id, moment) == remembering.read(cart_id, moment)


# --- Errors ---


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("update_item", lambda table: table.record(CART_ID, add(), NOW)),
        ("query", lambda table: table.read(CART_ID, NOW)),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_dynamodb_refuses_is_tried_again_later(
    operation: str, call: Callable[[CartsTable], object], code: str
) -> None:
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(operation, code, "Slow down, ada@example.com")
        with pytest.raises(TransientError, match=code):
            call(CartsTable(client, TABLE))


@pytest.fixture
def full_line(table: CartsTable, monkeypatch: pytest.MonkeyPatch) -> CartsTable:
    """A table with a line that has two changes, and may have two."""
    monkeypatch.setattr(carts_table, "MAX_CHANGES", 2)
    monkeypatch.setattr(carts_table, "MANY_ENTRIES", 1)
    for key in ("first", "second"):
        table.record(CART_ID, add(MUG, 3, key=key), NOW)
    return table


def changes_of(dynamodb: Any, sort_key: str) -> tuple[int, int]:
    """Return how many changes an item has, counted and as it says."""
    line = item(dynamodb, sort_key)
    return len([name for name in line if "#" in name]), int(line["changes"]["N"])


class TestALineThatIsFull:
    def test_takes_no_more_adds(self, full_line: CartsTable, dynamodb: Any) -> None:
        with pytest.raises(LineFull) as caught:
            full_line.record(CART_ID, add(MUG), NOW)
        assert caught.value.details == {"sku": MUG}
        assert full_line.record(CART_ID, add(TEAPOT), NOW), "other lines have room"
        assert full_line.read(CART_ID, NOW).quantities == {MUG: 6, TEAPOT: 1}
        assert changes_of(dynamodb, f"LINE#{MUG}") == (2, 2)

    @pytest.mark.parametrize("most", [0, 1, 2])
    def test_takes_no_more_adds_where_it_could_once_have_more(
        self, full_line: CartsTable, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(carts_table, "MAX_CHANGES", most)
        with pytest.raises(LineFull):
            full_line.record(CART_ID, add(MUG), NOW)
        assert not full_line.record(CART_ID, add(MUG, 3, key="second"), NOW)

    def test_knows_the_adds_that_it_has(self, full_line: CartsTable) -> None:
        assert not full_line.record(CART_ID, add(MUG, 3, key="second"), NOW)

    def test_takes_an_earlier_request_of_an_add_that_it_has(
        self, full_line: CartsTable, dynamodb: Any
    ) -> None:
        earlier = add(MUG, 1, NOW - MINUTE, key="second")
        assert full_line.record(CART_ID, earlier, NOW)
        assert full_line.read(CART_ID, NOW).quantities == {MUG: 4}
        assert changes_of(dynamodb, f"LINE#{MUG}") == (2, 2)

    def test_can_be_removed_however_often_that_is_asked_for(self, full_line: CartsTable) -> None:
        gone = removal(MUG, NOW + MINUTE)
        assert full_line.record(CART_ID, gone, NOW + MINUTE)
        assert not full_line.record(CART_ID, gone, NOW + MINUTE)
        cart = full_line.read(CART_ID, NOW + MINUTE)
        assert cart.is_empty
        assert cart.find(gone.event_id) == gone

    def test_refuses_a_removal_only_where_it_would_do_nothing(
        self, full_line: CartsTable, dynamodb: Any
    ) -> None:
        for minute in (1, 2):
            assert full_line.record(CART_ID, removal(MUG, NOW + minute * MINUTE), NOW)
        with pytest.raises(LineFull):
            full_line.record(CART_ID, removal(MUG, NOW + 3 * MINUTE), NOW)
        assert full_line.read(CART_ID, NOW).is_empty
        assert changes_of(dynamodb, f"LINE#{MUG}#removals") == (2, 2)

    def test_has_room_again_when_its_changes_need_not_be_remembered(
        self, full_line: CartsTable, dynamodb: Any
    ) -> None:
        later = NOW + REMEMBERED + MINUTE
        assert full_line.record(CART_ID, add(MUG, 1, later), later)
        assert full_line.read(CART_ID, later).quantities == {MUG: 1}
        assert changes_of(dynamodb, f"LINE#{MUG}") == (1, 1)

    @pytest.mark.parametrize("key", ["first", "second"])
    def test_has_room_again_though_one_of_its_changes_is_made_anew_meanwhile(
        self, full_line: CartsTable, dynamodb: Any, key: str
    ) -> None:
        later = NOW + REMEMBERED + MINUTE
        renewed = add(MUG, 5, later, key=key)

        def renew(params: dict[str, Any], **_: Any) -> None:
            if params["UpdateExpression"].startswith("REMOVE"):
                dynamodb.meta.events.unregister("provide-client-params.dynamodb.UpdateItem", renew)
                assert full_line.record(CART_ID, renewed, later)

        dynamodb.meta.events.register("provide-client-params.dynamodb.UpdateItem", renew)
        assert full_line.record(CART_ID, add(MUG, 1, later, key="third"), later)
        assert full_line.read(CART_ID, later).quantities == {MUG: 6}
        assert changes_of(dynamodb, f"LINE#{MUG}") == (2, 2)

    def test_has_room_for_removals_again_when_these_need_not_be_remembered(
        self, full_line: CartsTable, dynamodb: Any
    ) -> None:
        for minute in (1, 2):
            full_line.record(CART_ID, removal(MUG, NOW + minute * MINUTE), NOW)
        later = NOW + REMEMBERED + DAY
        for change in (add(MUG, 1, later, key="a"), add(MUG, 1, later, key="b")):
            assert full_line.record(CART_ID, change, later)
        assert full_line.record(CART_ID, removal(MUG, later + MINUTE), later + MINUTE)
        assert changes_of(dynamodb, f"LINE#{MUG}#removals") == (1, 1)
        assert full_line.read(CART_ID, later + MINUTE).is_empty


@a_cart_each
@given(st.permutations([1, 2, 3, 4, 5, 5, 4]))
def test_a_full_line_takes_as_many_changes_in_whatever_order(
    table: CartsTable, monkeypatch: pytest.MonkeyPatch, numbers: list[int]
) -> None:
    monkeypatch.setattr(carts_table, "MAX_CHANGES", 3)
    cart_id, taken = new_uuid(), set[int]()
    for number in numbers:
        try:
            assert table.record(cart_id, add(MUG, number, key=str(number)), NOW) == (
                number not in taken
            )
            taken.add(number)
        except LineFull:
            assert len(taken) == 3
            assert number not in taken
    assert table.read(cart_id, NOW).quantities == {MUG: sum(taken)}


def test_the_dearest_add_costs_21_write_units_at_most(table: CartsTable, dynamodb: Any) -> None:
    """With the longest of everything that an item holds, after the longest of changes."""
    cart_id, sku = "c" * 48, "S" * 32
    longest = Contact("f" * 12, "\N{ROCKET}" * 254, "\x01" * 100, "a" * 35)
    key = {"pk": {"S": f"CART#{cart_id}"}, "sk": {"S": f"LINE#{sku}"}}
    removals = (f"remove#7000-8000-{number:012}" for number in range(MAX_CHANGES - 1))
    time, _ = ids.split(ids.event_id(NOW, 0))
    line = {name: {"S": f"{time}#00"} for name in removals}
    line |= {"changes": {"N": str(MAX_CHANGES - 1)}}
    dynamodb.put_item(TableName=TABLE, Item=key | line)
    assert table.record(cart_id, add(sku, 99), NOW, longest)
    stored = dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    assert stored["contact"]
    assert 19 <= ceil(item_bytes(stored) / 1024) <= 21
    with pytest.raises(LineFull):
        table.record(cart_id, add(sku, 99), NOW)


@pytest.mark.usefixtures("aws")
def test_an_item_that_dynamodb_says_is_too_large_is_a_full_line() -> None:
    """Such as one of an order of ten thousand adds."""
    message = "Item size to update has exceeded the maximum allowed size"
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("update_item", "ValidationException", message)
        with pytest.raises(LineFull):
            CartsTable(client, TABLE).record(CART_ID, add(MUG), NOW)


@pytest.mark.usefixtures("aws")
def test_any_other_refusal_of_an_update_is_the_operators() -> None:
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("update_item", "ValidationException", "Invalid UpdateExpression")
        with pytest.raises(TransientError):
            CartsTable(client, TABLE).record(CART_ID, add(MUG), NOW)


GUEST = "guest-" + "0" * 32


def merge(key: str = "merge") -> Change:
    return Change(Kind.MERGE, GUEST, builders.new_id(NOW, key))


class TestMerging:
    def test_reads_the_union_with_what_the_guest_adds_later(self, carts):
        carts.record(CART_ID, add(MUG, 1), NOW)
        carts.record(CART_ID, merge(), NOW)
        assert carts.read(CART_ID, NOW).quantities == {MUG: 1}
        carts.record(GUEST, add(MUG, 2), NOW)
        assert carts.read(CART_ID, NOW).quantities == {MUG: 3}
        assert carts.read(GUEST, NOW).quantities == {MUG: 2}

    def test_a_merge_recorded_twice_is_one(self, carts):
        assert carts.record(CART_ID, merge(), NOW)
        assert not carts.record(CART_ID, merge(), NOW)

    def test_a_guests_cart_has_one_owner_who_may_claim_it_again(self, carts):
        assert carts.owner_of(GUEST) is None
        carts.claim_guest(GUEST, CART_ID, NOW)
        carts.claim_guest(GUEST, CART_ID, NOW)
        assert carts.owner_of(GUEST) == CART_ID
        with pytest.raises(GuestCartTaken):
            carts.claim_guest(GUEST, "somebody-else", NOW)
        assert carts.read(GUEST, NOW).is_empty


class TestTheContact:
    def contact(self, number: int) -> Contact:
        return Contact(f"{number:012x}", f"{number}@example.com", "Ada", "de")

    def test_is_none_before_somebody_can_be_reached(self, carts: CartsTable) -> None:
        cart_id = new_uuid()
        carts.record(cart_id, add(), NOW)
        assert carts.read(cart_id, NOW).contact is None

    @a_cart_each
    @given(
        numbers=st.lists(st.integers(0, 20), min_size=1, max_size=6),
        lines=st.lists(st.sampled_from([MUG, TEAPOT]), min_size=6, max_size=6),
    )
    def test_is_the_latest_in_whatever_order_and_line(
        self, carts: CartsTable, numbers: list[int], lines: list[str]
    ) -> None:
        cart_id = new_uuid()
        for number, sku in zip(numbers, lines, strict=False):
            assert carts.record(cart_id, add(sku), NOW, self.contact(number))
        assert carts.read(cart_id, NOW).contact == self.contact(max(numbers))
        assert sum(carts.read(cart_id, NOW).quantities.values()) == len(numbers)

    def test_of_a_repeated_change_changes_nothing(self, carts: CartsTable) -> None:
        cart_id, change = new_uuid(), add()
        assert carts.record(cart_id, change, NOW, self.contact(1))
        assert not carts.record(cart_id, change, NOW, self.contact(2))
        assert not carts.record(cart_id, change, NOW, self.contact(0))
        assert carts.read(cart_id, NOW).contact == self.contact(1)

    def test_of_a_repeated_change_costs_one_write(
        self, table: CartsTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change = add()
        table.record(CART_ID, change, NOW, self.contact(1))
        write = Mock(wraps=dynamodb.update_item)
        monkeypatch.setattr(dynamodb, "update_item", write)
        assert not table.record(CART_ID, change, NOW, self.contact(1))
        assert write.call_count == 1


class TestThePriceSeen:
    def price(self, number: int) -> PriceSeen:
        return PriceSeen(f"{number:012x}", 1000 + number, "EUR")

    def test_is_none_before_an_add_tells_it(self, carts: CartsTable) -> None:
        cart_id = new_uuid()
        carts.record(cart_id, add(), NOW)
        assert carts.read(cart_id, NOW).price_seen(MUG) is None

    @a_cart_each
    @given(numbers=st.lists(st.integers(0, 20), min_size=1, max_size=6))
    def test_is_that_of_the_latest_add_in_whatever_order(
        self, carts: CartsTable, numbers: list[int]
    ) -> None:
        cart_id = new_uuid()
        carts.record(cart_id, add(TEAPOT), NOW, None, self.price(30))
        for number in numbers:
            assert carts.record(cart_id, add(MUG), NOW, None, self.price(number))
        cart = carts.read(cart_id, NOW)
        assert cart.price_seen(MUG) == self.price(max(numbers))
        assert cart.quantities == {TEAPOT: 1, MUG: len(numbers)}

    def test_is_kept_with_an_earlier_contact_and_the_other_way_round(
        self, carts: CartsTable
    ) -> None:
        cart_id = new_uuid()
        later, earlier = Contact("2", "new@example.com"), Contact("1", "old@example.com")
        carts.record(cart_id, add(), NOW, later, self.price(1))
        carts.record(cart_id, add(), NOW, earlier, self.price(2))
        cart = carts.read(cart_id, NOW)
        assert (cart.contact, cart.price_seen(MUG)) == (later, self.price(2))

    def test_of_a_guest_counts_after_a_merge_if_it_is_later(self, carts: CartsTable) -> None:
        cart_id, guest = new_uuid(), f"guest-{new_uuid().replace('-', '')}"
        carts.record(cart_id, add(MUG), NOW, None, self.price(1))
        carts.record(guest, add(MUG), NOW, None, self.price(2))
        carts.record(cart_id, Change(Kind.MERGE, guest, builders.new_id(NOW)), NOW)
        assert carts.read(cart_id, NOW).price_seen(MUG) == self.price(2)


def test_whose_a_guests_cart_is_is_seen_at_once(dynamodb: Any, calls_of: Any) -> None:
    calls = calls_of(dynamodb)
    assert CartsTable(dynamodb, TABLE).owner_of(CART_ID) is None
    assert [call["ConsistentRead"] for _, call in calls] == [True]
