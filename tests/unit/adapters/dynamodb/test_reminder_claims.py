"""One contract for the log and its fake, and what only the log has to promise."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.reminder_claims import Claim, ReminderLog
from chalicelib.domain.errors import ClaimHeld, TransientError
from chalicelib.domain.reminder_outcomes import SentReminder
from tests.support.builders import CART_ID, NOW, new_id
from tests.support.fakes import InMemoryReminderLog
from tests.unit.adapters.conftest import TABLE

WINDOW = 492_345
WAKE_UP = new_id()
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["table", "fake"])
def log(request: pytest.FixtureRequest) -> ReminderLog | InMemoryReminderLog:
    if request.param == "fake":
        return InMemoryReminderLog()
    return ReminderLog(request.getfixturevalue("dynamodb"), TABLE)


def claim(log: ReminderLog, after: timedelta = timedelta(0)) -> Claim:
    claimed = claim_of(log, after=after)
    assert claimed is not None
    return claimed


def claim_of(
    log: ReminderLog,
    cart_id: str = CART_ID,
    window: int = WINDOW,
    step: int = 1,
    after: timedelta = timedelta(0),
) -> Claim | None:
    return log.claim(cart_id, window, step, NOW + after, LEASE, wake_up=WAKE_UP)


# --- The contract ---


def test_the_first_to_claim_may_send(log: ReminderLog) -> None:
    claimed = claim(log)
    assert (claimed.cart_id, claimed.window) == (CART_ID, WINDOW)


def test_nobody_else_may_while_the_claim_holds(log: ReminderLog) -> None:
    claim(log)
    with pytest.raises(ClaimHeld) as caught:
        claim(log, LEASE - SECOND)
    assert caught.value.details == {"held_seconds": 1.0}
    assert isinstance(caught.value, TransientError)


def test_a_claim_that_ran_out_is_free_and_the_next_one_is_another(log: ReminderLog) -> None:
    assert claim(log) != claim(log, LEASE)


def test_what_was_sent_is_never_claimed_again(log: ReminderLog) -> None:
    log.mark_sent(claim(log), NOW, "message-1")
    for after in (timedelta(0), LEASE, timedelta(days=59)):
        assert claim_of(log, after=after) is None


@pytest.mark.parametrize("seconds", [1, 60, 3_600, 40 * 86_400])
def test_a_mail_covers_what_was_added_before_its_window_ended(
    log: ReminderLog, seconds: int
) -> None:
    """Whatever length windows have when somebody asks."""
    ended = NOW.replace(microsecond=0)
    claimed = claim_of(log, window=int(ended.timestamp()))
    assert claimed is not None
    before, after = ended - timedelta(seconds=seconds), ended + timedelta(seconds=seconds)
    assert log.sent(CART_ID) == ()
    log.mark_sent(claimed, NOW, "message-1")
    [sent] = log.sent(CART_ID)
    assert sent.covers(1, before)
    assert sent.covers(1, ended - timedelta(milliseconds=1))
    assert not sent.covers(1, ended)
    assert not sent.covers(1, after)
    assert not sent.covers(2, before)
    assert log.sent("another") == ()


def test_what_was_sent_is_told_with_its_step_its_time_and_its_wake_up(log: ReminderLog) -> None:
    for step in (1, 2, 10):
        claimed = claim_of(log, step=step)
        assert claimed is not None
        later = NOW + timedelta(milliseconds=step)
        assert log.mark_sent(claimed, later, f"message-{step}") == later
    claim_of(log, step=3)
    assert sorted(log.sent(CART_ID), key=lambda one: one.step) == [
        SentReminder(WINDOW, step, NOW + timedelta(milliseconds=step), WAKE_UP, f"message-{step}")
        for step in (1, 2, 10)
    ]


def test_a_reminder_was_sent_when_it_was_marked_first(log: ReminderLog) -> None:
    claimed = claim(log)
    assert log.mark_sent(claimed, NOW, "message-1") == NOW
    assert log.mark_sent(claimed, NOW + SECOND, "message-2") == NOW
    assert [sent.at for sent in log.sent(CART_ID)] == [NOW]


def test_a_released_claim_is_free_at_once(log: ReminderLog) -> None:
    log.release(claim(log))
    claim(log)


def test_windows_steps_and_carts_are_claimed_one_by_one(log: ReminderLog) -> None:
    claim(log)
    assert claim_of(log, window=WINDOW + 1)
    assert claim_of(log, step=2)
    assert claim_of(log, "other")


def test_a_claim_that_ran_out_cannot_release_the_next_one(log: ReminderLog) -> None:
    stale = claim(log)
    claim(log, LEASE)
    log.release(stale)
    with pytest.raises(ClaimHeld):
        claim(log, LEASE)


def test_a_claim_that_ran_out_can_still_tell_that_it_sent(log: ReminderLog) -> None:
    stale = claim(log)
    fresh = claim(log, LEASE)
    log.mark_sent(stale, NOW + LEASE, "message-1")
    log.release(fresh)
    assert claim_of(log, after=2 * LEASE) is None


def test_what_was_sent_stays_sent_whatever_is_released(log: ReminderLog) -> None:
    claimed = claim(log)
    log.mark_sent(claimed, NOW, "message-1")
    log.release(claimed)
    assert claim_of(log) is None


def test_releasing_twice_is_the_same_as_once(log: ReminderLog) -> None:
    claimed = claim(log)
    log.release(claimed)
    log.release(claimed)
    claim(log)


# --- The items ---


def item(client: Any) -> dict[str, Any]:
    key = {"pk": {"S": f"CART#{CART_ID}"}, "sk": {"S": f"REMINDER#{WINDOW}"}}
    return client.get_item(TableName=TABLE, Key=key).get("Item", {})


def test_a_claim_is_an_item_that_says_until_when(dynamodb: Any) -> None:
    claimed = claim(ReminderLog(dynamodb, TABLE))
    found = item(dynamodb)
    assert found["token"] == {"S": claimed.token}
    assert found["held_until"] == {"S": "2026-03-02T09:32:00.000+00:00"}


def test_what_was_sent_keeps_the_first_message_and_no_claim(dynamodb: Any) -> None:
    log = ReminderLog(dynamodb, TABLE)
    claimed = claim(log)
    log.mark_sent(claimed, NOW, "message-1")
    log.mark_sent(claimed, NOW + SECOND, "message-2")
    found = item(dynamodb)
    assert found["sent_at"] == {"S": "2026-03-02T09:30:00.000+00:00"}
    assert found["message_id"] == {"S": "message-1"}
    assert "token" not in found
    assert "held_until" not in found


def test_what_was_sent_is_remembered_longer_than_the_archive_keeps_events(dynamodb: Any) -> None:
    log = ReminderLog(dynamodb, TABLE)
    log.mark_sent(claim(log), NOW, "message-1")
    assert int(item(dynamodb)["expires_at"]["N"]) >= (NOW + timedelta(days=60)).timestamp()


def test_a_claim_that_the_sdk_repeated_after_a_lost_answer_is_claimed(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _: "the-same")
    log = ReminderLog(dynamodb, TABLE)
    assert claim(log) == claim(log)


def test_every_claim_has_a_token_of_its_own(dynamodb: Any) -> None:
    log = ReminderLog(dynamodb, TABLE)
    tokens = {claim(log, number * LEASE).token for number in range(5)}
    assert len(tokens) == 5


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("put_item", claim),
        (
            "update_item",
            lambda log: log.mark_sent(Claim(CART_ID, WINDOW, 1, "t"), NOW, "message-1"),
        ),
        ("delete_item", lambda log: log.release(Claim(CART_ID, WINDOW, 1, "t"))),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_dynamodb_refuses_is_tried_again_later(
    operation: str, call: Callable[[ReminderLog], object]
) -> None:
    client = sdk.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(operation, "ThrottlingException")
        with pytest.raises(TransientError, match="ThrottlingException"):
            call(ReminderLog(client, TABLE))


def test_a_mail_that_was_sent_is_seen_at_once(dynamodb: Any, calls_of: Any) -> None:
    """A read that is not strongly consistent may miss what was written before it."""
    calls = calls_of(dynamodb)
    ReminderLog(dynamodb, TABLE).sent(CART_ID)
    assert [call["ConsistentRead"] for _, call in calls] == [True]
