"""What each consumer does about an event, and about one that it cannot use."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain import events
from chalicelib.domain.cart import MAX_MERGED
from chalicelib.domain.errors import (
    ErrorBody,
    MailOutcomeUnknown,
    MailRateExceeded,
    MailRejected,
    TransientError,
)
from chalicelib.domain.events import (
    CartCheckedOut,
    Customer,
    Event,
    GuestCartMerged,
    ItemAddedToCart,
    ItemRemovedFromCart,
    Recipient,
    ReminderSent,
    ReminderSkipped,
)
from chalicelib.domain.reminders import ReminderRule
from chalicelib.domain.signing import SigningKey
from chalicelib.entrypoints import consumers
from tests.support import builders
from tests.support.catalog import CATALOG, LOCALES, SHOP, TEXTS, catalog_on, without
from tests.support.fakes import (
    FixedKeys,
    InMemoryCarts,
    InMemoryFailures,
    InMemoryPreferences,
    InMemoryReminderLog,
    InMemorySchedules,
    InMemorySuppressions,
    Outbox,
    RecordingBus,
)
from tests.support.products import FAILING, MUG, TEAPOT
from tests.support.standing_clock import standing_clock
from tests.support.times import NOON

RULE = ReminderRule(window=timedelta(hours=1), delay=timedelta(days=1))
ADA = Customer("ada", "ada@example.com", "Ada")
RECIPIENT = Recipient("ada", "ada@example.com", "Ada")


CONSUMERS = [
    "persist_cart",
    "schedule_reminder",
    "record_failure",
    "suppress_address",
]


class Run:
    """Lambda's context object; ``left`` tells the milliseconds that the run may still take."""

    aws_request_id = "3f6c2a3e-0000-4000-8000-000000000000"

    def __init__(self, left: Callable[[], int] = lambda: 60_000) -> None:
        self.get_remaining_time_in_millis = left


class FakeQueue:
    def __init__(self) -> None:
        self.waits: dict[str, int] = {}
        self.error: Exception | None = None

    def retry_after(self, receipt_handle, seconds) -> None:
        if self.error:
            raise self.error
        self.waits[receipt_handle] = seconds


class FakeSettings:
    stage = "dev"
    languages = SHOP.languages
    reminder_rule = RULE
    shop_url = "https://shop.example.com/"


class World:
    def __init__(self) -> None:
        self.settings = FakeSettings()
        self.catalog = CATALOG
        self.shop = SHOP
        self.locales = LOCALES
        self.texts = TEXTS
        self.carts = InMemoryCarts()
        self.failures = InMemoryFailures()
        self.reminder_schedules = InMemorySchedules()
        self.reminder_log = InMemoryReminderLog()
        self.mailer = Outbox()
        self.reminder_queue = FakeQueue()
        self.queue = {"reminders": self.reminder_queue}.__getitem__
        self.suppressions = InMemorySuppressions()
        self.preferences = InMemoryPreferences()
        self.signing_keys = FixedKeys()
        self.event_bus = RecordingBus()

    def add(self, at: datetime = NOON, cart_id: str = ADA.id) -> None:
        self.carts.record(cart_id, builders.add(MUG, 2, at), at)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "adapters", world)
    return world


@pytest.fixture(autouse=True)
def clock():
    with standing_clock(NOON) as clock:
        yield clock


def on_bus(event: Event, at: datetime = NOON) -> dict[str, Any]:
    return builders.on_bus(events.first(builders.new_id(at), event))


def added() -> dict[str, Any]:
    return on_bus(ItemAddedToCart("ada", ADA, MUG, 2))


def keyed(key: str, sku: str = MUG, at: datetime = NOON) -> dict[str, Any]:
    return builders.on_bus(builders.item_added(sku, 2, at, key=key, customer=ADA))


class TestPersistCart:
    def test_writes_an_add(self, world):
        result = consumers.persist_cart(added(), None)
        assert result == {
            "source": "cart.consumers",
            "action": "persisted",
            "repeated": False,
            "late": False,
            "age_ms": 0,
        }
        assert world.carts.read("ada", NOON).quantities == {MUG: 2}

    @pytest.mark.parametrize(
        ("hours", "late"), [(0, False), (24, False), (25, True), (24 * 40, True)]
    )
    def test_says_when_the_wake_up_may_have_missed_the_add(self, world, hours, late):
        event = added()
        with standing_clock(NOON + timedelta(hours=hours)):
            assert consumers.persist_cart(event, None)["late"] is late

    def test_never_takes_a_removal_for_late(self, world):
        event = on_bus(CartCheckedOut("ada"))
        with standing_clock(NOON + timedelta(days=10)):
            assert consumers.persist_cart(event, None)["late"] is False

    def test_fails_for_five_minutes_after_an_add_of_the_failing_product(self, world):
        event = on_bus(ItemAddedToCart("ada", ADA, FAILING, 2))
        for minutes in (0, 1, 3, 4.99):
            with standing_clock(NOON + timedelta(minutes=minutes)), pytest.raises(TransientError):
                consumers.persist_cart(event, None)
        assert world.carts.read("ada", NOON).is_empty
        with standing_clock(NOON + timedelta(minutes=5)):
            assert consumers.persist_cart(event, None)["action"] == "persisted"
        assert world.carts.read("ada", NOON).quantities == {FAILING: 2}

    def test_rejects_the_failing_product_on_a_stage_with_customers(self, world):
        world.catalog = catalog_on("prod")
        result = consumers.persist_cart(on_bus(ItemAddedToCart("ada", ADA, FAILING, 2)), None)
        assert (result["action"], result["error"]["code"]) == ("rejected", "unknown_sku")

    def test_removes_the_failing_product_at_once(self, world):
        result = consumers.persist_cart(on_bus(ItemRemovedFromCart("ada", FAILING)), None)
        assert result["action"] == "persisted"

    def test_changes_nothing_when_the_event_comes_again(self, world):
        event = added()
        consumers.persist_cart(event, None)
        assert consumers.persist_cart(event, None)["repeated"] is True
        assert world.carts.read("ada", NOON).quantities == {MUG: 2}

    @pytest.mark.parametrize("seconds", [0, 5])
    @pytest.mark.parametrize("after", [None, ItemRemovedFromCart("ada", MUG)])
    def test_does_not_fail_for_what_it_wrote_before_the_product_was_withdrawn(
        self, world, seconds, after
    ):
        consumers.persist_cart(keyed("k"), None)
        if after is not None:
            consumers.persist_cart(on_bus(after, NOON + timedelta(seconds=1)), None)
        world.catalog = without(MUG)
        again = keyed("k", at=NOON + timedelta(seconds=seconds))
        assert consumers.persist_cart(again, None)["repeated"] is True
        assert world.carts.read("ada", NOON).quantities == ({} if after else {MUG: 2})

    @pytest.mark.parametrize(("key", "sku"), [("k", TEAPOT), ("other", MUG)])
    def test_rejects_an_add_of_a_withdrawn_product_whatever_else_it_wrote(self, world, key, sku):
        consumers.persist_cart(keyed(key, sku), None)
        world.catalog = without(MUG)
        result = consumers.persist_cart(keyed("k", at=NOON + timedelta(seconds=5)), None)
        assert (result["action"], result["error"]["code"]) == ("rejected", "unknown_sku")

    @pytest.mark.parametrize("change", [ItemRemovedFromCart("ada", MUG), CartCheckedOut("ada")])
    def test_writes_removals_and_check_outs(self, world, change):
        world.add()
        later = on_bus(change, NOON + timedelta(seconds=1))
        consumers.persist_cart(later, None)
        assert world.carts.read("ada", NOON).is_empty

    @pytest.mark.parametrize(
        ("broken", "code"),
        [
            ({"source": "somebody.else"}, "unknown_event"),
            ({"detail-type": "CartReminderDue"}, "unknown_event"),
            ({"detail": {}}, "malformed_event"),
            ({"detail": None}, "malformed_event"),
            ({"detail": {"metadata": {"version": "2.0"}}}, "unsupported_version"),
        ],
    )
    def test_rejects_what_no_retry_can_save(self, world, broken, code):
        result = consumers.persist_cart({**added(), **broken}, None)
        assert (result["action"], result["error"]["code"]) == ("rejected", code)

    @pytest.mark.parametrize(
        ("part", "hostile"),
        [
            ("data", {"quantity": 10**9}),
            ("data", {"quantity": None}),
            ("data", {"sku": "x" * 200_000}),
            ("data", {"cart_id": "grace"}),
            ("data", {"customer": {"id": "ada", "name": "n" * 200_000}}),
            ("data", {"customer": {"id": "ada", "email": "a b@example.com"}}),
            ("metadata", {"version": "1." + "0" * 200_000}),
            ("metadata", {"event_id": builders.new_id(NOON + timedelta(hours=1))}),
            ("metadata", {"correlation_id": "ada@example.com"}),
        ],
    )
    @pytest.mark.parametrize("consumer", ["persist_cart", "schedule_reminder"])
    def test_rejects_hostile_values_and_does_nothing(self, world, consumer, part, hostile):
        result = getattr(consumers, consumer)(changed(added(), part, **hostile), None)
        assert (result["action"], result["error"]["code"]) == ("rejected", "malformed_event")
        assert world.carts.read("ada", NOON).is_empty
        assert world.reminder_schedules.due == {}

    def test_raises_what_a_retry_may_save(self, world):
        world.carts.fail_next(TransientError("busy"))
        with pytest.raises(TransientError):
            consumers.persist_cart(added(), None)

    @pytest.mark.parametrize(("late", "age"), [(1500, 1500), (0, 0), (-20, 0)])
    def test_tells_how_old_the_event_is_but_never_that_it_is_from_the_future(
        self, world, clock, late, age
    ):
        event = added()
        clock.move_to(NOON + timedelta(milliseconds=late))
        assert consumers.persist_cart(event, None)["age_ms"] == age


class TestScheduleReminder:
    def test_schedules_a_day_after_the_end_of_the_window(self, world):
        result = consumers.schedule_reminder(added(), None)
        window = RULE.of("ada").window_of(NOON)
        assert result["action"] == "scheduled"
        assert world.reminder_schedules.due == {("ada", window): RULE.of("ada").due_at(window)}
        assert timedelta(0) < RULE.of("ada").due_at(window) - NOON - RULE.delay <= RULE.window

    def test_schedules_once_for_many_adds_in_a_window(self, world):
        repeated = [consumers.schedule_reminder(added(), None)["repeated"] for _ in range(3)]
        assert repeated == [False, True, True]

    def test_schedules_nothing_for_whom_nobody_may_write_to(self, world):
        event = on_bus(ItemAddedToCart("ada", Customer("ada"), MUG, 2))
        result = consumers.schedule_reminder(event, None)
        assert (result["action"], result["reason"]) == ("skipped", "no_verified_address")
        assert world.reminder_schedules.due == {}

    @pytest.mark.parametrize("email", ["jörg@example.com", "ada@straße.example", "ada@localhost"])
    def test_schedules_nothing_for_an_address_that_cannot_be_mailed(self, world, email):
        event = on_bus(ItemAddedToCart("ada", Customer("ada", email), MUG, 2))
        result = consumers.schedule_reminder(event, None)
        assert (result["action"], result["reason"]) == ("skipped", "address_not_mailable")
        assert world.reminder_schedules.due == {}

    def test_rejects_what_is_no_add(self, world):
        event = on_bus(CartCheckedOut("ada"))
        assert consumers.schedule_reminder(event, None)["error"]["code"] == "unknown_event"
        assert world.reminder_schedules.due == {}


def due(cart_id: str = "ada", at: datetime = NOON) -> dict[str, Any]:
    add = builders.item_added(at=at, customer=builders.customer(cart_id))
    return builders.on_bus(builders.wake_up_of(RULE.of(cart_id), add))


def changed(event: dict[str, Any], part: str = "data", **fields: object) -> dict[str, Any]:
    """Return an event with some fields of its metadata or its data changed."""
    detail = {**event["detail"], part: {**event["detail"][part], **fields}}
    return {**event, "detail": detail}


def batch(*bodies: Any) -> dict[str, Any]:
    return {"Records": [builders.sqs_record(body) for body in bodies]}


def failed_ids(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


class TestMerging:
    @staticmethod
    def merged(number: int, at: datetime = NOON) -> dict[str, Any]:
        guest = f"guest-{number:032x}"
        return on_bus(GuestCartMerged("ada", ADA, guest), at)

    def test_is_refused_beyond_the_limit_and_the_guests_cart_stays_nobodys(self, world):
        for number in range(MAX_MERGED):
            assert consumers.persist_cart(self.merged(number), None)["action"] == "persisted"
        refused = consumers.persist_cart(self.merged(99), None)
        assert (refused["action"], refused["error"]["code"]) == ("rejected", "too_many_merges")
        world.carts.claim_guest(f"guest-{99:032x}", "bob", NOON)

    @pytest.mark.parametrize(
        ("customer", "action"), [("ada", "persisted"), ("bob", "rejected"), (None, "rejected")]
    )
    def test_goes_through_beyond_the_limit_only_if_the_guests_cart_is_the_customers_already(
        self, world, customer, action
    ):
        for number in range(MAX_MERGED):
            consumers.persist_cart(self.merged(number), None)
        if customer is not None:  # claimed by a run that was killed before it wrote the merge
            world.carts.claim_guest(f"guest-{99:032x}", customer, NOON)
        assert consumers.persist_cart(self.merged(99), None)["action"] == action

    def test_may_be_repeated_at_the_limit(self, world):
        for number in range(MAX_MERGED):
            consumers.persist_cart(self.merged(number), None)
        assert consumers.persist_cart(self.merged(3), None)["action"] == "persisted"

    def test_is_possible_again_after_a_check_out(self, world, clock):
        for number in range(MAX_MERGED):
            consumers.persist_cart(self.merged(number), None)
        later = NOON + timedelta(hours=2)
        clock.move_to(later)
        consumers.persist_cart(on_bus(CartCheckedOut("ada"), later), None)
        assert consumers.persist_cart(self.merged(99, later), None)["action"] == "persisted"


class TestSendReminder:
    @pytest.fixture(autouse=True)
    def _a_day_later(self, clock):
        clock.move_to(NOON + RULE.delay + RULE.window)  # when every cart's wake-up was due

    def test_sends_what_is_in_the_cart(self, world):
        world.add()
        assert consumers.send_reminder(batch(due()), Run()) == {"batchItemFailures": []}
        [mail] = world.mailer.sent
        assert mail.to == "ada@example.com"
        assert "Stoneware mug" in mail.text

    def test_sends_once_however_often_the_message_comes(self, world):
        world.add()
        consumers.send_reminder(batch(due(), due()), Run())
        consumers.send_reminder(batch(due()), Run())
        assert len(world.mailer.sent) == 1

    @pytest.mark.parametrize(
        ("late", "sent"),
        [
            (timedelta(0), True),
            (timedelta(days=2), True),
            (timedelta(days=2, seconds=1), False),
            (timedelta(days=13), False),
            (timedelta(days=28), False),
        ],
    )
    def test_sends_nothing_about_what_is_long_past(self, world, clock, capsys, late, sent):
        world.add()
        clock.move_to(RULE.due_at(RULE.of("ada").window_of(NOON)) + late)
        assert failed_ids(consumers.send_reminder(batch(due()), Run())) == []
        assert len(world.mailer.sent) == sent
        assert ('"reason":"too_late"' in capsys.readouterr().out) is not sent

    def test_is_not_late_because_the_delay_was_made_shorter(self, world):
        world.add()
        world.settings = SimpleNamespace(**vars(type(world.settings)))
        world.settings.reminder_rule = ReminderRule(RULE.window, -timedelta(days=30))
        consumers.send_reminder(batch(due()), Run())
        assert len(world.mailer.sent) == 1

    def test_sends_nothing_for_an_empty_cart(self, world, capsys):
        assert failed_ids(consumers.send_reminder(batch(due()), Run())) == []
        assert world.mailer.sent == []
        assert '"reason":"cart_empty"' in capsys.readouterr().out

    def test_sends_nothing_about_products_that_are_all_withdrawn(self, world, capsys):
        world.add()
        world.catalog = without(MUG)
        assert failed_ids(consumers.send_reminder(batch(due()), Run())) == []
        assert world.mailer.sent == []
        assert '"reason":"nothing_on_sale"' in capsys.readouterr().out
        world.catalog = CATALOG
        consumers.send_reminder(batch(due()), Run())
        assert len(world.mailer.sent) == 1, "nothing was claimed"

    def test_sends_nothing_to_an_address_that_cannot_be_mailed(self, world, capsys):
        world.add()
        customer = Customer("ada", "ada@straße.example")
        event = builders.on_bus(
            builders.wake_up_of(RULE.of("ada"), builders.item_added(at=NOON, customer=customer))
        )
        assert failed_ids(consumers.send_reminder(batch(event), Run())) == []
        assert world.mailer.sent == []
        assert world.failures.kept == []
        assert '"reason":"address_not_mailable"' in capsys.readouterr().out

    def test_leaves_out_what_is_withdrawn(self, world):
        world.add()
        world.carts.record("ada", builders.add(TEAPOT, 1, NOON), NOON)
        world.catalog = without(MUG)
        consumers.send_reminder(batch(due()), Run())
        [mail] = world.mailer.sent
        assert mail.subject == "You left 1 item in your cart"
        assert "Stoneware mug" not in mail.text

    def test_sends_nothing_to_whom_wants_no_reminders(self, world, capsys):
        world.add()
        world.preferences.opt_out("ada", NOON)
        consumers.send_reminder(batch(due()), Run())
        assert world.mailer.sent == []
        assert '"reason":"opted_out"' in capsys.readouterr().out

    def test_claims_nothing_while_the_link_cannot_be_signed(self, world):
        world.add()
        world.signing_keys.fail_next(TransientError("busy"))
        assert len(failed_ids(consumers.send_reminder(batch(due()), Run()))) == 1
        assert failed_ids(consumers.send_reminder(batch(due()), Run())) == []
        [mail] = world.mailer.sent
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_leaves_a_changed_cart_to_the_later_wake_up(self, world, capsys):
        world.add()
        world.add(at=NOON + timedelta(hours=5))
        consumers.send_reminder(batch(due()), Run())
        assert world.mailer.sent == []
        assert '"reason":"superseded"' in capsys.readouterr().out

    def test_names_only_the_message_that_failed(self, world):
        world.add(cart_id="ada")
        world.add(cart_id="grace")
        world.mailer.fail_next(TransientError("busy"))
        event = batch(due("ada"), due("grace"))
        answer = consumers.send_reminder(event, Run())
        assert failed_ids(answer) == [event["Records"][0]["messageId"]]
        assert [mail.to for mail in world.mailer.sent] == ["grace@example.com"]

    @pytest.mark.parametrize(
        ("receives", "least", "most"), [(1, 24, 30), (2, 48, 60), (5, 384, 480)]
    )
    def test_waits_longer_after_each_try(self, world, receives, least, most):
        world.add()
        world.mailer.fail_next(TransientError("busy"))
        record = builders.sqs_record(due(), receive_count=receives)
        consumers.send_reminder({"Records": [record]}, Run())
        assert least <= world.reminder_queue.waits[record["receiptHandle"]] <= most

    def test_names_the_message_even_if_its_wait_cannot_be_set(self, world):
        world.add()
        world.mailer.fail_next(TransientError("busy"))
        world.reminder_queue.error = TransientError("busy")
        assert len(failed_ids(consumers.send_reminder(batch(due()), Run()))) == 1

    def test_stops_before_its_time_is_over_and_gives_the_rest_back_at_once(self, world):
        customers = [f"customer-{number}" for number in range(10)]
        for customer in customers:
            world.add(cart_id=customer)
        event = batch(*map(due, customers))
        # SES takes ten seconds for each mail.
        answer = consumers.send_reminder(
            event, Run(lambda: 60_000 - 10_000 * len(world.mailer.sent))
        )
        assert [mail.to for mail in world.mailer.sent] == [
            f"{customer}@example.com" for customer in customers[:5]
        ]
        untried = event["Records"][5:]
        assert failed_ids(answer) == [record["messageId"] for record in untried]
        assert world.reminder_queue.waits == {record["receiptHandle"]: 0 for record in untried}

    @pytest.mark.parametrize("left", [0, 1, 19_999])
    def test_tries_one_message_however_little_time_there_is(self, world, left):
        world.add(cart_id="ada")
        world.add(cart_id="grace")
        event = batch(due("ada"), due("grace"))
        answer = consumers.send_reminder(event, Run(lambda: left))
        assert [mail.to for mail in world.mailer.sent] == ["ada@example.com"]
        assert failed_ids(answer) == [event["Records"][1]["messageId"]]

    def test_tries_first_what_was_passed_over_most_often(self, world):
        counts = {"ada": 1, "grace": 4, "edsger": 2, "barbara": 4}
        for customer in counts:
            world.add(cart_id=customer)
        records = [
            builders.sqs_record(due(customer), receive_count=count)
            for customer, count in counts.items()
        ]
        consumers.send_reminder({"Records": records}, Run())
        assert [mail.name or mail.to for mail in world.mailer.sent] == [
            f"{customer}@example.com" for customer in ("grace", "barbara", "edsger", "ada")
        ]

    def test_asks_no_more_when_ses_takes_no_more_mails_for_now(self, world):
        for customer in ("ada", "grace", "edsger"):
            world.add(cart_id=customer)
        records = [
            builders.sqs_record(due("ada"), receive_count=3),
            builders.sqs_record(due("grace"), receive_count=2),
            builders.sqs_record(due("edsger"), receive_count=1),
        ]
        world.mailer.fail_next(*[MailRateExceeded("too fast")] * 3)
        answer = consumers.send_reminder({"Records": records}, Run())
        assert failed_ids(answer) == [record["messageId"] for record in records]
        waits = [world.reminder_queue.waits[record["receiptHandle"]] for record in records]
        for wait, longest in zip(waits, (120, 60, 30), strict=True):
            assert longest * 4 // 5 <= wait <= longest
        consumers.send_reminder({"Records": records}, Run())
        assert world.mailer.sent == [], "the second and third refusal are still to come"
        consumers.send_reminder({"Records": records[:1]}, Run())
        consumers.send_reminder({"Records": records}, Run())
        assert len(world.mailer.sent) == 3

    @pytest.mark.parametrize("left", [0, 60_000])
    def test_names_every_message_once_if_nothing_can_be_given_back(self, world, left):
        for customer in ("ada", "grace", "edsger"):
            world.add(cart_id=customer)
        world.reminder_queue.error = TransientError("busy")
        world.mailer.fail_next(MailRateExceeded("too fast"))
        event = batch(due("ada"), due("grace"), due("edsger"))
        answer = consumers.send_reminder(event, Run(lambda: left))
        assert failed_ids(answer) == [record["messageId"] for record in event["Records"]]

    def test_gives_up_its_claim_when_the_mail_was_certainly_not_sent(self, world):
        world.add()
        world.mailer.fail_next(TransientError("busy"))
        consumers.send_reminder(batch(due()), Run())
        consumers.send_reminder(batch(due()), Run())
        assert len(world.mailer.sent) == 1

    def test_keeps_its_claim_when_the_mail_may_have_been_sent(self, world):
        world.add()
        world.mailer.fail_next(MailOutcomeUnknown("no answer"))
        assert len(failed_ids(consumers.send_reminder(batch(due()), Run()))) == 1
        assert len(failed_ids(consumers.send_reminder(batch(due()), Run()))) == 1
        assert world.mailer.sent == []

    def told(self, world) -> list[tuple[str, ...]]:
        return [
            (kept.data.detail_type, getattr(kept.data, "reason", ""))
            for kept in world.event_bus.published
        ]

    def test_tells_that_a_mail_was_sent_and_never_to_whom(self, world):
        world.add()
        wake_up = due()
        consumers.send_reminder(batch(wake_up), Run())
        [told] = world.event_bus.published
        window = wake_up["detail"]["data"]["window"]
        assert told.data == ReminderSent("ada", window, 1)
        assert told.metadata.causation_id == wake_up["detail"]["metadata"]["event_id"]
        assert "@" not in events.encode(told)

    @pytest.mark.parametrize(
        "change", [lambda world: None, lambda world: world.preferences.opt_out("ada", NOON)]
    )
    def test_tells_by_the_same_event_what_could_not_be_told_at_first(self, world, clock, change):
        world.add()
        wake_up = due()
        world.event_bus.fail_next(TransientError("busy"))
        assert len(failed_ids(consumers.send_reminder(batch(wake_up), Run()))) == 1
        clock.move_to(NOON + RULE.delay + RULE.window + timedelta(minutes=5))
        change(world)
        for _ in range(2):
            assert failed_ids(consumers.send_reminder(batch(wake_up), Run())) == []
        first, second = world.event_bus.published
        assert first == second
        assert first.data.detail_type == "ReminderSent"
        assert first.metadata.occurred_at == NOON + RULE.delay + RULE.window
        assert len(world.mailer.sent) == 1

    def test_tells_why_nothing_was_sent_by_the_same_event_each_time(self, world):
        wake_up = due()
        for _ in range(2):
            consumers.send_reminder(batch(wake_up), Run())
        first, second = world.event_bus.published
        assert first == second
        assert first.data == ReminderSkipped(
            "ada", wake_up["detail"]["data"]["window"], 1, "cart_empty"
        )

    def test_tells_another_reason_by_another_event(self, world):
        wake_up = due()
        consumers.send_reminder(batch(wake_up), Run())
        world.add(at=NOON + timedelta(hours=5))
        consumers.send_reminder(batch(wake_up), Run())
        assert self.told(world) == [
            ("ReminderSkipped", "cart_empty"),
            ("ReminderSkipped", "superseded"),
        ]
        assert len({kept.metadata.event_id for kept in world.event_bus.published}) == 2

    def test_tells_of_another_wake_up_that_it_found_the_mail_sent(self, world):
        world.add()
        consumers.send_reminder(batch(due()), Run())
        another = events.first(
            builders.new_id(NOON + RULE.window), ItemAddedToCart("ada", ADA, MUG, 1)
        )
        later = builders.wake_up_of(RULE.of("ada"), another)
        with standing_clock(NOON + RULE.delay + 2 * RULE.window):
            consumers.send_reminder(batch(builders.on_bus(later)), Run())
        assert self.told(world) == [("ReminderSent", ""), ("ReminderSkipped", "already_sent")]

    def test_tells_that_a_mail_was_refused(self, world):
        world.add()
        world.mailer.fail_next(MailRejected("rejected"))
        consumers.send_reminder(batch(due()), Run())
        assert self.told(world) == [("ReminderSkipped", "mail_refused")]

    def test_records_a_mail_that_is_rejected_for_good(self, world):
        world.add()
        world.mailer.fail_next(MailRejected("rejected"))
        event = due()
        assert failed_ids(consumers.send_reminder(batch(event), Run())) == []
        request_id = event["detail"]["metadata"]["event_id"]
        failure = world.failures.find("ada", request_id, "send_reminder")
        assert failure.error == ErrorBody("mail_rejected", "rejected")
        assert failure.event == event

    @pytest.mark.parametrize(
        "poison",
        [
            "not json",
            "[]",
            "7",
            "",
            "NaN",
            "1" * 5_000,
            "[" * 200_000,
            '{"detail": {}}',
            json.dumps(
                {"detail": {"metadata": {"event_id": "\ud800", "correlation_id": "\ud800"}}}
            ),
            json.dumps(changed(due(), "data", cart_id="grace")),
            json.dumps(changed(due(), "data", window=10**30)),
            json.dumps(changed(due(), "metadata", version="2.0")),
            json.dumps(changed(due(), "metadata", correlation_id="x" * 200_000)),
            json.dumps(changed(due(at=NOON + timedelta(hours=1)))),
            json.dumps({**due(), "source": "cart.api"}),
        ],
    )
    def test_records_a_poison_message_and_goes_on_with_the_batch(self, world, poison):
        world.add()
        assert failed_ids(consumers.send_reminder(batch(poison, due()), Run())) == []
        assert len(world.mailer.sent) == 1
        [failure] = world.failures.kept
        assert failure.function == "send_reminder"

    def test_keeps_a_poison_message_in_the_queue_while_it_cannot_be_recorded(self, world):
        world.failures.fail_next(TransientError("busy"))
        assert len(failed_ids(consumers.send_reminder(batch("not json"), Run()))) == 1


class TestDestinations:
    def test_failure_is_kept_with_its_job_and_the_whole_event(self, world):
        event = added()
        record = builders.invocation_record(
            event,
            {"errorType": "TransientError", "errorMessage": "busy"},
            condition="RetriesExhausted",
            attempts=3,
        )
        consumers.record_failure(builders.invocation_result(record), None)
        failure = world.failures.find("ada", event["detail"]["metadata"]["event_id"])
        assert failure.job == {"event": "ItemAddedToCart", "sku": MUG, "quantity": 2}
        assert failure.error.code == "retries_exhausted"
        assert failure.attempts == 3
        assert failure.event == event

    def test_rejection_is_kept_with_its_own_error(self, world):
        event = added()
        answer = {
            "source": "cart.consumers",
            "action": "rejected",
            "error": {"code": "line_full", "message": "Full."},
        }
        record = builders.invocation_record(event, answer)
        consumers.record_failure(builders.invocation_result(record), None)
        failure = world.failures.find("ada", event["detail"]["metadata"]["event_id"])
        assert failure.error == ErrorBody("line_full", "Full.")


class TestRefusing:
    """What comes to consumers without a destination of their own and is not what it should be."""

    @pytest.mark.parametrize(
        "hostile",
        [
            {},
            {"source": "cart.api", "detail": {}},
            {"source": "lambda"},
            {"source": "lambda", "detail": []},
            {"source": "lambda", "detail": {"requestContext": {"functionArn": "x" * 200_000}}},
            {**builders.invocation_result(builders.invocation_record({}, {})), "source": "evil"},
        ],
    )
    @pytest.mark.parametrize("consumer", ["record_failure", "suppress_address"])
    def test_is_recorded_and_not_retried(self, world, capsys, consumer, hostile):
        getattr(consumers, consumer)(hostile, Run())
        [failure] = world.failures.kept
        assert (failure.function, failure.cart_id) == (consumer, "unknown")
        assert failure.event == hostile
        assert '"outcome":"failed"' in capsys.readouterr().out

    @pytest.mark.parametrize("depth", [900, 1_500, 50_000])
    @pytest.mark.parametrize("place", ["detail", "data", "payload"])
    @pytest.mark.parametrize("name", CONSUMERS)
    def test_nothing_that_is_nested_too_deeply_is_retried(self, world, name, place, depth):
        nested: Any = {}
        for _ in range(depth):
            nested = {"a": [nested]}
        event = added()
        if place == "data":
            event["detail"]["data"]["more"] = nested
        elif place == "detail":
            event["detail"] = nested
        else:
            event = builders.invocation_result(builders.invocation_record(nested, {}))
        answer = getattr(consumers, name)(event, Run())
        assert answer["action"] in {"rejected", "recorded", "failed"}

    @pytest.mark.parametrize("depth", [400, 900, 50_000])
    def test_a_message_that_is_nested_too_deeply_leaves_the_queue(self, world, depth):
        body = '{"detail":' * depth + "{}" + "}" * depth
        record = builders.sqs_record(body)
        answer = consumers.send_reminder({"Records": [record]}, Run())
        assert answer == {"batchItemFailures": []}
        assert [failure.function for failure in world.failures.kept] == ["send_reminder"]

    def test_is_tried_again_while_it_cannot_be_recorded(self, world):
        world.failures.fail_next(TransientError("busy"))
        with pytest.raises(TransientError):
            consumers.record_failure({"source": "evil"}, Run())


class TestSuppressAddress:
    def report(self, *addresses: str) -> dict[str, Any]:
        recipients = [{"emailAddress": address} for address in addresses]
        return {
            "source": "aws.ses",
            "time": "2026-03-02T12:00:00Z",
            "detail": {"bounce": {"bounceType": "Permanent", "bouncedRecipients": recipients}},
        }

    def test_tells_that_an_address_is_suppressed_and_not_which(self, world):
        consumers.suppress_address(self.report("ada@example.com"), Run())
        [told] = world.event_bus.published
        assert told.data.reason == "bounced"
        assert "example" not in events.encode(told)

    def test_tells_the_same_of_each_spelling_and_another_thing_of_each_address(self, world):
        for address in ("ada@example.com", "ADA@Example.com", "grace@example.com"):
            consumers.suppress_address(self.report(address), Run())
        ada, again, grace = world.event_bus.published
        assert ada == again
        assert ada.data.address_hash != grace.data.address_hash

    def test_hashes_with_the_key_of_the_stage(self, world):
        consumers.suppress_address(self.report("ada@example.com"), Run())
        world.signing_keys.keys = (SigningKey(b"1" * 32, created_at=0),)
        consumers.suppress_address(self.report("ada@example.com"), Run())
        one, other = world.event_bus.published
        assert one.data.address_hash != other.data.address_hash

    def test_is_tried_again_when_it_cannot_be_told(self, world):
        world.event_bus.fail_next(TransientError("busy"))
        with pytest.raises(TransientError):
            consumers.suppress_address(self.report("ada@example.com"), Run())
        assert world.suppressions.contains("ada@example.com")
        consumers.suppress_address(self.report("ada@example.com"), Run())
        assert len(world.event_bus.published) == 1

    @pytest.mark.parametrize("time", [None, "yesterday", "2999-01-01T00:00:00Z", 7])
    def test_never_tells_a_time_that_is_none_or_in_the_future(self, world, time):
        consumers.suppress_address({**self.report("ada@example.com"), "time": time}, Run())
        [told] = world.event_bus.published
        assert told.metadata.occurred_at == NOON
