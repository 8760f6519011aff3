from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, LIFETIME, Cart, Change, Kind, change_of
from chalicelib.domain.events import Envelope
from tests.support.builders import (
    NOW,
    add,
    checked_out,
    checkout,
    item_added,
    item_removed,
    reminder_due,
    removal,
)
from tests.support.products import MUG, TEAPOT
from tests.support.times import MINUTE

MILLISECOND = timedelta(milliseconds=1)


def cart(*changes: Change) -> Cart:
    return Cart(changes, NOW + timedelta(hours=1))


def test_a_cart_without_changes_is_empty() -> None:
    assert cart().is_empty
    assert cart().quantities == {}
    assert cart().last_added_at is None
    assert cart().updated_at is None


def test_quantities_of_adds_to_a_line_add_up() -> None:
    assert cart(add(MUG, 2), add(MUG, 3), add(TEAPOT)).quantities == {MUG: 5, TEAPOT: 1}


def test_quantity_ignores_a_repeated_add() -> None:
    once = add(MUG, 2)
    assert cart(once, once).quantities == {MUG: 2}


def test_an_idempotency_key_counts_once_and_from_its_earliest_use() -> None:
    early = add(MUG, 2, NOW, key="k")
    late = add(MUG, 5, NOW + 2 * MINUTE, key="k")
    between = removal(MUG, NOW + MINUTE)
    assert cart(late, early).quantities == {MUG: 2}
    assert cart(early, late).last_added_at == NOW
    assert cart(late, between, early).is_empty


def test_lines_are_in_the_order_in_which_they_came_in() -> None:
    changes = [add(MUG, at=NOW + MINUTE), add(TEAPOT, at=NOW), add(MUG, at=NOW + 2 * MINUTE)]
    assert list(cart(*changes).quantities) == [TEAPOT, MUG]


def test_a_removal_takes_what_was_added_before_it() -> None:
    changes = [add(MUG, 2), add(TEAPOT), removal(MUG, NOW + MINUTE)]
    assert cart(*changes).quantities == {TEAPOT: 1}


def test_a_removal_leaves_what_was_added_after_it() -> None:
    changes = [removal(MUG, NOW), add(MUG, 2, NOW + MILLISECOND), add(MUG, 1, NOW - MILLISECOND)]
    assert cart(*changes).quantities == {MUG: 2}


def test_a_checkout_empties_every_line() -> None:
    changes = [add(MUG), add(TEAPOT), checkout(NOW + MINUTE)]
    assert cart(*changes).is_empty


def test_a_checkout_leaves_what_was_added_after_it() -> None:
    changes = [add(MUG), checkout(NOW + MINUTE), add(MUG, 4, NOW + 2 * MINUTE)]
    assert cart(*changes).quantities == {MUG: 4}


def test_an_older_removal_never_lowers_a_younger_one() -> None:
    changes = [removal(MUG, NOW + 2 * MINUTE), removal(MUG, NOW), add(MUG, at=NOW + MINUTE)]
    assert cart(*changes).is_empty


def test_last_added_at_counts_what_was_removed_since() -> None:
    changes = [add(MUG, at=NOW), add(TEAPOT, at=NOW + MINUTE), removal(TEAPOT, NOW + 2 * MINUTE)]
    assert cart(*changes).last_added_at == NOW + MINUTE


def test_updated_at_is_the_time_of_the_youngest_change() -> None:
    changes = [add(MUG, at=NOW), removal(TEAPOT, NOW + MINUTE)]
    assert cart(*changes).updated_at == NOW + MINUTE


def test_a_change_counts_until_its_lifetime_ends() -> None:
    one = add(MUG, 3)
    assert Cart([one], NOW + LIFETIME - MILLISECOND).quantities == {MUG: 3}
    assert Cart([one], NOW + LIFETIME).is_empty


def test_a_request_is_found_by_any_id_of_its_idempotency_key() -> None:
    early, late = add(MUG, key="k"), add(MUG, at=NOW + MINUTE, key="k")
    assert cart(early, add(TEAPOT)).find(late.event_id) == early


def test_a_key_that_was_used_for_two_changes_finds_each_by_its_own_id() -> None:
    mug, teapot = add(MUG, key="k"), add(TEAPOT, at=NOW + MINUTE, key="k")
    assert cart(mug, teapot).find(teapot.event_id) == teapot
    assert cart(mug, teapot).find(mug.event_id) == mug


def test_a_request_that_made_no_change_is_not_found() -> None:
    assert cart(add(MUG)).find(add(MUG).event_id) is None


def test_carts_of_the_same_changes_are_equal_and_hash_alike() -> None:
    one, other = add(MUG), removal(TEAPOT)
    assert cart(one, other) == cart(other, one, one)
    assert hash(cart(one, other)) == hash(cart(other, one))
    assert cart(one) != cart(other)
    assert cart() != "cart"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (item_added(MUG, 2), lambda event_id: Change(Kind.ADD, MUG, event_id, 2)),
        (item_removed(MUG), lambda event_id: Change(Kind.REMOVE, MUG, event_id)),
        (checked_out(), lambda event_id: Change(Kind.REMOVE, EVERY_SKU, event_id)),
    ],
)
def test_change_of_each_event(event: Envelope, expected: Callable[[str], Change]) -> None:
    assert change_of(event) == expected(event.metadata.event_id)


def test_a_due_reminder_changes_no_cart() -> None:
    with pytest.raises(TypeError, match="CartReminderDue"):
        change_of(reminder_due())  # type: ignore[arg-type]


def test_intent_is_the_kind_the_sku_and_the_tail() -> None:
    change = add(MUG)
    assert change.intent == (Kind.ADD, MUG, ids.tail_of(change.event_id))
