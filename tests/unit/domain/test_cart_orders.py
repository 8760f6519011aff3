"""What an order takes out of a cart, and what comes back when it is cancelled."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, LIFETIME, MAY_RETURN, Cart, Change, Kind
from tests.support.builders import NOW, add, cancellation, order, removal
from tests.support.products import MUG, TEA

MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(days=1)


def cart(*changes: Change) -> Cart:
    return Cart(changes, LATER)


def test_an_order_takes_what_it_holds_out_of_the_cart():
    mug, tea = add(MUG, 2), add(TEA, 1)
    assert cart(mug, tea, order(mug, tea)).is_empty


def test_an_order_swallows_no_add_that_it_does_not_hold():
    mug, late = add(MUG, 2), add(MUG, 1, NOW - MINUTE)
    assert cart(mug, order(mug), late).quantities == {MUG: 1}


def test_what_is_added_after_an_order_is_in_the_cart():
    mug = add(MUG, 2)
    assert cart(mug, order(mug), add(MUG, 1, NOW + MINUTE)).quantities == {MUG: 1}


def test_an_order_holds_the_first_try_of_a_request_that_comes_after_its_repetition():
    second, first = add(MUG, 2, NOW, key="a"), add(MUG, 2, NOW - MINUTE, key="a")
    assert cart(second, order(second), first).is_empty


def test_an_order_does_not_hold_what_is_added_with_its_key_once_that_is_free_again():
    mug = add(MUG, 2, NOW, key="a")
    again = add(MUG, 1, NOW + LIFETIME, key="a")
    then = NOW + LIFETIME + MINUTE
    assert Cart([mug, order(mug, at=NOW + 5 * MINUTE), again], then).quantities == {MUG: 1}


def test_what_a_cancelled_order_held_is_back_in_the_cart():
    mug, tea = add(MUG, 2), add(TEA, 1)
    assert cart(mug, tea, order(mug, tea), cancellation()).quantities == {MUG: 2, TEA: 1}


@pytest.mark.parametrize(
    ("after", "may"),
    [(timedelta(0), True), (MAY_RETURN - MINUTE, True), (MAY_RETURN, False), (LIFETIME, False)],
)
def test_what_was_ordered_may_return_for_a_while(after, may):
    mug = add(MUG, 2)
    changes = [mug, order(mug, at=NOW)]
    assert Cart(changes, NOW + after).may_return == may
    assert not Cart([*changes, cancellation()], NOW + after).may_return
    assert not Cart([mug], NOW + after).may_return


def test_what_was_removed_after_an_order_does_not_come_back_with_its_cancellation():
    mug, tea = add(MUG, 2), add(TEA, 1)
    removed = removal(MUG, NOW + MINUTE)
    assert cart(mug, tea, order(mug, tea), removed, cancellation()).quantities == {TEA: 1}


def test_a_line_that_was_ordered_since_does_not_come_back():
    mug, tea = add(MUG, 2), add(TEA, 1)
    again = add(MUG, 1, NOW + 2 * MINUTE)
    later = order(again, at=NOW + 3 * MINUTE, number=2)
    assert cart(mug, tea, order(mug, tea), again, later, cancellation()).quantities == {TEA: 1}


def test_a_line_of_an_earlier_order_comes_back():
    earlier, mug = add(MUG, 1, NOW - 9 * MINUTE), add(MUG, 2)
    before = order(earlier, at=NOW - 5 * MINUTE, number=2)
    assert cart(earlier, before, mug, order(mug), cancellation()).quantities == {MUG: 2}


def test_what_came_back_can_be_ordered_again():
    mug = add(MUG, 2)
    again = order(mug, at=NOW + MINUTE, number=2)
    assert cart(mug, order(mug), cancellation(), again).is_empty
    cancelled = cancellation(2)
    assert cart(mug, order(mug), cancellation(), again, cancelled).quantities == {MUG: 2}


def test_an_order_holds_what_a_guest_added():
    guest = Cart([added := add(MUG, 2)], LATER)
    merge = Change(Kind.MERGE, "guest-1", add(at=NOW + MINUTE).event_id)
    assert Cart([merge, order(added, at=NOW + 2 * MINUTE)], LATER, {"guest-1": guest}).is_empty


def test_a_repeated_add_that_is_in_an_order_is_not_in_the_cart_any_more():
    mug = add(MUG, 2)
    ordered = order(mug, at=NOW + MINUTE)
    before, after = add(at=NOW + MINUTE / 2).event_id, add(at=NOW + 2 * MINUTE).event_id
    assert cart(mug, ordered).was_undone(mug, before=after)
    assert not cart(mug, ordered).was_undone(mug, before=before)
    assert not cart(mug, ordered).was_undone(mug, before=ordered.event_id)
    assert not cart(mug, ordered, cancellation()).was_undone(mug, before=after)


@pytest.mark.parametrize("behind", [timedelta(), timedelta(milliseconds=1), ids.MAX_CLOCK_SKEW])
def test_an_add_was_done_even_if_the_clock_behind_its_order_is_behind(behind):
    mug = add(MUG)
    ordered = order(mug, at=NOW - behind)
    assert not cart(mug, ordered).was_undone(mug, before=mug.event_id)


def test_nothing_undid_an_add_before_it_was_done():
    mug = add(MUG)
    ordered = order(mug, at=NOW - 2 * MINUTE)
    between = add(at=NOW - MINUTE).event_id
    assert not cart(mug, ordered).was_undone(mug, before=between)


_ADDS = [add(sku, 1, NOW + n * MINUTE, key=f"{sku} {n}") for n in range(3) for sku in (MUG, TEA)]
_CHANGES = st.one_of(
    st.sampled_from(_ADDS),
    st.builds(
        lambda held, minutes, number: order(*held, at=NOW + minutes * MINUTE, number=number),
        st.lists(st.sampled_from(_ADDS), min_size=1, max_size=4),
        st.integers(0, 3),
        st.integers(1, 3),
    ),
    st.builds(cancellation, st.integers(1, 3)),
    st.builds(
        lambda sku, minutes: removal(sku, NOW + minutes * MINUTE, key=f"{sku} at {minutes}"),
        st.sampled_from([MUG, TEA, EVERY_SKU]),
        st.integers(0, 3),
    ),
)


@given(st.data())
def test_the_order_and_repetition_of_orders_and_cancellations_change_nothing(data):
    changes = data.draw(st.lists(_CHANGES, max_size=12))
    again = data.draw(st.lists(st.sampled_from(changes), max_size=4)) if changes else []
    shuffled = data.draw(st.permutations(changes + again))
    assert Cart(shuffled, LATER) == Cart(changes, LATER)
    assert Cart(shuffled, LATER).quantities == Cart(changes, LATER).quantities


@given(st.lists(_CHANGES, max_size=12))
def test_every_add_is_in_the_cart_or_removed_or_held_by_an_order(changes):
    cart = Cart(changes, LATER)
    without = [one for one in changes if one.kind not in {Kind.ORDER, Kind.CANCEL}]
    unordered = {one.event_id for one in Cart(without, LATER).adds()}
    held = {ids.tail_of(one) for change in changes for one in change.adds}
    shown = {one.event_id for one in cart.adds()}
    assert shown <= unordered
    assert {ids.tail_of(one) for one in unordered - shown} <= held
