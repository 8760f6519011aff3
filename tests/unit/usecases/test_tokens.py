"""For how long guests and readers of mails are known by their tokens."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from chalicelib import wiring
from chalicelib.domain.errors import CartLinkUnknown, ExpiredToken, GuestUnknown
from chalicelib.domain.events import GuestCartId
from chalicelib.usecases import cart_links, tokens
from tests.support.builders import CART_ID, NOW
from tests.support.fakes import FixedKeys, RecordingBus
from tests.support.times import DAY

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch) -> RecordingBus:
    bus = RecordingBus()
    settings = SimpleNamespace(shop_url="https://shop.example.com/api/")
    adapters = SimpleNamespace(signing_keys=FixedKeys(), settings=settings, event_bus=bus)
    monkeypatch.setattr(wiring, "adapters", adapters)
    return bus


def test_a_guest_is_known_for_thirty_days() -> None:
    guest = tokens.new_guest(NOW)
    assert guest.expires_at == NOW + 30 * DAY
    cart_id = tokens.cart_of(guest.token, guest.expires_at - SECOND)
    assert msgspec.convert(cart_id, GuestCartId) == cart_id
    with pytest.raises(GuestUnknown):
        tokens.cart_of(guest.token, guest.expires_at)


def test_two_guests_have_carts_of_their_own() -> None:
    carts = {tokens.cart_of(tokens.new_guest(NOW).token, NOW) for _ in range(10)}
    assert len(carts) == 10


def test_a_mails_link_stops_reminders_for_sixty_days() -> None:
    token = tokens.unsubscribe_link(CART_ID, NOW).partition("=")[2]
    assert tokens.cart_to_unsubscribe(token, NOW + 60 * DAY - SECOND) == CART_ID
    with pytest.raises(ExpiredToken):
        tokens.cart_to_unsubscribe(token, NOW + 60 * DAY)


def link_token(at: datetime = NOW) -> str:
    address, _, token = cart_links.address_of(CART_ID, 1_772_445_600, 2, at).partition("=")
    assert address == "https://shop.example.com/api/#cart-link"
    return token


def test_a_mails_link_leads_to_the_cart_for_a_week() -> None:
    link = cart_links.read(link_token(), NOW + 7 * DAY - SECOND)
    assert link == (CART_ID, 1_772_445_600, 2, NOW)
    with pytest.raises(CartLinkUnknown):
        cart_links.read(link_token(), NOW + 7 * DAY)


def test_following_a_link_is_told_by_the_same_event_each_time(bus: RecordingBus) -> None:
    for later in (SECOND, DAY):
        cart_links.tell(cart_links.read(link_token(), NOW + later))
    one, other = bus.published
    assert one == other
    assert one.metadata.occurred_at == NOW
    assert (one.data.cart_id, one.data.window, one.data.step) == (CART_ID, 1_772_445_600, 2)
