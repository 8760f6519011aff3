from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.reminder_policy import (
    MAX_QUIET_MINUTES,
    MaxMails,
    QuietHours,
    ReminderPolicy,
)
from tests.support.builders import NOW
from tests.support.times import DAY, HOUR, MINUTE

NIGHT = QuietHours("21:00", "08:00")
ZONES = (
    *("Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Australia/Eucla", "Pacific/Chatham", "Pacific/Apia", "UTC"),
)
CLOCK = st.times().map(lambda time: f"{time:%H:%M}")
TIMES = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def at(zone: str, text: str, fold: int = 0) -> datetime:
    """Return the moment at which the clock of a zone shows a time."""
    shown = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return shown.astimezone(UTC)


@pytest.mark.parametrize(
    ("shown", "until"),
    [
        ("2026-03-02T12:00", "2026-03-02T12:00"),
        ("2026-03-02T20:59", "2026-03-02T20:59"),
        ("2026-03-02T21:00", "2026-03-03T08:00"),
        ("2026-03-02T23:30", "2026-03-03T08:00"),
        ("2026-03-03T07:59", "2026-03-03T08:00"),
        ("2026-03-03T08:00", "2026-03-03T08:00"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_a_night_ends_in_the_morning_of_the_customers_zone(zone, shown, until):
    policy = ReminderPolicy(time_zone="Asia/Tokyo", quiet_hours=NIGHT)
    assert policy.mailable_from(at(zone, shown), zone) == at(zone, until)


@pytest.mark.parametrize(
    ("zone", "hours", "shown", "until"),
    [
        # The night in which clocks are set forward is an hour shorter, the other one longer.
        ("Europe/Berlin", NIGHT, "2026-03-28T22:00", "2026-03-29T08:00"),
        ("Europe/Berlin", NIGHT, "2026-10-24T22:00", "2026-10-25T08:00"),
        ("America/New_York", NIGHT, "2026-03-07T22:00", "2026-03-08T08:00"),
        ("America/New_York", NIGHT, "2026-10-31T22:00", "2026-11-01T08:00"),
        ("Australia/Lord_Howe", NIGHT, "2026-04-04T22:00", "2026-04-05T08:00"),  # by half an hour
        # Where the end is skipped, the next time that there is; where it comes twice, the first.
        ("Europe/Berlin", QuietHours("22:00", "02:30"), "2026-03-29T01:00", "2026-03-29T03:00"),
        ("Europe/Berlin", QuietHours("22:00", "02:30"), "2026-10-25T01:00", "2026-10-25T02:30"),
        # A day that there was not: Samoa went from Thursday to Saturday.
        ("Pacific/Apia", NIGHT, "2011-12-29T22:00", "2011-12-31T08:00"),
    ],
)
def test_clocks_that_are_set_change_when_a_night_ends(zone, hours, shown, until):
    policy = ReminderPolicy(quiet_hours=hours)
    assert policy.mailable_from(at(zone, shown), zone) == at(zone, until)


def test_a_time_that_comes_twice_is_quiet_twice():
    policy = ReminderPolicy(quiet_hours=QuietHours("22:00", "02:30"))
    second = at("Europe/Berlin", "2026-10-25T02:10", fold=1)
    assert policy.mailable_from(second, "Europe/Berlin") == second + 20 * MINUTE


@given(CLOCK, CLOCK, st.sampled_from(ZONES), TIMES)
def test_no_minute_before_the_end_could_be_mailed_in_and_the_end_can(start, until, zone, moment):
    hours = QuietHours(start, until)
    end = hours.end(moment, ZoneInfo(zone))
    assert not hours.include(end, ZoneInfo(zone))
    assert moment <= end <= moment + DAY + HOUR
    if end > moment:
        assert hours.include(moment, ZoneInfo(zone))
        assert hours.include(end - timedelta(microseconds=1), ZoneInfo(zone))
        assert (end.second, end.microsecond) == (0, 0)


@pytest.mark.parametrize(
    ("shown", "quiet"),
    [("11:59", False), ("12:00", True), ("13:30", True), ("13:59", True), ("14:00", False)],
)
def test_quiet_hours_of_one_day_begin_and_end_by_the_minute(shown, quiet):
    moment = datetime.fromisoformat(f"2026-03-02T{shown}+00:00")
    assert QuietHours("12:00", "14:00").include(moment, UTC) is quiet


def test_hours_that_begin_when_they_end_are_no_quiet_hours():
    assert QuietHours("08:00", "08:00").end(NOW, UTC) == NOW


@pytest.mark.parametrize(
    "zone", [None, "", "Mars/Phobos", "Europe", "Europe/berlin/x", "../../etc/passwd", "x" * 64]
)
def test_where_a_zone_is_unknown_it_is_the_shops(zone):
    policy = ReminderPolicy(time_zone="Asia/Kolkata", quiet_hours=NIGHT)
    night = at("Asia/Kolkata", "2026-03-02T23:00")
    assert policy.mailable_from(night, zone) == at("Asia/Kolkata", "2026-03-03T08:00")


def test_a_shop_whose_own_zone_is_unknown_fails_loudly():
    with pytest.raises(ZoneInfoNotFoundError):
        ReminderPolicy(time_zone="Mars/Phobos", quiet_hours=NIGHT).mailable_from(NOW, None)


def test_without_quiet_hours_nobody_asks_for_a_zone():
    assert ReminderPolicy(time_zone="Mars/Phobos").mailable_from(NOW, "Mars/Phobos") == NOW


@pytest.mark.parametrize(
    ("ages", "reached"),
    [
        ((), False),
        ((1,), False),
        ((1, 6), True),
        ((1, 2, 6), True),
        ((1, 7), False),
        ((7, 8, 9), False),
    ],
)
def test_mails_are_counted_for_so_many_days(ages, reached):
    sent_at = [NOW - age * DAY for age in ages]
    assert MaxMails(mails=2, days=7).are_reached(sent_at, NOW) is reached


def test_the_same_carts_are_held_out_each_time_and_about_as_many_as_asked_for():
    carts = [f"customer-{number}" for number in range(2_000)]
    held = [cart for cart in carts if ReminderPolicy(holdout_percent=10).holds_out(cart)]
    assert held == [cart for cart in carts if ReminderPolicy(holdout_percent=10).holds_out(cart)]
    assert 150 < len(held) < 250
    assert not any(ReminderPolicy().holds_out(cart) for cart in carts)
    more = {cart for cart in carts if ReminderPolicy(holdout_percent=20).holds_out(cart)}
    assert set(held) <= more


@pytest.mark.parametrize(
    ("start", "until", "minutes"),
    [
        ("21:00", "08:00", 660),
        ("08:00", "21:00", 780),
        ("09:15", "09:45", 30),
        ("07:00", "07:00", 0),
    ],
)
def test_quiet_hours_take_so_many_minutes_of_a_day(start, until, minutes):
    assert QuietHours(start, until).minutes == minutes


def test_quiet_hours_leave_eight_hours_of_a_day_to_mail_in():
    assert MAX_QUIET_MINUTES == (24 - 8) * 60


def test_a_reminder_may_be_two_days_late_unless_the_shop_says_otherwise():
    assert ReminderPolicy().max_lateness == (2 * DAY).total_seconds()
    assert ReminderPolicy().holdout_percent == 0


def test_every_cart_is_held_out_if_all_are_and_almost_every_one_if_almost_all_are():
    carts = [f"customer-{number}" for number in range(2_000)]
    assert all(ReminderPolicy(holdout_percent=100).holds_out(cart) for cart in carts)
    assert not all(ReminderPolicy(holdout_percent=99).holds_out(cart) for cart in carts)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"mails": 1, "days": 1}, {"mails": 0, "days": 1}),
        ({"mails": 100, "days": 60}, {"mails": 101, "days": 60}),
        ({"mails": 1, "days": 1}, {"mails": 1, "days": 0}),
        ({"mails": 100, "days": 60}, {"mails": 100, "days": 61}),
        ({"mails": 1, "days": 1}, {"mails": 1, "days": 1, "weeks": 1}),
    ],
)
def test_the_greatest_number_of_mails_has_limits_of_its_own(right, wrong):
    assert msgspec.convert(right, MaxMails) == MaxMails(**right)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, MaxMails)


def test_quiet_hours_are_from_and_until_and_nothing_else():
    night = {"from": "21:00", "until": "08:00"}
    assert msgspec.convert(night, QuietHours) == NIGHT
    for wrong in ({**night, "zone": "UTC"}, {**night, "until": "24:00"}, {"from": "21:00"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, QuietHours)
