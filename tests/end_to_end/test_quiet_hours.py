"""Nobody is mailed in the night, by the customer's own clock."""

import json
from datetime import UTC, datetime

import pytest

from tests.support.plans import open_shop
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR

QUIET = 'quiet_hours = { from = "21:00", until = "08:00" }'
EVENING = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)  # clocks in Europe are set forward in the night


@pytest.fixture
def cloud():
    with open_shop(["3h", "1d"], QUIET, at=EVENING) as cloud:
        yield cloud


def send(cloud, email: str, method: str, path: str, body: object = None, **claims) -> dict:
    headers = {
        "Authorization": f"Bearer {cloud.sign_in(email, **claims)}",
        "Content-Type": "application/json",
    }
    answer = cloud.request(method, path, headers, json.dumps(body) if body else "")
    assert answer.status in {200, 202}
    cloud.settle()
    return dict(json.loads(answer.body))


def add(cloud, email: str, time_zone: str | None = None) -> None:
    send(cloud, email, "POST", "/cart", {"sku": MUG, "quantity": 1}, time_zone=time_zone)


def told(cloud, email: str) -> datetime | None:
    text = send(cloud, email, "GET", "/cart")["reminder_due_at"]
    return datetime.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        (None, 6),  # the shop's, Europe/Berlin: 8:00 is 6:00 UTC since this night
        ("Europe/Berlin", 6),
        ("Mars/Phobos", 6),
        ("Europe/London", 7),
        ("Asia/Kolkata", 2.5),
    ],
)
def test_a_reminder_of_the_evening_comes_in_the_morning(cloud, zone, hour):
    add(cloud, "ada@example.com", zone)
    due_at = told(cloud, "ada@example.com")
    morning = datetime(2026, 3, 29, int(hour), int(hour % 1 * 60), tzinfo=UTC)
    assert due_at is not None
    assert morning <= due_at <= morning.replace(hour=morning.hour + 1)
    cloud.advance((due_at - EVENING).total_seconds() - 2)
    assert cloud.inbox == []
    cloud.advance(60)
    assert len(cloud.inbox) == 1


def test_where_it_is_day_the_reminder_comes_at_once(cloud):
    add(cloud, "ada@example.com", "America/Los_Angeles")
    due_at = told(cloud, "ada@example.com")
    assert due_at is not None
    assert (due_at - EVENING).total_seconds() < 4 * HOUR + 1
    cloud.advance(4 * HOUR + 60)
    assert len(cloud.inbox) == 1


def test_a_mail_that_ses_did_not_take_by_day_is_not_sent_by_night(cloud):
    add(cloud, "ada@example.com", "Atlantic/Azores")  # 17:00 there; the reminder is due by 21:00
    cloud.advance(2.5 * HOUR)
    cloud.faults.arm("ses", 1_000)
    cloud.advance(3 * HOUR)  # to 22:30 there
    cloud.faults.arm("ses", 0)
    cloud.advance(8 * HOUR)
    assert cloud.inbox == []
    cloud.advance(2 * HOUR)
    (mail,) = cloud.inbox
    assert (
        datetime(2026, 3, 29, 8, tzinfo=UTC) <= mail.sent_at <= datetime(2026, 3, 29, 9, tzinfo=UTC)
    )


def test_a_mail_that_waits_is_not_sent_if_the_cart_is_ordered_in_the_night(cloud):
    add(cloud, "ada@example.com", "Atlantic/Azores")
    cloud.advance(2.5 * HOUR)
    cloud.faults.arm("ses", 1_000)
    cloud.advance(3 * HOUR)
    cloud.faults.arm("ses", 0)
    cloud.advance(HOUR)
    send(cloud, "ada@example.com", "POST", "/cart/checkout")
    cloud.advance(2 * DAY)
    assert cloud.inbox == []


def test_a_customer_gets_no_more_mails_than_the_shop_allows():
    with open_shop(["1h", "2h", "3h"], "max_mails = { mails = 2, days = 1 }") as cloud:
        add(cloud, "ada@example.com")
        cloud.advance(3 * HOUR)
        assert len(cloud.inbox) == 2
        assert told(cloud, "ada@example.com") is None
        cloud.advance(DAY)
        assert len(cloud.inbox) == 2
        add(cloud, "ada@example.com")
        cloud.advance(DAY)
        assert len(cloud.inbox) == 4


def test_who_is_held_out_gets_no_mail_and_is_told_of_none():
    with open_shop(["1h"], "holdout_percent = 50") as cloud:
        told_of = {}
        for number in range(12):
            email = f"customer{number}@example.com"
            add(cloud, email)
            told_of[email] = told(cloud, email) is not None
        cloud.advance(3 * HOUR)
        assert set(told_of.values()) == {True, False}
        assert {mail.to[0] for mail in cloud.inbox} == {one for one in told_of if told_of[one]}
        skipped = [
            event["detail"]["data"]["reason"]
            for event in cloud.state()["events"]
            if event["detail-type"] == "ReminderSkipped"
        ]
        assert skipped == ["held_out"] * (12 - len(cloud.inbox))
