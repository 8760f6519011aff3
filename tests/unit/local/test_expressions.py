"""Schedule expressions, by the documentation of EventBridge Scheduler."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.expressions import next_fire

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
BERLIN = "Europe/Berlin"  # forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(
    expression: str, count: int, after: datetime = NEW_YEAR, timezone: str = "UTC"
) -> list[str]:
    """List the first times after ``after``, to the minute."""
    times: list[str] = []
    start = moment = after
    while len(times) < count and (found := next_fire(expression, timezone, moment, start)):
        times.append(f"{found:%Y-%m-%d %H:%M}")
        moment = found
    return times


class TestAt:
    def test_fires_once(self) -> None:
        assert fires("at(2026-03-01T12:00:00)", 3) == ["2026-03-01 12:00"]

    def test_does_not_fire_again_at_its_own_instant(self) -> None:
        due = utc("2026-03-01T12:00:00")
        assert next_fire("at(2026-03-01T12:00:00)", "UTC", due, NEW_YEAR) is None
        just_before = due - timedelta(microseconds=1)
        assert next_fire("at(2026-03-01T12:00:00)", "UTC", just_before, NEW_YEAR) == due

    def test_is_in_the_time_zone_of_the_schedule(self) -> None:
        assert fires("at(2026-07-01T12:00:00)", 1, timezone=BERLIN) == ["2026-07-01 10:00"]
        assert fires("at(2026-01-02T12:00:00)", 1, timezone=BERLIN) == ["2026-01-02 11:00"]

    def test_of_a_skipped_hour_fires_an_hour_later_on_the_clock(self) -> None:
        assert fires("at(2026-03-29T02:30:00)", 1, timezone=BERLIN) == ["2026-03-29 01:30"]

    def test_of_a_repeated_hour_fires_the_first_time(self) -> None:
        assert fires("at(2026-10-25T02:30:00)", 2, timezone=BERLIN) == ["2026-10-25 00:30"]

    @pytest.mark.parametrize(
        "argument",
        [
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00+01:00",
            "2026-03-01T12:00",
            "2026-03-01 12:00:00",
            "2026-02-30T12:00:00",
            "",
        ],
    )
    def test_takes_only_a_full_local_time(self, argument: str) -> None:
        with pytest.raises(ValueError, match=r"at\(\) takes|day is out of range"):
            next_fire(f"at({argument})", "UTC", NEW_YEAR, NEW_YEAR)


class TestRate:
    def test_is_counted_from_the_start(self) -> None:
        after = utc("2026-01-01T00:12:00")
        assert next_fire("rate(5 minutes)", "UTC", after, NEW_YEAR) == utc("2026-01-01T00:15:00")

    def test_fires_at_the_start_first(self) -> None:
        before = NEW_YEAR - timedelta(days=3)
        assert next_fire("rate(2 hours)", "UTC", before, NEW_YEAR) == NEW_YEAR

    def test_fires_after_each_period(self) -> None:
        assert fires("rate(1 hour)", 2) == ["2026-01-01 01:00", "2026-01-01 02:00"]

    def test_counts_a_day_as_24_hours_over_a_change_of_the_clocks(self) -> None:
        noon = utc("2026-03-28T11:00:00")
        assert fires("rate(1 day)", 1, after=noon, timezone=BERLIN) == ["2026-03-29 11:00"]

    @pytest.mark.parametrize("argument", ["0 minutes", "5 seconds", "-1 day", "1.5 hours", "5", ""])
    def test_refuses_what_is_no_period(self, argument: str) -> None:
        with pytest.raises(ValueError, match=r"rate\(\) takes"):
            next_fire(f"rate({argument})", "UTC", NEW_YEAR, NEW_YEAR)


class TestCron:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ("0/15 8-9 * * ? *", ["2026-01-01 08:00", "2026-01-01 08:15", "2026-01-01 08:30"]),
            ("*/30 0 1 * ? *", ["2026-01-01 00:30", "2026-02-01 00:00", "2026-02-01 00:30"]),
            ("15 12 ? * MON-FRI *", ["2026-01-01 12:15", "2026-01-02 12:15", "2026-01-05 12:15"]),
            ("0 8 ? * 1,SAT *", ["2026-01-03 08:00", "2026-01-04 08:00", "2026-01-10 08:00"]),
            ("0 8 ? * mon *", ["2026-01-05 08:00", "2026-01-12 08:00", "2026-01-19 08:00"]),
            ("0 8 1 FEB-APR/2 ? *", ["2026-02-01 08:00", "2026-04-01 08:00", "2027-02-01 08:00"]),
            ("0 8 L * ? *", ["2026-01-31 08:00", "2026-02-28 08:00", "2026-03-31 08:00"]),
            ("0 8 1,L * ? *", ["2026-01-01 08:00", "2026-01-31 08:00", "2026-02-01 08:00"]),
            ("0 8 ? * L *", ["2026-01-03 08:00", "2026-01-10 08:00", "2026-01-17 08:00"]),
            (
                "15 10 ? * 6L 2026-2027",
                ["2026-01-30 10:15", "2026-02-27 10:15", "2026-03-27 10:15"],
            ),
            ("0 8 ? * 3#2 *", ["2026-01-13 08:00", "2026-02-10 08:00", "2026-03-10 08:00"]),
            ("0 8 ? * FRI#5 *", ["2026-01-30 08:00", "2026-05-29 08:00", "2026-07-31 08:00"]),
            ("0 8 29 2 ? *", ["2028-02-29 08:00", "2032-02-29 08:00", "2036-02-29 08:00"]),
        ],
    )
    def test_fires_at_the_documented_times(self, fields: str, expected: list[str]) -> None:
        assert fires(f"cron({fields})", 3) == expected

    def test_weekday_nearest_to_a_day_stays_within_the_month(self) -> None:
        # The 1st of February 2026 is a Sunday, of August a Saturday; the 31st of May a Sunday.
        assert fires("cron(0 8 1W 2,8 ? 2026)", 3) == ["2026-02-02 08:00", "2026-08-03 08:00"]
        assert fires("cron(0 8 31W 2,5 ? 2026)", 3) == ["2026-05-29 08:00"]

    def test_finds_a_leap_day_across_a_century_without_one(self) -> None:
        after = utc("2096-03-01T00:00:00")
        assert fires("cron(0 8 29 2 ? *)", 1, after=after) == ["2104-02-29 08:00"]

    def test_ends_with_its_last_year(self) -> None:
        assert fires("cron(0 8 1 6 ? 2025-2026)", 3) == ["2026-06-01 08:00"]
        assert fires("cron(0 8 30 2 ? *)", 1) == []

    def test_does_not_fire_before_the_start(self) -> None:
        found = next_fire("cron(0 8 * * ? *)", "UTC", NEW_YEAR, utc("2026-06-01T08:00:00"))
        assert found == utc("2026-06-01T08:00:00")

    def test_follows_the_clocks_of_its_time_zone(self) -> None:
        after = utc("2026-03-27T12:00:00")
        assert fires("cron(0 8 * * ? *)", 3, after=after, timezone=BERLIN) == [
            "2026-03-28 07:00",
            "2026-03-29 06:00",
            "2026-03-30 06:00",
        ]

    def test_skips_a_local_time_that_does_not_exist(self) -> None:
        after = utc("2026-03-28T12:00:00")
        expected = ["2026-03-30 00:30"]
        assert fires("cron(30 2 * * ? *)", 1, after=after, timezone=BERLIN) == expected

    def test_fires_once_at_a_local_time_that_comes_twice(self) -> None:
        after = utc("2026-10-24T12:00:00")
        assert fires("cron(30 2 * * ? *)", 2, after=after, timezone=BERLIN) == [
            "2026-10-25 00:30",
            "2026-10-26 01:30",
        ]

    @pytest.mark.parametrize(
        ("fields", "complaint"),
        [
            ("0 8 * * ?", "six fields, not 5"),
            ("0 8 * * * *", "has to be [?]"),
            ("0 8 ? * ? *", "has to be [?]"),
            ("60 8 * * ? *", "'60' is no minute"),
            ("0 24 * * ? *", "'24' is no hour"),
            ("0 8 0 * ? *", "'0' is no day of the month"),
            ("0 8 32W * ? *", "'32' is no day of the month"),
            ("0 8 * 13 ? *", "'13' is no month"),
            ("0 8 ? * 8 *", "'8' is no day of the week"),
            ("0 8 ? * MON#6 *", "'6' is no week of the month"),
            ("0 8 ? * MONDAY *", "'MONDAY' is no day of the week"),
            ("0 8 * * ? 1969", "'1969' is no year"),
            ("0/0 8 * * ? *", "'0' is no step"),
            ("0 20-4 * * ? *", "'20-4' runs backwards"),
            ("0 8, * * ? *", "'' is no hour"),
            ("0 -8 * * ? *", "'' is no hour"),
        ],
    )
    def test_refuses_a_malformed_field_by_name(self, fields: str, complaint: str) -> None:
        with pytest.raises(ValueError, match=complaint):
            next_fire(f"cron({fields})", "UTC", NEW_YEAR, NEW_YEAR)


def test_other_expressions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"not at\(\.\.\.\), rate"):
        next_fire("every day", "UTC", NEW_YEAR, NEW_YEAR)


@pytest.mark.parametrize("timezone", ["Europe/Atlantis", "", "/etc/passwd", "../UTC"])
def test_an_unknown_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        next_fire("rate(1 day)", timezone, NEW_YEAR, NEW_YEAR)
