"""What becomes of a guest's requests when the cart becomes a customer's."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from chalicelib import wiring
from chalicelib.domain.cart import Change, Kind
from chalicelib.usecases.cart_requests import Failed, Succeeded, status_of
from tests.support import builders
from tests.support.builders import CART_ID, new_id
from tests.support.catalog import CATALOG, LANGUAGE
from tests.support.fakes import InMemoryCarts, InMemoryFailures
from tests.support.products import MUG
from tests.support.times import DAY, HOUR, NOON

GUEST = f"guest-{7:032x}"
JOB = {"event": "ItemAddedToCart", "sku": MUG, "quantity": 2}


@pytest.fixture
def carts(monkeypatch: pytest.MonkeyPatch) -> InMemoryCarts:
    carts = InMemoryCarts()
    shop = SimpleNamespace(carts=carts, failures=InMemoryFailures(), catalog=CATALOG)
    monkeypatch.setattr(wiring, "adapters", shop)
    return carts


def added(carts: InMemoryCarts, at: datetime, cart_id: str = GUEST) -> str:
    change = builders.add(MUG, 2, at)
    assert carts.record(cart_id, change, NOON + DAY)
    return change.event_id


def merged(carts: InMemoryCarts) -> None:
    """Have the guest's cart merged at noon."""
    carts.claim_guest(GUEST, CART_ID, NOON)
    carts.record(CART_ID, Change(Kind.MERGE, GUEST, new_id(NOON)), NOON)


@pytest.mark.parametrize(
    "after", [-HOUR, timedelta(0), HOUR, HOUR + timedelta(seconds=1), 9 * HOUR]
)
def test_what_a_guest_adds_is_lost_from_an_hour_after_the_merge_on(
    carts: InMemoryCarts, after: timedelta
) -> None:
    merged(carts)
    status = status_of(GUEST, added(carts, NOON + after), NOON + DAY, LANGUAGE)
    if after <= HOUR:
        assert isinstance(status, Succeeded)
    else:
        assert isinstance(status, Failed)
        assert (status.error.code, status.job) == ("cart_merged", JOB)


@pytest.mark.parametrize("claimed", [[], [f"guest-{8:032x}"], [GUEST]])
def test_nothing_is_lost_of_a_cart_that_was_not_merged(
    carts: InMemoryCarts, claimed: list[str]
) -> None:
    """It may be claimed, by a run that ended before it had written the merge."""
    for guest in claimed:
        carts.claim_guest(guest, CART_ID, NOON)
    request_id = added(carts, NOON + 9 * HOUR)
    assert isinstance(status_of(GUEST, request_id, NOON + DAY, LANGUAGE), Succeeded)


def test_a_customer_loses_nothing_by_a_merge(carts: InMemoryCarts) -> None:
    merged(carts)
    request_id = added(carts, NOON + 9 * HOUR, CART_ID)
    assert isinstance(status_of(CART_ID, request_id, NOON + DAY, LANGUAGE), Succeeded)
