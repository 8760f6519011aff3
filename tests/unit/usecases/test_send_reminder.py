"""What becomes of a wake-up, as the cart, its customer and the clock are when it fires."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from msgspec import structs

from chalicelib import wiring
from chalicelib.domain import events, ids
from chalicelib.domain.cart import Contact
from chalicelib.domain.errors import ClaimHeld, MailOutcomeUnknown
from chalicelib.domain.events import CartReminderDue, Envelope
from chalicelib.domain.reminder_policy import QuietHours, ReminderPolicy
from chalicelib.domain.reminders import ReminderRule
from chalicelib.domain.shop import ReminderStep
from chalicelib.domain.texts import ReminderTexts
from chalicelib.usecases.send_reminder import remind
from tests.support import builders
from tests.support.builders import CART_ID, RECIPIENT
from tests.support.catalog import CATALOG, LOCALES, SHOP, TEXTS
from tests.support.fakes import (
    FixedKeys,
    InMemoryCarts,
    InMemoryPreferences,
    InMemoryReminderLog,
    InMemorySuppressions,
    Outbox,
    RecordingBus,
)
from tests.support.products import MUG
from tests.support.times import DAY, HOUR, MINUTE, NOON

SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
RULE = ReminderRule(window=HOUR, delay=DAY, later=(2 * DAY, 3 * DAY)).of(CART_ID)
WINDOW = RULE.window_of(NOON)
DUE_AT = RULE.due_at(WINDOW)
STEPS = ("first", "second", "third")


class World:
    """A shop with three reminders and its neighbours in memory; Ada has had a mug since noon."""

    def __init__(self) -> None:
        steps = tuple(ReminderStep(after="1d", texts=name) for name in STEPS)
        self.shop = structs.replace(SHOP, reminders=steps)
        self.settings = SimpleNamespace(
            languages=SHOP.languages, reminder_rule=RULE, shop_url="https://shop.example.com/"
        )
        self.catalog, self.locales, self.texts = CATALOG, LOCALES, self
        self.carts, self.event_bus, self.mailer = InMemoryCarts(), RecordingBus(), Outbox()
        self.reminder_log, self.signing_keys = InMemoryReminderLog(), FixedKeys()
        self.suppressions, self.preferences = InMemorySuppressions(), InMemoryPreferences()
        self.carts.record(CART_ID, builders.add(MUG, 2, NOON), NOON)

    def reminder(self, language: str, name: str) -> ReminderTexts:
        """Return texts that tell which ones they are by their heading."""
        return structs.replace(TEXTS.reminder(language, "reminder"), heading=f"The {name} reminder")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "adapters", world)
    return world


def wake_up(step: int = 1, added_at: datetime = NOON) -> Envelope[CartReminderDue]:
    """Return the wake-up that an add at a time leads to."""
    added = builders.item_added(at=added_at)
    return RULE.wake_up(added, RULE.window_of(added_at), step, RECIPIENT)


class TestPuttingOff:
    @pytest.mark.parametrize("late", [timedelta(0), SECOND / 4, 59 * SECOND, 7 * HOUR])
    def test_in_quiet_hours_it_says_how_many_seconds_are_left_of_them(
        self, world: World, late: timedelta
    ) -> None:
        now = datetime(2026, 3, 3, 23, tzinfo=DUE_AT.tzinfo) + late
        quiet = ReminderPolicy(quiet_hours=QuietHours("22:00", "08:00"))
        world.settings.reminder_rule = structs.replace(RULE, policy=quiet)
        outcome = remind(builders.on_bus(wake_up()), now)
        assert outcome["action"] == "put_off"
        until = now + timedelta(seconds=outcome["seconds"])
        morning = world.settings.reminder_rule.mailable_from(now, None)
        assert morning <= until < morning + SECOND
        assert isinstance(outcome["seconds"], int)
        assert (world.mailer.sent, world.event_bus.published) == ([], [])


class TestTheAddress:
    @pytest.mark.parametrize(
        ("later", "address"),
        [
            (-DAY, "ada@example.com"),
            (-MILLISECOND, "ada@example.com"),
            (timedelta(0), "ada@example.com"),
            (MILLISECOND, "new@example.com"),
            (HOUR, "new@example.com"),
        ],
    )
    def test_is_the_one_of_the_wake_up_unless_a_later_add_told_another(
        self, world: World, later: timedelta, address: str
    ) -> None:
        self.tell(world, later)
        remind(builders.on_bus(wake_up()), DUE_AT)
        [mail] = world.mailer.sent
        assert mail.to == address

    def test_is_the_latest_known_one_if_nothing_tells_which_add_the_wake_up_is_for(
        self, world: World
    ) -> None:
        self.tell(world, -DAY)
        event = wake_up()
        told = events.first(event.metadata.event_id, event.data)
        assert told.metadata.causation_id is None
        remind(builders.on_bus(told), DUE_AT)
        [mail] = world.mailer.sent
        assert mail.to == "new@example.com"

    @staticmethod
    def tell(world: World, later: timedelta) -> None:
        """Have another address known since a time, while the cart stays as it is."""
        at = ids.split(builders.new_id(NOON + later))[0]
        change = builders.removal(at=NOON - DAY)
        world.carts.record(CART_ID, change, NOON, Contact(at, "new@example.com"))


@pytest.mark.parametrize(("step", "name"), list(enumerate(STEPS, start=1)))
def test_each_step_of_the_plan_has_its_own_words(world: World, step: int, name: str) -> None:
    due = wake_up(step)
    remind(builders.on_bus(due), ids.time_of(due.metadata.event_id))
    [mail] = world.mailer.sent
    assert f"The {name} reminder" in mail.html


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_wake_ups_only_the_one_that_sent_tells_of_it(world: World, first: int) -> None:
    """Whichever comes first: one tells what it sent, the other that it found it sent."""
    both = [wake_up(), wake_up(added_at=NOON + HOUR)]
    both = [both[first], both[1 - first]]
    assert [remind(builders.on_bus(due), DUE_AT + HOUR)["action"] for due in both] == [
        "sent",
        "skipped",
    ]
    sent, skipped = world.event_bus.published
    assert (sent.data.detail_type, skipped.data.detail_type) == ("ReminderSent", "ReminderSkipped")
    assert [told.metadata.causation_id for told in (sent, skipped)] == [
        due.metadata.event_id for due in both
    ]


def test_a_mail_that_may_have_been_sent_is_sent_again_after_two_minutes(world: World) -> None:
    world.mailer.fail_next(MailOutcomeUnknown("no answer"))
    with pytest.raises(MailOutcomeUnknown):
        remind(builders.on_bus(wake_up()), DUE_AT)
    with pytest.raises(ClaimHeld):
        remind(builders.on_bus(wake_up()), DUE_AT + 2 * MINUTE - SECOND)
    assert remind(builders.on_bus(wake_up()), DUE_AT + 2 * MINUTE)["action"] == "sent"
