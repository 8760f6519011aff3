from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.cart import Cart, Change, Contact, Kind
from chalicelib.domain.reminder_outcomes import Send, Skip
from chalicelib.domain.reminders import ReminderRule, retry_delay
from tests.support.builders import (
    CART_ID,
    NOW,
    RECIPIENT,
    add,
    cancellation,
    checkout,
    customer,
    item_added,
    order,
    removal,
    wake_up_of,
)
from tests.support.products import MUG, TEAPOT
from tests.support.times import DAY, HOUR

RULE = ReminderRule(window=HOUR, delay=DAY)
MILLISECOND = timedelta(milliseconds=1)
WINDOW = RULE.window_of(NOW)

RULES = st.builds(
    ReminderRule,
    window=st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    delay=st.integers(0, 10 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(RULES, TIMES)
def test_a_wake_up_is_due_after_every_moment_of_its_window(
    rule: ReminderRule, at: datetime
) -> None:
    waited = rule.due_at(rule.window_of(at)) - at
    assert rule.delay < waited <= rule.delay + rule.window


@given(RULES, TIMES, TIMES)
def test_windows_follow_time(rule: ReminderRule, one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert rule.window_of(earlier) <= rule.window_of(later)
    if later - earlier >= rule.window:
        assert rule.window_of(earlier) < rule.window_of(later)


def test_ten_adds_in_one_window_are_one_wake_up() -> None:
    start = RULE.due_at(WINDOW) - DAY - HOUR
    adds = [item_added(at=start + timedelta(minutes=6 * number)) for number in range(10)]
    wake_ups = [wake_up_of(RULE, added) for added in adds]
    assert {wake_up.data.window for wake_up in wake_ups} == {WINDOW}
    assert len({wake_up.metadata.event_id for wake_up in wake_ups}) == 1


def test_adds_in_two_windows_are_two_wake_ups() -> None:
    one, other = wake_up_of(RULE, item_added(at=NOW)), wake_up_of(RULE, item_added(at=NOW + HOUR))
    assert other.data.window == one.data.window + HOUR.total_seconds()
    assert other.metadata.event_id != one.metadata.event_id


def test_the_first_wake_up_is_known_by_its_cart_and_window_alone() -> None:
    """A deployment must not give another id to a wake-up that is scheduled already."""
    event_id = wake_up_of(RULE, item_added()).metadata.event_id
    bits = ids.intent_bits("reminder", CART_ID, "1772445600")
    assert event_id == ids.event_id(datetime(2026, 3, 3, 10, tzinfo=UTC), bits)


def test_two_carts_have_wake_ups_of_their_own() -> None:
    bob = customer("bob")
    one, other = wake_up_of(RULE, item_added()), wake_up_of(RULE, item_added(customer=bob))
    assert one.metadata.event_id != other.metadata.event_id


def test_a_wake_up_happens_when_it_is_due_and_knows_the_add_behind_it() -> None:
    added = item_added()
    wake_up = wake_up_of(RULE, added)
    assert wake_up.metadata.occurred_at == RULE.due_at(WINDOW)
    assert wake_up.metadata.causation_id == added.metadata.event_id
    assert wake_up.metadata.correlation_id == added.metadata.correlation_id
    assert wake_up.data.customer == RECIPIENT


def decide(*changes: Change, window: int = WINDOW) -> Send | Skip:
    return RULE.decide(Cart(changes, RULE.due_at(window)), window)


def test_a_cart_left_alone_is_sent_a_reminder() -> None:
    assert decide(add()) == Send(WINDOW)


def test_an_empty_cart_is_not() -> None:
    assert decide() is Skip.CART_EMPTY
    assert decide(add(), removal(at=NOW + HOUR)) is Skip.CART_EMPTY
    assert decide(add(), checkout(NOW + HOUR)) is Skip.CART_EMPTY


def test_a_cart_that_was_ordered_may_fill_again_until_the_order_is_paid_for() -> None:
    mug, due_at = add(), RULE.due_at(WINDOW)
    ordered = order(mug, at=due_at - HOUR)
    assert decide(mug, ordered) is Skip.ORDERED
    assert decide(mug, order(mug, at=due_at - DAY)) is Skip.CART_EMPTY
    assert decide(mug, ordered, cancellation(at=due_at - MILLISECOND)) == Send(WINDOW)


def test_a_younger_add_supersedes_the_wake_up() -> None:
    assert decide(add(at=NOW), add(TEAPOT, at=NOW + HOUR)) is Skip.SUPERSEDED


def test_a_younger_add_that_was_removed_supersedes_too() -> None:
    changes = [add(MUG, at=NOW), add(TEAPOT, at=NOW + HOUR), removal(TEAPOT, NOW + 2 * HOUR)]
    assert decide(*changes) is Skip.SUPERSEDED
    assert decide(*changes, window=WINDOW + 3600) == Send(WINDOW + 3600)


def test_a_wake_up_for_a_repeated_request_is_accounted_to_the_first_one() -> None:
    """Both wake-ups of one intent then claim the same mail, and only one gets it."""
    changes = [add(at=NOW, key="k"), add(at=NOW + HOUR, key="k")]
    assert decide(*changes) == Send(WINDOW)
    assert decide(*changes, window=WINDOW + 1) == Send(WINDOW)


# A few days, so that some wake-ups fire before later changes and some after.
_CHANGES = st.lists(
    st.builds(
        lambda kind, sku, hours, key: Change(
            kind,
            sku,
            ids.event_id(NOW + timedelta(hours=hours), key),
            1 if kind is Kind.ADD else 0,
        ),
        st.sampled_from([Kind.ADD, Kind.ADD, Kind.REMOVE]),
        st.sampled_from([MUG, TEAPOT]),
        st.integers(0, 96),
        st.integers(0, 9),
    ),
    max_size=12,
)


def sent(changes: list[Change]) -> list[int]:
    """Run every wake-up of a history when it is due; return the windows that got a mail."""
    windows = {RULE.window_of(ids.time_of(one.event_id)) for one in changes if one.kind is Kind.ADD}
    mailed: list[int] = []
    for window in sorted(windows):
        due_at = RULE.due_at(window)
        arrived = [one for one in changes if ids.time_of(one.event_id) <= due_at]
        decision = RULE.decide(Cart(arrived, due_at), window)
        if isinstance(decision, Send) and decision.window not in mailed:
            mailed.append(decision.window)
    return mailed


@given(st.data())
def test_order_and_repetition_change_no_mail(data: st.DataObject) -> None:
    history = data.draw(_CHANGES)
    again = data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    assert sent(data.draw(st.permutations(history + again))) == sent(history)


@given(_CHANGES)
def test_a_cart_that_is_left_full_gets_a_mail_for_its_last_add(history: list[Change]) -> None:
    cart = Cart(history, NOW + 10 * DAY)
    if cart.is_empty or cart.last_added_at is None:
        return
    assert sent(history)[-1:] == [RULE.window_of(cart.last_added_at)]


def test_next_due_at_is_when_the_mail_comes() -> None:
    cart = Cart([add()], NOW)
    assert RULE.next_due_at(cart, NOW) == RULE.due_at(WINDOW)


def test_there_is_no_next_mail_for_an_empty_cart_or_once_it_has_come() -> None:
    assert RULE.next_due_at(Cart([], NOW), NOW) is None
    assert RULE.next_due_at(Cart([add(), checkout(NOW + HOUR)], NOW), NOW) is None
    assert RULE.next_due_at(Cart([add()], NOW), RULE.due_at(WINDOW)) is None


def test_the_next_mail_is_told_up_to_the_moment_in_which_it_comes_and_never_after() -> None:
    cart, due_at = Cart([add()], NOW), RULE.due_at(WINDOW)
    assert RULE.next_due_at(cart, due_at - MILLISECOND) == due_at
    assert RULE.next_due_at(cart, due_at + DAY) is None


def test_a_wake_up_may_have_looked_from_a_minute_before_it_is_due() -> None:
    due_at = RULE.due_at(WINDOW)
    assert RULE.has_looked(NOW, due_at - timedelta(minutes=1))
    assert not RULE.has_looked(NOW, due_at - timedelta(minutes=1) - MILLISECOND)
    assert RULE.has_looked(NOW, due_at + DAY)


@pytest.mark.parametrize(
    ("hours", "has_one"), [(-24, False), (-1, False), (0, True), (1, True), (24, True)]
)
def test_a_wake_up_was_asked_for_if_an_address_was_known_by_the_end_of_the_window(
    hours: int, *, has_one: bool
) -> None:
    at = ids.split(ids.event_id(NOW + hours * HOUR, 0))[0]
    cart = Cart([add()], NOW, contact=Contact(at, "ada@example.com"))
    assert RULE.has_wake_up(cart) is has_one


def test_no_wake_up_was_asked_for_where_no_address_is_known_or_nothing_was_added() -> None:
    assert not RULE.has_wake_up(Cart([add()], NOW))
    known = Contact(ids.split(ids.event_id(NOW, 0))[0], "ada@example.com")
    assert not RULE.has_wake_up(Cart([], NOW, contact=known))


def test_an_add_in_the_moment_in_which_a_window_ends_is_in_the_next_one() -> None:
    end = RULE.due_at(WINDOW) - RULE.delay
    cart = Cart([add(at=end)], end)
    assert RULE.decide(cart, WINDOW) is Skip.SUPERSEDED
    assert RULE.decide(cart, RULE.window_of(end)) == Send(RULE.window_of(end))
    last = Cart([add(at=end - MILLISECOND)], end)
    assert RULE.decide(last, WINDOW) == Send(WINDOW)


def test_retries_wait_twice_as_long_each_time_up_to_an_hour() -> None:
    waits = [retry_delay(attempt, jitter=0) for attempt in range(1, 10)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


@pytest.mark.parametrize("attempt", [1, 5, 20])
def test_jitter_takes_up_to_a_fifth_off_the_wait(attempt: int) -> None:
    longest = retry_delay(attempt, jitter=0)
    assert retry_delay(attempt, jitter=1) == longest * 4 // 5


class TestADeploymentThatChangesTheLengthOfWindows:
    LENGTHS = st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))

    @given(TIMES, LENGTHS, LENGTHS)
    def test_leaves_every_pending_wake_up_its_reminder(
        self, at: datetime, before: timedelta, after: timedelta
    ) -> None:
        then, now = ReminderRule(before, DAY), ReminderRule(after, DAY)
        window = then.window_of(at)
        cart = Cart([add(at=at)], then.due_at(window))
        assert isinstance(now.decide(cart, window), Send)

    @given(TIMES, LENGTHS, LENGTHS, st.integers(1, 7_200))
    def test_leaves_the_reminder_to_exactly_one_of_two_wake_ups(
        self, at: datetime, before: timedelta, after: timedelta, seconds: int
    ) -> None:
        """One was scheduled before the deployment, and the other, for a later add, after it."""
        then, now = ReminderRule(before, DAY), ReminderRule(after, DAY)
        later = at + timedelta(seconds=seconds)
        cart = Cart([add(at=at), add(TEAPOT, at=later)], later)
        decisions = {now.decide(cart, then.window_of(at)), now.decide(cart, now.window_of(later))}
        assert decisions - {Skip.SUPERSEDED} == {Send(now.window_of(later))}

    def test_finds_what_was_sent_before_when_the_length_stays(self) -> None:
        assert RULE.window_of(NOW) == ReminderRule(HOUR, 3 * DAY).window_of(NOW)


class TestTheWindowsOfACart:
    @given(TIMES, st.text(min_size=1, max_size=40))
    def test_end_within_a_window_after_any_moment(self, at: datetime, cart_id: str) -> None:
        rule = RULE.of(cart_id)
        waited = rule.due_at(rule.window_of(at)) - at
        assert timedelta(0) < waited - rule.delay <= rule.window

    def test_are_those_of_the_rule_but_for_where_they_begin(self) -> None:
        assert RULE.of("ada") == ReminderRule(RULE.window, RULE.delay, RULE.of("ada").offset)
        assert RULE.of("ada").of("ada") == RULE.of("ada")
        assert RULE.offset == timedelta(0) <= RULE.of("ada").offset < RULE.window

    def test_of_an_hour_are_due_all_over_the_next_hour(self) -> None:
        """10,000 carts that are filled in the same second are due at up to 3,600 of them."""
        rules = [RULE.of(f"cart-{number}") for number in range(10_000)]
        due = [rule.due_at(rule.window_of(NOW)) for rule in rules]
        by_minute = Counter((at - NOW) // timedelta(minutes=1) for at in due)
        assert len(by_minute) in {60, 61}
        assert max(by_minute.values()) < 10_000 / 60 * 1.5
