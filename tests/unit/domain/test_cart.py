from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.domain import events, ids
from chalicelib.domain.cart import (
    EVERY_SKU,
    LIFETIME,
    MAX_CHANGES,
    MAX_MERGED,
    MAY_RETURN,
    REMEMBERED,
    Cart,
    Change,
    Contact,
    Kind,
    PriceSeen,
    change_of,
    contact_of,
    price_seen_in,
)
from chalicelib.domain.events import Customer, Envelope, ItemAddedToCart, Recipient
from tests.support.builders import (
    NOW,
    add,
    checked_out,
    checkout,
    item_added,
    item_removed,
    keyed_id,
    new_id,
    reminder_due,
    removal,
)
from tests.support.products import MUG, TEA, TEAPOT
from tests.support.times import DAY, MINUTE

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


def test_a_change_counts_for_sixty_days_and_is_remembered_for_as_many_again() -> None:
    assert (LIFETIME, REMEMBERED) == (60 * DAY, 120 * DAY)


def test_what_a_cart_keeps_and_what_may_return_has_limits() -> None:
    assert MAX_MERGED == LIFETIME // DAY
    assert MAX_CHANGES * 45 < 18.5 * 1024, "20 write units of a line are for all that it holds"
    assert timedelta(hours=2) == MAY_RETURN


def test_a_request_is_found_by_any_id_of_its_idempotency_key() -> None:
    early, late = add(MUG, key="k"), add(MUG, at=NOW + MINUTE, key="k")
    assert cart(early, add(TEAPOT)).find(late.event_id) == early


@pytest.mark.parametrize("key", ["a", "b", "c", "d", "e", "f"])
def test_a_request_with_another_key_is_not_found(key: str) -> None:
    other = cart(add(MUG, key="one"), add(TEAPOT, at=NOW + MINUTE, key="two"))
    assert other.find(add(MUG, key=key).event_id) is None


def test_a_merge_is_never_undone() -> None:
    merge = Change(Kind.MERGE, f"guest-{1:032x}", new_id(NOW))
    changes = [merge, checkout(NOW + MINUTE), removal(MUG, NOW + MINUTE), add(MUG, at=NOW + MINUTE)]
    assert not cart(*changes).was_undone(merge, before=new_id(NOW + 2 * MINUTE))


class TestAKeyThatIsUsedForAnotherRequest:
    FIRST = Change(Kind.ADD, MUG, keyed_id("k", "add 1"), 1)

    @pytest.mark.parametrize(
        ("kind", "sku", "quantity"),
        [
            (Kind.ADD, MUG, 5),
            (Kind.ADD, TEAPOT, 1),
            (Kind.REMOVE, MUG, 0),
            (Kind.REMOVE, EVERY_SKU, 0),
        ],
    )
    def test_counts_for_the_first_alone(self, kind: Kind, sku: str, quantity: int) -> None:
        other = Change(kind, sku, keyed_id("k", "other", NOW + MINUTE), quantity)
        for changes in permutations([self.FIRST, other, add(TEA)]):
            assert cart(*changes).quantities == {MUG: 1, TEA: 1}
            assert cart(*changes).find(other.event_id) == self.FIRST

    def test_never_counts_later_either(self) -> None:
        """What repeated the key of a change must not appear when that change has expired."""
        other = Change(Kind.ADD, TEAPOT, keyed_id("k", "other", NOW + LIFETIME / 2), 1)
        for days in range(0, 125, 5):
            assert TEAPOT not in Cart([self.FIRST, other], NOW + days * DAY).quantities

    @pytest.mark.parametrize("after", [LIFETIME, LIFETIME + MILLISECOND, 2 * LIFETIME])
    def test_counts_again_when_the_key_has_lapsed(self, after: timedelta) -> None:
        other = Change(Kind.ADD, TEAPOT, keyed_id("k", "other", NOW + after), 1)
        assert Cart([self.FIRST, other], NOW + after).quantities == {TEAPOT: 1}

    def test_is_told_from_a_repetition(self) -> None:
        again, other = keyed_id("k", "add 1", NOW + MINUTE), keyed_id("k", "add 5", NOW + MINUTE)
        assert ids.tail_of(again) == ids.tail_of(self.FIRST.event_id)
        assert ids.tail_of(other) != ids.tail_of(again)
        assert ids.key_of(other) == ids.key_of(again)


@pytest.mark.parametrize(
    ("first", "then", "undone"),
    [
        (add(MUG), removal(MUG, NOW + MINUTE), True),
        (add(MUG), removal(EVERY_SKU, NOW + MINUTE), True),
        (add(MUG), removal(TEAPOT, NOW + MINUTE), False),
        (add(TEAPOT), removal(MUG, NOW + MINUTE), False),
        (add(MUG), add(MUG, at=NOW + MINUTE), False),
        (removal(EVERY_SKU), add(MUG, at=NOW + MINUTE), True),
        (removal(MUG), add(MUG, at=NOW + MINUTE), True),
        (removal(MUG), add(TEAPOT, at=NOW + MINUTE), False),
        (removal(MUG), removal(MUG, NOW + MINUTE), False),
        (add(MUG, at=NOW + MINUTE), removal(MUG), False),
    ],
)
def test_a_change_is_undone_by_a_later_one_of_the_opposite_kind(
    first: Change, then: Change, *, undone: bool
) -> None:
    assert cart(first, then).was_undone(first, before=new_id(NOW + 2 * MINUTE)) is undone
    assert not cart(first, then).was_undone(first, before=new_id(NOW))


def test_a_change_is_not_undone_before_the_request_that_undoes_it() -> None:
    first, then = add(MUG), removal(MUG, NOW + MINUTE)
    assert not cart(first, then).was_undone(first, before=then.event_id)


def test_a_removal_has_no_quantity() -> None:
    assert removal(MUG).quantity == checkout().quantity == 0


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
        change_of(reminder_due())


def test_intent_is_the_kind_the_sku_and_the_tail() -> None:
    change = add(MUG)
    assert change.intent == (Kind.ADD, MUG, ids.tail_of(change.event_id))


class TestTheContact:
    EVERYTHING = ("ada@example.com", "Ada", "de", "Europe/Berlin")

    def test_is_all_that_an_add_tells_of_its_customer(self) -> None:
        added = item_added(customer=Customer("ada", *self.EVERYTHING))
        contact = contact_of(added)
        assert contact == Contact(ids.split(added.metadata.event_id)[0], *self.EVERYTHING)
        assert contact.recipient("ada") == Recipient("ada", *self.EVERYTHING)

    def test_may_be_an_address_and_nothing_else(self) -> None:
        contact = contact_of(item_added(customer=Customer("ada", "ada@example.com")))
        assert contact is not None
        assert contact.recipient("ada") == Recipient("ada", "ada@example.com")

    def test_is_none_where_no_address_is_told(self) -> None:
        assert contact_of(item_added(customer=Customer("ada", name="Ada"))) is None
        assert contact_of(item_removed()) is None

    def test_of_two_is_the_later_one(self) -> None:
        earlier, later = Contact("019cade21100", "z@example.com"), Contact("019cade21101", "a@a.a")
        assert max(earlier, later) == max(later, earlier) == later


class TestThePriceSeen:
    def test_is_what_an_add_tells(self) -> None:
        data = ItemAddedToCart("ada", Customer("ada"), MUG, 2, 1450, "EUR")
        added = events.first(new_id(), data)
        seen = PriceSeen(ids.split(added.metadata.event_id)[0], 1450, "EUR")
        assert price_seen_in(added) == seen

    def test_is_none_where_no_price_is_told(self) -> None:
        assert price_seen_in(item_added()) is None
        assert price_seen_in(item_removed()) is None

    def test_of_a_line_in_several_carts_is_the_latest(self) -> None:
        merge = Change(Kind.MERGE, f"guest-{1:032x}", new_id(NOW))
        earlier, later = PriceSeen("019cade21100", 9, "EUR"), PriceSeen("019cade21101", 1, "EUR")
        for own, guests in ((earlier, later), (later, earlier)):
            guest = Cart([add(MUG)], NOW, prices_seen={MUG: guests})
            together = Cart([merge], NOW, {merge.sku: guest}, prices_seen={MUG: own})
            assert together.price_seen(MUG) == later
        assert cart(add(MUG)).price_seen(MUG) is None
