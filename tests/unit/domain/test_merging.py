"""A customer's cart with guests' carts merged into it: a union, in whatever order it is told."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, LIFETIME, MAX_MERGED, Cart, Change, Kind
from tests.support.builders import NOW
from tests.support.products import MUG, TEAPOT

GUESTS = ("guest-" + "0" * 32, "guest-" + "1" * 32)
LATER = NOW + timedelta(days=1)

_IDS = st.builds(
    ids.event_id,
    st.integers(0, 12).map(lambda hours: NOW + timedelta(hours=hours)),
    st.integers(0, 7),
)
_SKUS = st.sampled_from([MUG, TEAPOT])
_ADDS = st.builds(Change, st.just(Kind.ADD), _SKUS, _IDS, st.integers(1, 99))
_REMOVALS = st.builds(Change, st.just(Kind.REMOVE), _SKUS | st.just(EVERY_SKU), _IDS)
_MERGES = st.builds(Change, st.just(Kind.MERGE), st.sampled_from(GUESTS), _IDS)

OWN = st.lists(_ADDS | _REMOVALS | _MERGES, max_size=12)
GUESTS_OWN = st.fixed_dictionaries(
    {name: st.lists(_ADDS | _REMOVALS, max_size=6) for name in GUESTS}
)


def at(hours: int, number: int = 0) -> str:
    return ids.event_id(NOW + timedelta(hours=hours), number)


def cart(own: list[Change], guests: dict[str, list[Change]]) -> Cart:
    return Cart(own, LATER, {name: Cart(changes, LATER) for name, changes in guests.items()})


def one_guest(*own: Change, guest: list[Change]) -> dict[str, int]:
    return cart(list(own), {GUESTS[0]: guest}).quantities


def merge(hours: int, guest: str = GUESTS[0], number: int = 0) -> Change:
    return Change(Kind.MERGE, guest, at(hours, 1_000 + number))


def add(hours: int, sku: str = MUG, quantity: int = 1) -> Change:
    return Change(Kind.ADD, sku, at(hours, hours), quantity)


def removal(hours: int, sku: str = MUG) -> Change:
    return Change(Kind.REMOVE, sku, at(hours, hours))


@given(OWN, GUESTS_OWN, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(own, guests, random) -> None:
    def shuffled(changes: list[Change]) -> list[Change]:
        again = changes + [change for change in changes if random.random() < 0.5]
        return random.sample(again, len(again))

    other = cart(shuffled(own), {name: shuffled(changes) for name, changes in guests.items()})
    assert other == cart(own, guests)
    assert other.quantities == cart(own, guests).quantities
    assert other.last_added_at == cart(own, guests).last_added_at


@given(st.lists(_ADDS | _REMOVALS, max_size=12), GUESTS_OWN)
def test_the_union_is_the_sum_where_nothing_is_removed_after_the_merge(own, guests) -> None:
    merges = [Change(Kind.MERGE, name, at(13, 8 + number)) for number, name in enumerate(GUESTS)]
    alone = [Cart(own, LATER), *(Cart(changes, LATER) for changes in guests.values())]
    for sku in (MUG, TEAPOT):
        together = cart(own + merges, guests).quantities.get(sku, 0)
        assert together == sum(each.quantities.get(sku, 0) for each in alone)


@given(OWN, GUESTS_OWN)
def test_a_cart_that_was_not_merged_is_not_in_it(own, guests) -> None:
    unmerged = [change for change in own if change.kind is not Kind.MERGE]
    assert cart(unmerged, guests) == Cart(unmerged, LATER)


def test_what_a_guest_adds_late_is_in_the_cart_too() -> None:
    assert one_guest(merge(1), guest=[add(2, quantity=3)]) == {MUG: 3}


def test_what_a_guest_removes_is_the_guests_own() -> None:
    assert one_guest(add(1, quantity=2), merge(4), guest=[add(2), removal(3)]) == {MUG: 2}


def test_what_the_customer_removes_after_the_merge_is_the_guests_too() -> None:
    assert one_guest(add(1), merge(3), removal(4), guest=[add(2)]) == {}
    assert one_guest(add(1), merge(3), removal(4, EVERY_SKU), guest=[add(2)]) == {}


def test_what_a_guest_adds_after_the_customers_removal_stays() -> None:
    minutes = [NOW + timedelta(hours=2, minutes=minute) for minute in (10, 20)]
    removed, added = (ids.event_id(minute, 7) for minute in minutes)
    own = [merge(2), Change(Kind.REMOVE, MUG, removed)]
    guest = [add(1), Change(Kind.ADD, MUG, added, 3)]
    assert one_guest(*own, guest=guest) == {MUG: 3}


def test_an_order_placed_before_the_merge_does_not_take_what_the_guest_had() -> None:
    assert one_guest(add(1), removal(3, EVERY_SKU), merge(4), guest=[add(2)]) == {MUG: 1}


def test_a_merge_that_is_repeated_brings_nothing_back() -> None:
    assert one_guest(merge(3), removal(4), merge(5, number=1), guest=[add(2)]) == {}


def test_a_merge_is_the_last_add_and_what_the_guest_adds_is_not() -> None:
    merged = cart([merge(3)], {GUESTS[0]: [add(4)]})
    assert merged.last_added_at == NOW + timedelta(hours=3)
    assert merged.updated_at == NOW + timedelta(hours=4)


def test_merges_count_however_many_and_those_that_are_checked_out_matter_no_more() -> None:
    names = [f"guest-{number:032x}" for number in range(MAX_MERGED + 5)]
    merges = [Change(Kind.MERGE, name, at(1, 100 + i)) for i, name in enumerate(names)]
    assert list(Cart(merges, LATER).merged_at) == names
    ordered = removal(3, EVERY_SKU)
    assert Cart([*merges, ordered], LATER).merged_at == {}
    again = Change(Kind.MERGE, names[3], at(4, 900))
    assert Cart([*merges, ordered, again], LATER).merged_at == {names[3]: merges[3].event_id}


def test_an_order_at_the_end_of_a_merges_grace_leaves_what_the_guest_does_with_it() -> None:
    at_the_end, later = removal(4, EVERY_SKU), Change(Kind.REMOVE, EVERY_SKU, at(5))
    assert list(Cart([merge(3), at_the_end], LATER).merged_at) == [GUESTS[0]]
    assert Cart([merge(3), later], LATER).merged_at == {}


@pytest.mark.parametrize(
    ("minutes", "counts"), [(-60, True), (0, True), (60, True), (61, False), (60 * 24 * 30, False)]
)
def test_what_a_guest_does_long_after_the_merge_is_not_the_customers(
    minutes: int, *, counts: bool
) -> None:
    """Whoever else knows the token, on a shared computer, must not fill the cart."""
    later = ids.event_id(NOW + timedelta(hours=3, minutes=minutes), 77)
    now = NOW + timedelta(days=31)
    guest = Cart([add(2), Change(Kind.ADD, TEAPOT, later, 1)], now)
    together = Cart([merge(3)], now, {GUESTS[0]: guest})
    assert together.quantities == ({MUG: 1, TEAPOT: 1} if counts else {MUG: 1})
    removed = Cart([add(2), Change(Kind.REMOVE, MUG, later)], now)
    if minutes > 0:
        left = Cart([merge(3)], now, {GUESTS[0]: removed}).quantities
        assert left == ({} if counts else {MUG: 1})


@pytest.mark.parametrize("minutes", [-60, 0, 59, 60, 61, 60 * 24])
@pytest.mark.parametrize(("merged", "other"), [GUESTS, GUESTS[::-1]])
def test_what_a_guest_asks_for_is_taken_until_an_hour_after_the_last_merge(
    minutes: int, merged: str, other: str
) -> None:
    asked = ids.event_id(NOW + timedelta(hours=3, minutes=minutes), 77)
    assert Cart([merge(1, merged), merge(3, merged, 1)], LATER).takes(merged, asked) == (
        minutes <= 60
    )
    assert Cart([merge(3, merged)], LATER).takes(other, asked)
    assert Cart([add(2)], LATER).takes(merged, asked)


def test_a_later_merge_brings_what_the_guest_did_between_them() -> None:
    assert one_guest(merge(3), merge(9, number=1), guest=[add(2), add(8)]) == {MUG: 2}


@pytest.mark.parametrize("guest", [[], [add(1), removal(2)], [add(1), removal(2, EVERY_SKU)]])
def test_the_merge_of_an_empty_cart_is_no_shopping(guest: list[Change]) -> None:
    assert cart([add(1), merge(3)], {GUESTS[0]: guest}).last_added_at == NOW + timedelta(hours=1)
    assert cart([merge(3)], {GUESTS[0]: guest}).last_added_at is None


@pytest.mark.parametrize(
    ("left", "unsold", "hours"),
    [
        ({MUG}, {MUG}, 1),
        ({MUG, TEAPOT}, {MUG, TEAPOT}, 1),
        ({MUG, TEAPOT}, {MUG}, 3),
        ({MUG}, {TEAPOT}, 3),
        (set(), {MUG}, 1),
    ],
)
def test_the_merge_of_what_is_no_longer_sold_is_no_shopping(
    left: set[str], unsold: set[str], hours: int
) -> None:
    guest = [Change(Kind.ADD, sku, at(0, number), 1) for number, sku in enumerate(sorted(left))]
    merged = cart([add(1), merge(3)], {GUESTS[0]: guest})
    assert merged.last_added_at == NOW + timedelta(hours=3 if left else 1)
    assert merged.without_sale_of(unsold).last_added_at == NOW + timedelta(hours=hours)
    assert merged.without_sale_of(unsold) == merged


@pytest.mark.parametrize(("shopper", "other"), [GUESTS, GUESTS[::-1]])
def test_the_merge_of_an_empty_cart_is_no_shopping_of_another_guest(
    shopper: str, other: str
) -> None:
    together = cart([merge(3, shopper), merge(5, other, 1)], {shopper: [add(4)], other: []})
    assert together.last_added_at == NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("guest", "hours"),
    [
        ([add(1)], 3),
        ([add(1), add(2), removal(1, TEAPOT)], 3),
        ([add(1), add(5)], 5),
        ([add(4)], 5),
        ([add(1), add(9)], 9),
        ([add(1), removal(4)], None),
    ],
)
def test_a_merge_that_is_repeated_with_nothing_new_is_no_shopping(
    guest: list[Change], hours: int | None
) -> None:
    merges = [merge(3), merge(5, number=1), merge(6, number=2), merge(9, number=3)]
    last = cart(merges, {GUESTS[0]: guest}).last_added_at
    assert last == (None if hours is None else NOW + timedelta(hours=hours))


def test_what_was_checked_out_stays_away_when_the_first_merge_has_expired() -> None:
    changes = [merge(3), removal(4, EVERY_SKU), merge(50, number=1)]
    guest = [Change(Kind.ADD, MUG, ids.event_id(NOW + timedelta(hours=3, minutes=30), 78), 1)]
    for minutes in range(0, 24 * 60, 15):
        now = NOW + LIFETIME + timedelta(minutes=minutes)
        merged = Cart(changes, now, {GUESTS[0]: Cart(guest, now)})
        assert merged.is_empty
        assert merged.knowing([]).is_empty
        assert merged.knowing([removal(60)]).is_empty
