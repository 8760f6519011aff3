"""Several reminders of one cart, and what limits them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from chalicelib.domain import ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.reminder_outcomes import ENDS_PLAN, PutOff, Send, SentReminder, Skip
from chalicelib.domain.reminder_policy import MaxMails, QuietHours, ReminderPolicy
from chalicelib.domain.reminders import ReminderRule
from tests.support.builders import NOW, RECIPIENT, add, item_added, wake_up_of
from tests.support.products import MUG, TEAPOT
from tests.support.times import DAY, HOUR

SECOND = timedelta(seconds=1)
PLAN = ReminderRule(window=HOUR, delay=3 * HOUR, later=(DAY, 3 * DAY))
NIGHT = QuietHours("21:00", "08:00")
WINDOW = PLAN.window_of(NOW)


def mail(window: int, step: int = 1, at: datetime = NOW) -> SentReminder:
    return SentReminder(window, step, at, "wake-up", "message")


class TestThePlan:
    def test_each_step_is_due_so_long_after_the_window(self) -> None:
        end = ids.EPOCH + timedelta(seconds=WINDOW)
        due = [PLAN.due_at(WINDOW, step) - end for step in (1, 2, 3)]
        assert due == [3 * HOUR, DAY, 3 * DAY]

    def test_a_step_has_a_wake_up_of_its_own(self) -> None:
        added = item_added()
        wake_ups = [PLAN.wake_up(added, WINDOW, step, RECIPIENT) for step in (1, 2, 3)]
        assert wake_ups[0] == wake_up_of(PLAN, added)
        assert [wake_up.data.step for wake_up in wake_ups] == [1, 2, 3]
        assert len({ids.tail_of(wake_up.metadata.event_id) for wake_up in wake_ups}) == 3

    def test_what_was_sent_of_one_step_is_not_sent_of_it_again(self) -> None:
        cart = Cart([add(MUG)], NOW)
        assert PLAN.decide(cart, WINDOW, 1, [mail(WINDOW)]) is Skip.ALREADY_SENT
        assert PLAN.decide(cart, WINDOW, sent=[mail(WINDOW)]) is Skip.ALREADY_SENT
        assert PLAN.decide(cart, WINDOW, 2, [mail(WINDOW)]) == Send(WINDOW)
        assert PLAN.decide(cart, WINDOW, 2, [mail(WINDOW, 2)]) is Skip.ALREADY_SENT
        assert PLAN.decide(cart, WINDOW, 1, [mail(WINDOW, 2)]) == Send(WINDOW)

    def test_what_was_sent_for_adds_before_the_end_of_a_window_is_not_of_the_one_at_its_end(
        self,
    ) -> None:
        end = ids.EPOCH + timedelta(seconds=WINDOW)
        sent, window = [mail(WINDOW)], PLAN.window_of(end)
        assert PLAN.decide(Cart([add(MUG, at=end)], end), window, 1, sent) == Send(window)

    @pytest.mark.parametrize(
        ("unsold", "later", "skipped"),
        [
            (set(), 0, Skip.ALREADY_SENT),
            (set(), 3600, Skip.ALREADY_SENT),
            ({TEAPOT}, -1, Skip.ALREADY_SENT),
            ({TEAPOT}, 0, Skip.ALREADY_SENT),
            ({TEAPOT}, 1, Skip.NOTHING_ON_SALE),
            ({TEAPOT}, 3600, Skip.NOTHING_ON_SALE),
        ],
    )
    def test_of_a_later_window_something_may_be_sold_again_and_then_the_plan_goes_on(
        self, unsold: set[str], later: int, skipped: Skip
    ) -> None:
        cart = Cart([add(MUG)], NOW).without_sale_of(unsold)
        assert PLAN.decide(cart, WINDOW + later, 1, [mail(WINDOW)]) is skipped
        assert PLAN.decide(cart, WINDOW + later, 2, [mail(WINDOW)]) == Send(WINDOW)

    def test_a_newer_add_has_a_plan_of_its_own(self) -> None:
        cart = Cart([add(MUG), add(TEAPOT, at=NOW + 5 * HOUR)], NOW)
        later = PLAN.window_of(NOW + 5 * HOUR)
        assert PLAN.decide(cart, WINDOW, 2, [mail(WINDOW)]) is Skip.SUPERSEDED
        assert PLAN.decide(cart, later, 1, [mail(WINDOW)]) == Send(later)

    @pytest.mark.parametrize("step", [4, 10])
    def test_a_step_that_is_no_part_of_it_any_more_is_skipped(self, step: int) -> None:
        assert PLAN.decide(Cart([add(MUG)], NOW), WINDOW, step) is Skip.NOT_PLANNED

    def test_tells_the_time_of_the_next_step_until_there_is_none(self) -> None:
        cart, now, told = Cart([add(MUG)], NOW), NOW, []
        while (due_at := PLAN.next_due_at(cart, now)) is not None:
            told.append(due_at)
            now = due_at
        assert told == [PLAN.due_at(WINDOW, step) for step in (1, 2, 3)]


class TestLimits:
    rule = structs.replace(
        PLAN,
        policy=ReminderPolicy(time_zone="Europe/Berlin", quiet_hours=NIGHT),
        offset=90 * SECOND,
    )

    def test_a_mail_waits_for_the_end_of_the_night_and_a_little_longer(self) -> None:
        night = datetime(2026, 3, 2, 23, tzinfo=UTC)
        morning = datetime(2026, 3, 3, 7, 1, 30, tzinfo=UTC)
        assert self.rule.mailable_from(night, None) == morning
        assert self.rule.limit("ada", [], None, night) == PutOff(morning)
        assert self.rule.limit("ada", [], None, morning) is None

    @pytest.mark.parametrize(
        ("hours", "later", "mailed"),
        [  # in hours after the window's end, at nine in the evening in Berlin
            (1, (5, 30), (11, 15, 40)),
            (1, (2, 3), (11, 12, 13)),
            (1, (13, 30), (11, 23, 40)),
            (12, (20, 21), (12, 20, 21)),
            (3, (24, 26), (11, 35, 37)),
        ],
    )
    def test_steps_of_one_night_keep_their_distance_in_the_morning(
        self, hours: int, later: tuple[int, ...], mailed: tuple[int, ...]
    ) -> None:
        delays = tuple(each * HOUR for each in later)
        rule = structs.replace(self.rule, delay=hours * HOUR, later=delays, offset=0 * SECOND)
        end = datetime(2026, 3, 2, 20, tzinfo=UTC)
        window, steps = int(end.timestamp()), range(1, rule.steps + 1)
        found = [rule.mailable_from(rule.due_at(window, step, None), None) for step in steps]
        assert found == [end + each * HOUR for each in mailed]
        cart = Cart([add(MUG, at=end - HOUR / 2)], end)
        told, now = list[datetime](), end
        while (due_at := rule.next_due_at(cart, now)) is not None:
            told.append(due_at)
            now = due_at
        assert told == found

    @given(
        times=st.lists(st.integers(1, 90), min_size=2, max_size=5, unique=True).map(sorted),
        begun=st.integers(0, 24 * 400),
        night=st.sampled_from([("21:00", "08:00"), ("00:00", "06:30"), ("12:00", "23:15")]),
        zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", None]),
    )
    def test_no_two_steps_are_mailed_closer_together_than_the_plan_has_them(
        self, times: list[int], begun: int, night: tuple[str, str], zone: str | None
    ) -> None:
        delay, *later = (each * HOUR for each in times)
        policy = ReminderPolicy(time_zone="Asia/Kolkata", quiet_hours=QuietHours(*night))
        rule = ReminderRule(HOUR, delay, offset=90 * SECOND, later=tuple(later), policy=policy)
        window = int((NOW + begun * HOUR).timestamp())
        steps = range(1, rule.steps + 1)
        mailed = [rule.mailable_from(rule.due_at(window, step, zone), zone) for step in steps]
        pauses = [one - other for one, other in zip(later, [delay, *later], strict=False)]
        found = [one - other for one, other in pairwise(reversed(mailed))][::-1]
        assert all(has >= wanted for has, wanted in zip(found, pauses, strict=True))
        assert all(rule.mailable_from(at, zone) - at < timedelta(minutes=2) for at in mailed)

    def test_carts_are_spread_over_the_hour_after_the_night(self) -> None:
        night = datetime(2026, 3, 2, 23, tzinfo=UTC)
        end = datetime(2026, 3, 3, 7, tzinfo=UTC)
        rule = structs.replace(self.rule, window=DAY)
        waits = {rule.of(f"customer-{n}").mailable_from(night, None) - end for n in range(200)}
        assert len(waits) > 150
        assert all(timedelta(0) <= wait < HOUR for wait in waits)

    def test_it_is_night_where_the_customer_is(self) -> None:
        noon_in_berlin = datetime(2026, 3, 2, 11, tzinfo=UTC)
        assert self.rule.limit("ada", [], "Europe/Berlin", noon_in_berlin) is None
        put_off = self.rule.limit("ada", [], "Pacific/Auckland", noon_in_berlin)
        assert put_off == PutOff(datetime(2026, 3, 2, 19, 1, 30, tzinfo=UTC))

    def test_what_waited_for_the_morning_is_not_late(self) -> None:
        night = datetime(2026, 3, 2, 21, tzinfo=UTC)
        latest = datetime(2026, 3, 5, 7, 1, 30, tzinfo=UTC)
        assert not self.rule.is_too_late(night, None, latest)
        assert self.rule.is_too_late(night, None, latest + SECOND)

    def test_the_greatest_lateness_is_the_shops(self) -> None:
        rule = structs.replace(PLAN, policy=ReminderPolicy(max_lateness=3600))
        assert not rule.is_too_late(NOW, None, NOW)
        assert not rule.is_too_late(NOW, None, NOW + HOUR)
        assert rule.is_too_late(NOW, None, NOW + HOUR + SECOND)

    def test_a_mail_too_many_is_skipped_and_the_cart_tells_the_one_after_it(self) -> None:
        most = ReminderPolicy(max_mails=MaxMails(mails=1, days=2))
        rule, cart = structs.replace(PLAN, policy=most), Cart([add(MUG)], NOW)
        sent = [mail(WINDOW, 1, PLAN.due_at(WINDOW, 1))]
        assert rule.limit("ada", sent, None, PLAN.due_at(WINDOW, 2)) is Skip.TOO_MANY
        assert rule.limit("ada", sent, None, PLAN.due_at(WINDOW, 3)) is None
        now = PLAN.due_at(WINDOW, 1)
        assert rule.next_due_at(cart, now) == PLAN.due_at(WINDOW, 2)
        assert rule.next_due_at(cart, now, sent) == PLAN.due_at(WINDOW, 3)

    def test_a_cart_that_is_held_out_gets_none(self) -> None:
        rule = structs.replace(PLAN, policy=ReminderPolicy(holdout_percent=50))
        limits = {rule.limit(f"customer-{n}", [], None, NOW) for n in range(20)}
        assert limits == {None, Skip.HELD_OUT}

    def test_a_skip_ends_the_plan_if_no_later_step_could_be_sent(self) -> None:
        for skip in (Skip.CART_EMPTY, Skip.SUPERSEDED, Skip.SUPPRESSED, Skip.ALREADY_SENT):
            assert skip in ENDS_PLAN
        passing = (Skip.TOO_MANY, Skip.TOO_LATE, Skip.HELD_OUT, Skip.MAIL_REFUSED)
        for skip in (*passing, Skip.NO_CONSENT):
            assert skip not in ENDS_PLAN
        for skip in (Skip.ORDERED, Skip.NOTHING_ON_SALE, Skip.OPTED_OUT, Skip.NO_CONSENT):
            assert skip not in ENDS_PLAN, "it may be undone before the next step"
