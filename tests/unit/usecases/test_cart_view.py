"""What a cart shows to its owner and to a guest."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec import structs

from chalicelib import wiring
from chalicelib.domain import ids
from chalicelib.domain.cart import Contact
from chalicelib.domain.reminder_outcomes import SentReminder
from chalicelib.domain.reminder_policy import MaxMails, ReminderPolicy
from chalicelib.domain.reminders import ReminderRule
from chalicelib.usecases import cart_view
from tests.support import builders
from tests.support.builders import CART_ID
from tests.support.catalog import CATALOG, LANGUAGE
from tests.support.fakes import (
    InMemoryCarts,
    InMemoryPreferences,
    InMemoryReminderLog,
    InMemorySuppressions,
)
from tests.support.products import MUG
from tests.support.times import DAY, HOUR, NOON

GUEST = f"guest-{7:032x}"
ADDRESS = "ada@example.com"
RULE = ReminderRule(window=HOUR, delay=DAY, later=(3 * DAY,)).of(CART_ID)
STEPS = [RULE.due_at(RULE.window_of(NOON), step) for step in (1, 2)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a shop with two reminders, where Ada and a guest have had mugs since noon."""
    world = SimpleNamespace(
        settings=SimpleNamespace(reminder_rule=RULE),
        catalog=CATALOG,
        carts=InMemoryCarts(),
        reminder_log=InMemoryReminderLog(),
        preferences=InMemoryPreferences(),
        suppressions=InMemorySuppressions(),
    )
    contact = Contact(ids.split(builders.new_id(NOON))[0], ADDRESS)
    world.carts.record(CART_ID, builders.add(MUG, 2, NOON), NOON, contact)
    world.carts.record(GUEST, builders.add(MUG, 3, NOON), NOON)
    monkeypatch.setattr(wiring, "adapters", world)
    return world


def mailed(world: SimpleNamespace, *ages: timedelta) -> None:
    """Have reminders sent so long before noon."""
    for number, age in enumerate(ages):
        sent = SentReminder(number, 1, NOON - age, builders.new_id(), "message")
        world.reminder_log.kept[CART_ID, number, 1] = sent


@pytest.mark.parametrize(
    ("most", "ages", "promised"),
    [
        (MaxMails(1, 7), (), STEPS[0]),
        (MaxMails(1, 7), (DAY,), None),
        (MaxMails(1, 7), (4 * DAY,), STEPS[1]),
        (MaxMails(1, 7), (8 * DAY,), STEPS[0]),
        (MaxMails(2, 7), (DAY,), STEPS[0]),
        (MaxMails(2, 7), (DAY, 2 * DAY), None),
        (None, (DAY, 2 * DAY), STEPS[0]),
    ],
)
def test_a_reminder_is_promised_only_where_it_is_not_one_too_many(
    world, most, ages, promised
) -> None:
    policy = ReminderPolicy(max_mails=most)
    world.settings.reminder_rule = structs.replace(RULE, policy=policy)
    mailed(world, *ages)
    assert cart_view.show(CART_ID, NOON, LANGUAGE, ADDRESS).reminder_due_at == promised


def test_no_reminder_is_promised_after_the_last(world) -> None:
    policy = ReminderPolicy(max_mails=MaxMails(1, 7))
    for rule in (RULE, structs.replace(RULE, policy=policy)):
        world.settings.reminder_rule = rule
        assert cart_view.show(CART_ID, STEPS[1], LANGUAGE, ADDRESS).reminder_due_at is None


def test_a_guests_cart_is_shown_until_it_is_part_of_a_customers(world) -> None:
    assert [item.quantity for item in cart_view.show_openly(GUEST, NOON, LANGUAGE).items] == [3]
    world.carts.claim_guest(f"guest-{8:032x}", CART_ID, NOON)
    assert cart_view.show_openly(GUEST, NOON, LANGUAGE).total == 3 * CATALOG.require(MUG).unit_price
    world.carts.claim_guest(GUEST, CART_ID, NOON)
    claimed = cart_view.show_openly(GUEST, NOON, LANGUAGE)
    assert (claimed.items, claimed.total, claimed.updated_at) == ((), 0, None)
