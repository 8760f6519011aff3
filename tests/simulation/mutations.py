"""Deliberate bugs, each a patch that is applied while histories are played.

Most of them are found in published samples of such systems. Every one must be noticed.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from unittest import mock

import msgspec

from chalicelib import api, consumers, reminder_mail, reminding
from chalicelib.adapters import aws, reminder_schedules
from chalicelib.adapters.carts_table import CartsTable
from chalicelib.adapters.event_bus import EventBus
from chalicelib.adapters.failures import Failures
from chalicelib.adapters.preferences import Preferences
from chalicelib.adapters.reminder_log import Claim, ReminderLog
from chalicelib.adapters.reminder_schedules import ReminderSchedules
from chalicelib.adapters.suppressions import Suppressions
from chalicelib.domain import cart, ids
from chalicelib.domain.cart import EVERY_SKU, Cart, Kind
from chalicelib.domain.errors import TransientError
from chalicelib.domain.reminders import ReminderRule, Send, Skip
from infra.local import resources
from infra.local.functions import AsyncConfig
from infra.local.polling import Mapped

Patch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Mutation:
    """A bug: what is wrong, and how it gets into the code."""

    name: str
    patch: Patch


MUTATIONS: Final[list[Mutation]] = []


def bug(what: str) -> Callable[[Patch], Patch]:
    """Register a function that returns the patch of a bug."""

    def register(patch: Patch) -> Patch:
        MUTATIONS.append(Mutation(what, patch))
        return patch

    return register


def _replace(owner: Any, name: str, value: Any) -> AbstractContextManager[Any]:
    return mock.patch.object(owner, name, value)


# The API and the bus ----------------------------------------------------------------------------


@bug("a retried POST adds twice: the idempotency key is ignored")
def _() -> AbstractContextManager[Any]:
    return _replace(api, "_tail_bits", lambda *_: secrets.randbits(ids.TAIL_BITS))


@bug("the answer of PutEvents is discarded: entries that were refused are lost")
def _() -> AbstractContextManager[Any]:
    original = EventBus._try

    def discard(self: EventBus, entries: Any) -> tuple[list[Any], set[str]]:
        original(self, entries)
        return [], set()

    return _replace(EventBus, "_try", discard)


@bug("a failure to publish is answered 202")
def _() -> AbstractContextManager[Any]:
    original = EventBus.publish

    def publish(self: EventBus, *envelopes: Any, **options: Any) -> None:
        try:
            original(self, *envelopes, **options)
        except TransientError:
            return

    return _replace(EventBus, "publish", publish)


# The cart ---------------------------------------------------------------------------------------


@bug("each delivery of an add counts, as with an ADD expression")
def _() -> AbstractContextManager[Any]:
    original = cart.change_of

    def change_of(event: Any) -> Any:
        change = original(event)
        if change.kind is not Kind.ADD:
            return change
        once_more = ids.event_id(ids.time_of(change.event_id), secrets.randbits(ids.TAIL_BITS))
        return msgspec.structs.replace(change, event_id=once_more)

    return _replace(consumers, "change_of", change_of)


@bug("the last write of an intent wins, instead of the earliest")
def _() -> AbstractContextManager[Any]:
    original = CartsTable._write

    def write(self: CartsTable, *arguments: Any) -> Any:
        update = self._client.update_item

        def unconditional(**request: Any) -> Any:
            del request["ConditionExpression"], request["ExpressionAttributeValues"][":over"]
            return update(**request)

        with mock.patch.object(self._client, "update_item", unconditional):
            return original(self, *arguments)

    return _replace(CartsTable, "_write", write)


@bug("a removal takes away what is there: an add that comes late is back again")
@contextmanager
def _() -> Iterator[None]:
    original = CartsTable.record

    def record(self: CartsTable, cart_id: str, change: Any, now: Any) -> bool:
        lines = [] if change.kind is Kind.ADD else list(self._lines(cart_id))
        for line in lines:
            if change.sku in {EVERY_SKU, line["sk"]["S"].removeprefix("LINE#")}:
                key = {"pk": line["pk"], "sk": line["sk"]}
                self._client.delete_item(TableName=self._table_name, Key=key)
        return original(self, cart_id, change, now)

    with (
        _replace(CartsTable, "record", record),
        _replace(Cart, "_removed_at", lambda *_: ""),
    ):
        yield


@bug("the oldest removal counts, not the youngest")
def _() -> AbstractContextManager[Any]:
    def marks(self: Cart) -> dict[str, str]:
        youngest_first = sorted(self._of(Kind.REMOVE), key=lambda each: each.event_id)[::-1]
        return {removal.sku: removal.event_id for removal in youngest_first}

    return _replace(Cart, "_high_water_marks", property(marks))


@bug("a check-out empties only the lines that it names: none")
def _() -> AbstractContextManager[Any]:
    return _replace(Cart, "_removed_at", lambda self, sku: self._high_water_marks.get(sku, ""))


@bug("an error while writing is logged and forgotten")
def _() -> AbstractContextManager[Any]:
    original = CartsTable.record

    def record(self: CartsTable, *arguments: Any) -> bool:
        try:
            return original(self, *arguments)
        except TransientError:
            return False

    return _replace(CartsTable, "record", record)


# Schedules --------------------------------------------------------------------------------------


@bug("a schedule is named for the cart alone: one reminder a cart, and no more")
def _() -> AbstractContextManager[Any]:
    original = reminder_schedules.ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        create = self._client.create_schedule

        def without_window(**request: Any) -> Any:
            return create(**{**request, "Name": request["Name"].rpartition("-")[0]})

        with mock.patch.object(self._client, "create_schedule", without_window):
            return original(self, wake_up, due_at, now)

    return _replace(ReminderSchedules, "schedule", schedule)


@bug("a reminder whose time has passed already is dropped")
def _() -> AbstractContextManager[Any]:
    original = ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return due_at > now and original(self, wake_up, due_at, now)

    return _replace(ReminderSchedules, "schedule", schedule)


@bug("a time that has passed is scheduled as it is, which Scheduler refuses")
def _() -> AbstractContextManager[Any]:
    original = ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return original(self, wake_up, due_at, min(due_at, now) - timedelta(days=1))

    return _replace(ReminderSchedules, "schedule", schedule)


# Reminders --------------------------------------------------------------------------------------


def _deciding(
    decide: Callable[[ReminderRule, Cart, int], Send | Skip],
) -> AbstractContextManager[Any]:
    return _replace(ReminderRule, "decide", decide)


@bug("what to mail is decided without a look whether the cart is empty by now")
def _() -> AbstractContextManager[Any]:
    def decide(rule: ReminderRule, cart: Cart, window: int) -> Send | Skip:
        last = cart.last_added_at
        return Skip.SUPERSEDED if last and rule.window_of(last) > window else Send(window)

    return _deciding(decide)


@bug("a younger add does not supersede a reminder")
def _() -> AbstractContextManager[Any]:
    return _deciding(lambda _, cart, window: Skip.CART_EMPTY if cart.is_empty else Send(window))


@bug("a mail is accounted to its wake-up, not to the last add")
def _() -> AbstractContextManager[Any]:
    original = ReminderRule.decide

    def decide(rule: ReminderRule, cart: Cart, window: int) -> Send | Skip:
        decision = original(rule, cart, window)
        return Send(window) if isinstance(decision, Send) else decision

    return _deciding(decide)


@bug("a wake-up is due when the window ends, without the delay")
def _() -> AbstractContextManager[Any]:
    return _replace(
        ReminderRule, "due_at", lambda rule, window: ids.EPOCH + (window + 1) * rule.window
    )


@bug("a mail is sent without a claim, and marked after")
def _() -> AbstractContextManager[Any]:
    def claim(self: ReminderLog, cart_id: str, window: int, *_: Any) -> Claim | None:
        answer = self._client.get_item(TableName=self._table_name, Key=_reminder(cart_id, window))
        return None if "sent_at" in answer.get("Item", {}) else Claim(cart_id, window, "none")

    return _replace(ReminderLog, "claim", claim)


@bug("the claim is a lease that has run out when it begins")
def _() -> AbstractContextManager[Any]:
    return _replace(reminding, "LEASE", timedelta())


@bug("a mail is marked before it is sent")
def _() -> AbstractContextManager[Any]:
    original = ReminderLog.claim

    def claim(self: ReminderLog, cart_id: str, window: int, now: Any, lease: Any) -> Any:
        claimed = original(self, cart_id, window, now, lease)
        if claimed is not None:
            self.mark_sent(claimed, now, "soon")
        return claimed

    return _replace(ReminderLog, "claim", claim)


@bug("a mail that was sent is never marked")
def _() -> AbstractContextManager[Any]:
    return _replace(ReminderLog, "mark_sent", lambda *_: None)


@bug("a claim that its holder died with is never given up")
def _() -> AbstractContextManager[Any]:
    return _replace(reminding, "LEASE", timedelta(days=300))


@bug("the SDK repeats SendEmail when it gets no answer")
def _() -> AbstractContextManager[Any]:
    return _replace(aws, "_CONFIGS", {})


@bug("the mail is for whoever was mailed first: a customer kept between invocations")
def _() -> AbstractContextManager[Any]:
    original, kept = reminder_mail.render, list[Any]()

    def render(customer: Any, *arguments: Any, **options: Any) -> Any:
        kept.append(customer)
        return original(kept[0], *arguments, **options)

    return _replace(reminder_mail, "render", render)


@bug("an address that bounced is mailed again")
def _() -> AbstractContextManager[Any]:
    return _replace(Suppressions, "contains", lambda *_: False)


@bug("whoever had the reminders stopped is mailed again")
def _() -> AbstractContextManager[Any]:
    return _replace(Preferences, "has_opted_out", lambda *_: False)


# Queues, retries and failures -------------------------------------------------------------------


@bug("the error of a queue's message is swallowed: it is never tried again")
def _() -> AbstractContextManager[Any]:
    original = consumers._handled
    return _replace(consumers, "_handled", lambda record: original(record) or True)


@bug("the queue's mapping does not report which messages of a batch failed")
def _() -> AbstractContextManager[Any]:
    return _replace(
        resources, "Mapped", lambda **given: Mapped(**{**given, "reports_failures": False})
    )


@bug("consumers have no OnFailure destination")
def _() -> AbstractContextManager[Any]:
    return _replace(resources, "AsyncConfig", _WithoutOnFailure)


class _WithoutOnFailure(AsyncConfig):
    """A configuration that forgets where failures go."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "on_failure", None)


@bug("failures are logged, but not kept")
def _() -> AbstractContextManager[Any]:
    return _replace(Failures, "record", lambda *_: None)


@bug("a failure is kept without the job that failed")
def _() -> AbstractContextManager[Any]:
    original = Failures.record

    def record(self: Failures, failure: Any) -> None:
        original(self, msgspec.structs.replace(failure, job={}))

    return _replace(Failures, "record", record)


def _reminder(cart_id: str, window: int) -> dict[str, Any]:
    return {"pk": {"S": f"CART#{cart_id}"}, "sk": {"S": f"REMINDER#{window}"}}
