"""One contract for each adapter without a table and its fake; the tables' suites have their own."""

import email
import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from moto.backends import get_backend

from chalicelib.adapters import sdk
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.adapters.scheduler import Schedules
from chalicelib.adapters.ses import Mailer
from chalicelib.adapters.ssm import SigningKeys
from chalicelib.domain import events
from chalicelib.domain.errors import TransientError
from chalicelib.domain.events import EVENTS, Envelope, Recipient
from chalicelib.domain.mail import Mail
from chalicelib.domain.signing import Purpose, read, sign
from infra.repair.signing_keys import with_new_key
from tests.support import fakes
from tests.support.builders import (
    ACCOUNT,
    CART_ID,
    NOW,
    REGION,
    checked_out,
    item_added,
    item_removed,
    reminder_due,
)
from tests.support.fakes import FixedKeys, InMemorySchedules, Outbox, RecordingBus
from tests.support.times import DAY, HOUR

BUS, GROUP, PARAMETER = "cart-dev", "cart-reminders-dev", "/cart-dev/signing-keys"
ANY_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}"


def test_every_fake_is_held_to_the_suite_of_its_adapter() -> None:
    suites = "".join(file.read_text() for file in Path(__file__).parent.rglob("test_*.py"))
    for name, fake in inspect.getmembers(fakes, inspect.isclass):
        if issubclass(fake, fakes.Faults) and fake is not fakes.Faults:
            assert f"return {name}()" in suites or f"= {name}()" in suites, name


# --- The bus ---


class Bus(NamedTuple):
    """What publishes, and what tells which events arrived."""

    bus: EventBus | RecordingBus
    arrived: Callable[[], list[Envelope[Any]]]


@pytest.fixture(params=["eventbridge", "fake"])
def listened(request: pytest.FixtureRequest) -> Bus:
    if request.param == "fake":
        fake = RecordingBus()
        return Bus(fake, lambda: fake.published)
    request.getfixturevalue("cloud")
    client, sqs = sdk.client("events"), sdk.client("sqs")
    client.create_event_bus(Name=BUS)
    queue = sqs.create_queue(QueueName="listener")["QueueUrl"]
    pattern = json.dumps({"source": [{"prefix": "cart."}]})
    client.put_rule(Name="all", EventBusName=BUS, EventPattern=pattern)
    target = {"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:listener"}
    client.put_targets(Rule="all", EventBusName=BUS, Targets=[target])

    def arrived() -> list[Envelope[Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
        return [events.parse(json.loads(one["Body"]), *EVENTS, now=NOW) for one in found]

    return Bus(EventBus(client, BUS), arrived)


def test_events_that_are_published_arrive_once_each(listened: Bus) -> None:
    published: list[Envelope[Any]] = [item_added(), item_removed(), checked_out(), reminder_due()]
    listened.bus.publish(*published[:1])
    listened.bus.publish(*published[1:])
    arrived = {one.metadata.event_id: one for one in listened.arrived()}
    assert arrived == {one.metadata.event_id: one for one in published}


def test_publishing_no_event_does_nothing(listened: Bus) -> None:
    listened.bus.publish()
    assert listened.arrived() == []


# --- The schedules ---


class Scheduled(NamedTuple):
    """What schedules wake-ups, and what tells when that of a cart and window is due."""

    schedules: Schedules | InMemorySchedules
    due: Callable[[str, int], datetime]


@pytest.fixture(params=["scheduler", "fake"])
def scheduled(request: pytest.FixtureRequest) -> Scheduled:
    if request.param == "fake":
        fake = InMemorySchedules()
        return Scheduled(fake, lambda cart_id, window: fake.due[cart_id, window])
    request.getfixturevalue("cloud")
    client = sdk.client("scheduler")
    client.create_schedule_group(Name=GROUP)

    def due(cart_id: str, window: int) -> datetime:
        schedule = client.get_schedule(GroupName=GROUP, Name=f"{cart_id}-{window}")
        text = schedule["ScheduleExpression"]
        return datetime.strptime(text, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)

    return Scheduled(Schedules(client, GROUP, ANY_ARN, ANY_ARN, ANY_ARN), due)


def test_the_first_wake_up_of_a_window_stays_and_the_second_is_told(scheduled: Scheduled) -> None:
    assert scheduled.schedules.schedule(reminder_due(1), NOW + DAY, NOW)
    assert not scheduled.schedules.schedule(reminder_due(1), NOW + DAY + HOUR, NOW)
    assert scheduled.due(CART_ID, 1) == NOW + DAY


def test_each_window_and_each_cart_has_a_wake_up_of_its_own(scheduled: Scheduled) -> None:
    bob = Recipient(id="bob", email="bob@example.com")
    for wake_up in (reminder_due(1), reminder_due(2), reminder_due(1, customer=bob)):
        assert scheduled.schedules.schedule(wake_up, NOW + DAY, NOW)
    assert scheduled.due("bob", 1) == scheduled.due(CART_ID, 2) == NOW + DAY


@pytest.mark.parametrize(
    ("due_at", "told"),
    [
        (NOW - 30 * DAY, NOW + timedelta(seconds=60)),
        (NOW, NOW + timedelta(seconds=60)),
        (NOW + timedelta(seconds=61), NOW + timedelta(seconds=61)),
        (NOW + DAY + timedelta(microseconds=1), NOW + DAY + timedelta(seconds=1)),
    ],
)
def test_a_wake_up_is_never_early_and_never_in_the_past(
    scheduled: Scheduled, due_at: datetime, told: datetime
) -> None:
    scheduled.schedules.schedule(reminder_due(1), due_at, NOW)
    assert scheduled.due(CART_ID, 1) == told


# --- The mailer ---


class Mailbox(NamedTuple):
    """What sends mail, and what tells to whom it went, with which subject."""

    mailer: Mailer | Outbox
    arrived: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["ses", "fake"])
def mailbox(request: pytest.FixtureRequest) -> Mailbox:
    if request.param == "fake":
        fake = Outbox()
        return Mailbox(fake, lambda: [(mail.to, mail.subject) for mail in fake.sent])
    request.getfixturevalue("cloud")
    client = sdk.client("sesv2")
    client.create_email_identity(EmailIdentity="shop@example.com")

    def arrived() -> list[tuple[str, str]]:
        sent = get_backend("ses")[ACCOUNT][REGION].sent_messages
        parsed = [(mail, email.message_from_string(mail.raw_data, policy=default)) for mail in sent]
        return [(mail.destinations[0], _subject(message)) for mail, message in parsed]

    return Mailbox(Mailer(client, "shop@example.com", "cart-dev"), arrived)


def _subject(message: EmailMessage | Any) -> str:
    return str(message["Subject"])


def test_each_mail_arrives_once_and_has_an_id_of_its_own(mailbox: Mailbox) -> None:
    mails = [
        Mail(to=to, name=None, subject=f"For {to}", text="Hello", html="<p>Hello</p>")
        for to in ("ada@example.com", "grace@example.com", "ada@example.com")
    ]
    message_ids = [mailbox.mailer.send(mail) for mail in mails]
    assert len(set(message_ids)) == 3
    assert all(message_ids)
    assert mailbox.arrived() == [(mail.to, mail.subject) for mail in mails]


# --- The signing keys ---


@pytest.fixture(params=["parameter store", "fake"])
def keys(request: pytest.FixtureRequest) -> SigningKeys | FixedKeys:
    if request.param == "fake":
        return FixedKeys()
    request.getfixturevalue("cloud")
    ssm = sdk.client("ssm")
    value = with_new_key(with_new_key(None, b"1" * 32, now=1), b"2" * 32, now=2)
    ssm.put_parameter(Name=PARAMETER, Value=value, Type="SecureString")
    return SigningKeys(ssm, PARAMETER)


def test_keys_come_newest_first_and_stay(keys: SigningKeys | FixedKeys) -> None:
    current = keys.current(NOW)
    assert current == keys.current(NOW + HOUR)
    assert [key.created_at for key in current] == sorted(
        (key.created_at for key in current), reverse=True
    )


def test_what_is_signed_with_the_current_keys_is_valid_under_them(
    keys: SigningKeys | FixedKeys,
) -> None:
    token = sign(keys.current(NOW), Purpose.UNSUBSCRIBE, CART_ID, NOW, DAY)
    assert read(token, Purpose.UNSUBSCRIBE, keys.current(NOW), NOW)[0] == CART_ID


# --- What only fakes can do ---


def test_a_fake_fails_as_often_as_it_was_told_to() -> None:
    fake = RecordingBus()
    fake.fail_next(TransientError("No."), TransientError("No."))
    for _ in range(2):
        with pytest.raises(TransientError):
            fake.publish(item_added())
    fake.publish(item_added())
    assert len(fake.published) == 1
