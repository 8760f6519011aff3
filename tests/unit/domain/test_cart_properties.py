"""Any order, any duplication of the same history: the same cart."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.cart import EVERY_SKU, LIFETIME, REMEMBERED, Cart, Change, Kind
from tests.support.builders import NOW
from tests.support.products import MUG, TEAPOT

# Few times, keys and SKUs, so that ties, repeated keys and removals of what is there are common.
_TIMES = st.integers(0, 12).map(lambda hours: NOW + timedelta(hours=hours))
_KEYS = st.builds(
    lambda key, request: request << ids.KEY_BITS | key, st.integers(0, 5), st.integers(0, 2)
)
_SKUS = st.sampled_from([MUG, TEAPOT])

_IDS = st.builds(ids.event_id, _TIMES, _KEYS)
_ADDS = st.builds(Change, st.just(Kind.ADD), _SKUS, _IDS, st.integers(1, 99))
_REMOVALS = st.builds(Change, st.just(Kind.REMOVE), _SKUS | st.just(EVERY_SKU), _IDS)

HISTORIES = st.lists(_ADDS | _ADDS | _REMOVALS, max_size=20)
LATER = NOW + timedelta(days=1)


@st.composite
def deliveries(draw: st.DrawFn, history: st.SearchStrategy = HISTORIES) -> tuple[list, list]:
    """Return a history, and the same in another order with some of it delivered again."""
    changes = draw(history)
    again = draw(st.lists(st.sampled_from(changes), max_size=8)) if changes else []
    return changes, draw(st.permutations(changes + again))


def till(changes: Iterable[Change], since: datetime = ids.EPOCH) -> dict[str, int]:
    """Run a history as a till would: in order, each key once, quantities altered in place.

    What happened up to ``since`` takes its key, and does nothing else.
    """
    seen, quantities = set(), Counter()
    for change in sorted(changes, key=lambda one: (one.event_id, one.quantity, one.intent)):
        if ids.key_of(change.event_id) in seen:
            continue
        seen.add(ids.key_of(change.event_id))
        if ids.time_of(change.event_id) <= since:
            continue
        if change.kind is Kind.ADD:
            quantities[change.sku] += change.quantity
        elif change.sku == EVERY_SKU:
            quantities.clear()
        else:
            quantities.pop(change.sku, None)
    return dict(quantities)


@given(deliveries())
def test_order_and_repetition_change_nothing(delivered: tuple[list, list]) -> None:
    history, shuffled = delivered
    assert Cart(shuffled, LATER) == Cart(history, LATER)
    assert list(Cart(shuffled, LATER).quantities.items()) == list(
        Cart(history, LATER).quantities.items()
    )


@given(deliveries(), _IDS)
def test_order_and_repetition_change_nothing_about_a_request(
    delivered: tuple[list, list], request_id: str
) -> None:
    history, shuffled = delivered
    assert Cart(shuffled, LATER).find(request_id) == Cart(history, LATER).find(request_id)


@given(deliveries())
def test_the_cart_is_what_a_till_makes_of_the_history_in_order(
    delivered: tuple[list, list],
) -> None:
    history, shuffled = delivered
    assert Cart(shuffled, LATER).quantities == till(history)


@given(deliveries(), st.integers(0, 24))
def test_changes_past_their_lifetime_count_for_nothing(
    delivered: tuple[list, list], hours: int
) -> None:
    history, shuffled = delivered
    now = NOW + LIFETIME + timedelta(hours=hours)
    assert Cart(shuffled, now).quantities == till(history, since=now - LIFETIME)


@given(deliveries(), st.integers(0, 24))
def test_changes_that_are_not_remembered_might_as_well_not_be_there(
    delivered: tuple[list, list], hours: int
) -> None:
    history, shuffled = delivered
    now = NOW + REMEMBERED + timedelta(hours=hours)
    kept = [change for change in history if ids.time_of(change.event_id) > now - REMEMBERED]
    assert Cart(shuffled, now) == Cart(kept, now)
