"""The model that histories are held against, by examples that a person can check."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.model import ADD, CHECK_OUT, MERGE, REMOVE, Request, cart, possible_carts
from tests.support.products import MUG, TEA

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minute: int, action: str, sku: str = "", quantity: int = 0, key: str | None = None):
    return Request("ada", NINE + timedelta(minutes=minute), action, sku, quantity, key)


def guest(minute: int, action: str, sku: str = "", quantity: int = 0, key: str | None = None):
    return Request("guest", NINE + timedelta(minutes=minute), action, sku, quantity, key)


def merge(minute: int, customer: str = "ada"):
    return Request(customer, NINE + timedelta(minutes=minute), MERGE, guest="guest")


@pytest.mark.parametrize(
    ("requests", "quantities"),
    [
        ([], {}),
        ([at(0, ADD, MUG, 2), at(1, ADD, MUG, 1)], {MUG: 3}),
        ([at(0, ADD, MUG, 2), at(1, ADD, TEA, 1), at(2, REMOVE, MUG)], {TEA: 1}),
        ([at(0, ADD, MUG, 2), at(1, CHECK_OUT), at(2, ADD, TEA, 1)], {TEA: 1}),
        ([at(0, ADD, MUG, 2, "k"), at(1, ADD, MUG, 2, "k")], {MUG: 2}),
        ([at(0, ADD, MUG, 2, "k"), at(1, REMOVE, MUG), at(2, ADD, MUG, 2, "k")], {}),
        ([at(1, REMOVE, MUG), at(0, ADD, MUG, 2)], {}),
    ],
)
def test_a_cart_is_what_its_requests_make_of_it(requests, quantities):
    assert dict(cart(requests, "ada").quantities) == quantities


@pytest.mark.parametrize(
    ("requests", "quantities"),
    [
        ([guest(0, ADD, MUG, 2)], {}),
        ([guest(0, ADD, MUG, 2), merge(1), at(2, ADD, MUG, 1)], {MUG: 3}),
        ([merge(0), guest(1, ADD, MUG, 2)], {MUG: 2}),
        ([guest(0, ADD, MUG, 2), merge(1), merge(2)], {MUG: 2}),
        ([guest(0, ADD, MUG, 2, "k"), merge(1), guest(2, ADD, MUG, 2, "k")], {MUG: 2}),
        ([guest(0, ADD, MUG, 2, "k"), at(1, ADD, MUG, 2, "k"), merge(2)], {MUG: 4}),
        ([at(0, ADD, MUG, 1), guest(1, ADD, MUG, 2), merge(2), guest(3, REMOVE, MUG)], {MUG: 1}),
        ([guest(0, ADD, MUG, 2), at(1, CHECK_OUT), merge(2)], {MUG: 2}),
        ([guest(0, ADD, MUG, 2), merge(1), at(2, CHECK_OUT)], {}),
        ([guest(0, ADD, MUG, 2), merge(1), at(2, REMOVE, MUG), merge(3)], {}),
        ([merge(0), at(1, CHECK_OUT), guest(2, ADD, MUG, 2)], {MUG: 2}),
        ([guest(0, ADD, MUG, 2), merge(1, "grace"), at(2, ADD, TEA, 1)], {TEA: 1}),
    ],
)
def test_a_merge_makes_a_guests_pile_part_of_the_cart(requests, quantities):
    assert dict(cart(requests, "ada").quantities) == quantities


def test_a_guests_cart_is_empty_for_whoever_has_the_token_once_it_was_merged():
    requests = [guest(0, ADD, MUG, 2), merge(1)]
    assert dict(cart(requests[:1], "guest").quantities) == {MUG: 2}
    assert dict(cart(requests, "guest").quantities) == {}


def test_a_merge_is_an_add_of_the_customer_and_what_the_guest_adds_is_none():
    assert cart([merge(1), guest(5, ADD, MUG, 1)], "ada").last_add == NINE + timedelta(minutes=1)


def test_the_last_add_is_the_first_of_its_key_and_counts_though_it_was_removed():
    requests = [at(0, ADD, MUG, 1, "k"), at(5, ADD, MUG, 1, "k"), at(6, REMOVE, MUG)]
    assert cart(requests, "ada").last_add == NINE


def test_whoever_adds_or_merges_says_how_to_be_reached_a_merge_of_nothing_included():
    assert cart([at(0, ADD, MUG, 1), at(5, REMOVE, MUG)], "ada").last_contact == NINE
    merged = cart([at(0, ADD, MUG, 1), merge(5)], "ada")
    assert (merged.last_add, merged.last_contact) == (NINE, NINE + timedelta(minutes=5))


def test_an_uncertain_request_may_be_done_or_not():
    carts = list(possible_carts([at(0, ADD, MUG, 1)], [at(1, CHECK_OUT)], "ada"))
    assert [dict(each.quantities) for each in carts] == [{MUG: 1}, {}]
