"""What an add may cost: the counts behind the bill in bench/RESULTS.md."""

import pytest

from bench.bill import bill, total
from bench.million import usage_of_a_million_adds
from bench.operations import SKUS, Shop, shop
from bench.usage import Usage, item_bytes
from chalicelib.domain.cart import MAX_CHANGES

pytestmark = pytest.mark.own_shop

DOLLARS_PER_MILLION_ADDS_BEFORE_MAIL = 12
"""Of it two events: what both consumers of an add report of it."""
CALLS_OF_AN_ADD = {"PutEvents": 1, "UpdateItem": 1, "CreateSchedule": 1}
CALLS_OF_A_LATER_ADD = {"PutEvents": 1, "UpdateItem": 1}  # within its window


@pytest.fixture
def one(aws):
    with shop() as opened:
        yield opened


def assert_is_one_add(usage: Usage, calls: dict[str, int] = CALLS_OF_AN_ADD) -> None:
    assert usage.calls == calls
    assert (usage.api_requests, usage.write_units, usage.read_units) == (1, 1, 0)


def test_an_add_is_one_put_one_write_unit_and_one_schedule(one: Shop) -> None:
    assert_is_one_add(one.add())


def test_another_add_of_the_window_makes_no_schedule(one: Shop) -> None:
    one.add()
    assert_is_one_add(one.add(), CALLS_OF_A_LATER_ADD)
    one.usage_of(lambda: one.cloud.advance(3_600))
    assert_is_one_add(one.add())


def test_repeating_a_request_costs_what_an_add_does(one: Shop) -> None:
    one.usage_of(lambda: one.ada.add(SKUS[0], key="click-1"))
    repeated = one.usage_of(lambda: one.ada.add(SKUS[0], key="click-1"))
    assert_is_one_add(repeated, CALLS_OF_A_LATER_ADD)


@pytest.mark.parametrize("lines", [1, 10, 100])
def test_an_add_costs_the_same_however_long_the_cart(one: Shop, lines: int) -> None:
    one.fill_cart(lines)
    assert_is_one_add(one.add())


@pytest.mark.parametrize("customers", [1, 10, 100])
def test_an_add_costs_the_same_however_many_customers(one: Shop, customers: int) -> None:
    one.fill_other_carts(customers)
    assert_is_one_add(one.add())


def test_the_twentieth_add_of_one_product_is_still_one_write_unit(one: Shop) -> None:
    one.repeat_add(19)
    assert_is_one_add(one.add())


def test_an_add_costs_21_write_units_at_most_and_is_refused_beyond(one: Shop) -> None:
    one.repeat_add(MAX_CHANGES - 1)
    accepted = one.add()
    assert accepted.calls == CALLS_OF_AN_ADD
    assert 10 < accepted.write_units <= 21
    refused = one.add()
    assert refused.calls == {**CALLS_OF_A_LATER_ADD, "PutItem": 1}, "the failure is kept"
    assert refused.write_units <= 21 + 3


def test_a_removal_is_one_put_and_one_write_unit(one: Shop) -> None:
    removed = one.usage_of(lambda: one.ada.remove(SKUS[0]))
    assert removed.calls == {"PutEvents": 1, "UpdateItem": 1}
    assert removed.write_units == 1


def test_reading_an_empty_cart_is_one_query(one: Shop) -> None:
    assert one.usage_of(one.ada.cart).calls == {"Query": 1}


def test_reading_a_cart_asks_whether_the_reminder_it_tells_of_is_wanted(one: Shop) -> None:
    """Two read units more, for the opt-out and for the suppression list."""
    one.fill_cart(10)
    one.add()  # with the address that the reminder goes to
    read = one.usage_of(one.ada.cart)
    assert read.calls == {"Query": 1, "GetItem": 2}
    assert (read.read_units, read.custom_events) == (3, 0)


def test_reading_a_cart_of_which_no_reminder_is_due_any_more_is_one_query(one: Shop) -> None:
    one.add()
    one.wake_up()
    assert one.usage_of(one.ada.cart).calls == {"Query": 1}


def test_a_wake_up_claims_sends_marks_and_tells(one: Shop) -> None:
    one.add()
    woken = one.wake_up()
    assert woken.calls == {
        "Query": 2,
        "GetItem": 2,
        "GetParameter": 1,
        "PutEvents": 1,
        "PutItem": 2,
        "SendEmail": 1,
        "UpdateItem": 1,
    }
    # One PutItem and one unit are of `recovered`, which notes that the mail went out.
    assert (woken.schedule_runs, woken.write_units, woken.mails) == (1, 3, 1)


def test_the_adds_of_a_window_share_one_wake_up(one: Shop) -> None:
    for number in range(4):
        one.add(number)
    assert one.wake_up().schedule_runs == 1


def test_an_item_is_as_large_as_dynamodb_says() -> None:
    """1 byte a character, names included; a number takes half a byte a digit and one or two."""
    assert item_bytes({"pk": {"S": "CART#ä"}, "expires_at": {"N": "1780000000"}}) == 2 + 7 + 10 + 7


def test_a_million_adds_cost_no_more_than_before() -> None:
    """The bound is what bench/RESULTS.md says, rounded up: whoever exceeds it should know."""
    dollars = bill(usage_of_a_million_adds(), memory_megabytes=512)
    assert total(dollars, mail=False) < DOLLARS_PER_MILLION_ADDS_BEFORE_MAIL
