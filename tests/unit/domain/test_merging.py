"""A customer's cart with guests' carts merged into it: a union, in whatever order it is told."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, MOST_MERGED, Cart, Change, Kind
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
    assert one_guest(merge(1), guest=[add(5, quantity=3)]) == {MUG: 3}


def test_what_a_guest_removes_is_the_guests_own() -> None:
    assert one_guest(add(1, quantity=2), merge(4), guest=[add(2), removal(3)]) == {MUG: 2}


def test_what_the_customer_removes_after_the_merge_is_the_guests_too() -> None:
    assert one_guest(add(1), merge(3), removal(4), guest=[add(2)]) == {}
    assert one_guest(add(1), merge(3), removal(4, EVERY_SKU), guest=[add(2)]) == {}


def test_an_order_placed_before_the_merge_does_not_take_what_the_guest_had() -> None:
    assert one_guest(add(1), removal(3, EVERY_SKU), merge(4), guest=[add(2)]) == {MUG: 1}


def test_a_merge_that_is_repeated_brings_nothing_back() -> None:
    assert one_guest(merge(3), removal(4), merge(5, number=1), guest=[add(2)]) == {}


def test_a_merge_is_the_last_add_and_what_the_guest_adds_is_not() -> None:
    merged = cart([merge(3)], {GUESTS[0]: [add(5)]})
    assert merged.last_added_at == NOW + timedelta(hours=3)
    assert merged.updated_at == NOW + timedelta(hours=5)


def test_of_endless_merges_the_first_count() -> None:
    names = [f"guest-{number:032x}" for number in range(MOST_MERGED + 5)]
    merges = [Change(Kind.MERGE, name, at(1, number)) for number, name in enumerate(names)]
    assert list(Cart(merges, LATER).merged_at) == names[:MOST_MERGED]
