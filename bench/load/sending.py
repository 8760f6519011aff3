"""Sends what is due with the real handler: batches from the queue, by as many senders as follow.

``send_reminder`` runs as it is: the order within a batch, what a refusal or the end of its time
does, the pauses between receives, and the pace of the mailer. What it does for one reminder, read
the cart, claim, render and mark, is either real as well, on adapters in memory, or only takes its
time: the figures are the same, and a million reminders take minutes instead of an hour.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from bench.load.aws import Queue, Ses, Time
from bench.load.scheduling import START, WakeUp
from chalicelib import clock, wiring
from chalicelib.adapters import ses
from chalicelib.adapters.ses import Mailer
from chalicelib.domain import ids, mail_rate
from chalicelib.domain.mail import Mail
from chalicelib.domain.reminders import ReminderRule
from chalicelib.entrypoints import consumers
from chalicelib.telemetry import logs
from chalicelib.usecases import send_reminder
from infra.local.engine.agenda import Agenda
from infra.local.engine.clock import Clock
from tests.support import builders
from tests.support.catalog import CATALOG, LOCALES, SHOP, TEXTS
from tests.support.fakes import (
    FixedKeys,
    InMemoryCarts,
    InMemoryFailures,
    InMemoryPreferences,
    InMemoryReminderLog,
    InMemorySuppressions,
    RecordingBus,
)
from tests.support.infrastructure import RESOURCES, config_of
from tests.support.products import MUG

OTHER_CALLS_SECONDS: Final = 0.1
"""What a reminder takes beside SES: eight calls of AWS services within the region."""

POLL_SECONDS: Final = 0.05
"""From the end of a batch to the beginning of the next one."""

BATCH: Final = int(RESOURCES["SendReminderMapping"].properties["BatchSize"])
MAX_RECEIVES: Final = int(RESOURCES["ReminderQueue"].properties["RedrivePolicy"]["maxReceiveCount"])
TIMEOUT: Final = float(config_of("send_reminder").lambda_timeout)

_MAIL: Final = Mail(
    to="ada@example.com", name=None, subject="Your cart", text="It waits.", html="<p>It waits.</p>"
)


class Post:
    """The queue, the senders, and when each reminder was sent."""

    def __init__(
        self,
        wake_ups: Sequence[WakeUp],
        client: Ses,
        time: Time,
        rate: int,
        chance: Random,
        *,
        rule: ReminderRule,
        real: bool,
    ) -> None:
        self._wake_ups = wake_ups
        self._time = time
        self._rule = rule
        self._real = real
        self._chance = chance
        self._clock = Clock(START)
        self._agenda = Agenda(self._clock)
        self._back: dict[int, float] = {}
        self.queue = Queue((each.fires for each in wake_ups), MAX_RECEIVES)
        self.sent_at: dict[int, float] = {}
        world = self._world()
        for _ in range(mail_rate.senders(rate)):
            mailer = Mailer(
                client,
                "shop@example.com",
                "cart",
                time.pass_by,
                pace=mail_rate.pace(rate),
                monotonic=lambda: time.at,
            )
            self._plan(0, SimpleNamespace(**world, mailer=mailer))

    def fired_at(self, number: int) -> float:
        """Return when a message came to the queue."""
        return self._wake_ups[number].fires

    def work(self) -> None:
        """Send everything, or give it up."""
        with self._installed():
            while (due := self._agenda.next_due()) is not None:
                self._agenda.run_next(due)

    def _plan(self, at: float, sender: SimpleNamespace) -> None:
        if (visible := self.queue.next_visible()) is not None:
            moment = max(at, visible)
            due = START + timedelta(seconds=moment)
            self._agenda.plan_at(due, "poll", lambda: self._poll(moment, sender))

    def _poll(self, at: float, sender: SimpleNamespace) -> None:
        self._time.at = at
        if batch := self.queue.receive(at, BATCH):
            self._handle(batch, sender)
        self._plan(self._time.at + (POLL_SECONDS if batch else 0), sender)

    def _handle(self, batch: Sequence[int], sender: SimpleNamespace) -> None:
        ends, self._back = self._time.at + TIMEOUT, {}
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: round((ends - self._time.at) * 1_000)
        )
        with mock.patch.object(wiring, "adapters", sender):
            answer = consumers.send_reminder({"Records": [*map(self._record, batch)]}, context)
        if self._time.at > ends:
            raise RuntimeError("The function would have been ended.")
        for failed in answer["batchItemFailures"]:
            number = int(failed["itemIdentifier"])
            self.sent_at.pop(number, None)
            self.queue.put_back(number, self._back[number])

    def _record(self, number: int) -> dict[str, Any]:
        self.sent_at[number] = 0
        return {
            "messageId": str(number),
            "receiptHandle": str(number),
            "body": json.dumps(self._event(number) if self._real else {"number": number}),
            "attributes": {"ApproximateReceiveCount": str(self.queue.receives[number])},
        }

    def _event(self, number: int) -> dict[str, Any]:
        wake_up = self._wake_ups[number]
        added = builders.item_added(
            at=START + timedelta(seconds=wake_up.added), customer=builders.customer(wake_up.cart)
        )
        return {
            **builders.on_bus(builders.wake_up_of(self._rule.of(wake_up.cart), added)),
            "n": number,
        }

    def retry_after(self, handle: str, seconds: int) -> None:
        """Have a message visible again, as the queue's adapter does."""
        self._back[int(handle)] = self._time.at + seconds

    def _world(self) -> dict[str, Any]:
        carts = InMemoryCarts()
        if self._real:
            for each in self._wake_ups:
                at = START + timedelta(seconds=each.added)
                carts.record(each.cart, builders.add(MUG, 2, at), at)
        return {
            "settings": SimpleNamespace(
                reminder_rule=self._rule,
                languages=SHOP.languages,
                shop_url="https://shop.example.com/",
                stage="prod",
            ),
            "catalog": CATALOG,
            "shop": SHOP,
            "locales": LOCALES,
            "texts": TEXTS,
            "carts": carts,
            "failures": InMemoryFailures(),
            "reminder_log": InMemoryReminderLog(),
            "queue": lambda _: self,
            "suppressions": InMemorySuppressions(),
            "preferences": InMemoryPreferences(),
            "signing_keys": FixedKeys(),
            "event_bus": RecordingBus(),
        }

    @contextmanager
    def _installed(self) -> Iterator[None]:
        remind = send_reminder.remind

        def timed(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
            self._time.pass_by(OTHER_CALLS_SECONDS)
            if self._real:
                result = remind(event, now)
                if result["action"] != "sent":
                    raise RuntimeError(f"Every reminder of these is to be sent: {result}")
            else:
                wiring.adapters.mailer.send(_MAIL)
            self.sent_at[int(event["n" if self._real else "number"])] = self._time.at
            return {"action": "sent"}

        built = SimpleNamespace(
            CRLF="\r\n", mailbox=lambda *_: "", unstructured=str, message=lambda *_: b"a mail"
        )
        epoch = (START - ids.EPOCH).total_seconds()
        with ExitStack() as stack:
            for owner, name, replacement in (
                (clock, "read", lambda: int((epoch + self._time.at) * 1e9)),
                (logs, "write", lambda _line: None),
                (send_reminder, "remind", timed),
                (consumers, "random", self._chance),  # how long a message waits
                *(() if self._real else [(ses, "mime", built)]),
            ):
                stack.enter_context(mock.patch.object(owner, name, replacement))
            yield
