"""Bugs in when a reminder is due and whether it is one at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from unittest import mock

from chalicelib.adapters import scheduler
from chalicelib.adapters.scheduler import ReminderSchedules
from chalicelib.domain import ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.reminders import ReminderRule, Send, Skip
from tests.simulation.bugs.registry import bug, replacing


@bug("a schedule is named for the cart alone: one reminder a cart, and no more")
def _() -> AbstractContextManager[Any]:
    original = scheduler.ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        create = self._client.create_schedule

        def without_window(**request: Any) -> Any:
            return create(**{**request, "Name": request["Name"].rpartition("-")[0]})

        with mock.patch.object(self._client, "create_schedule", without_window):
            return original(self, wake_up, due_at, now)

    return replacing(ReminderSchedules, "schedule", schedule)


@bug("a reminder whose time has passed already is dropped")
def _() -> AbstractContextManager[Any]:
    original = ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return due_at > now and original(self, wake_up, due_at, now)

    return replacing(ReminderSchedules, "schedule", schedule)


@bug("a time that has passed is scheduled as it is, which Scheduler refuses")
def _() -> AbstractContextManager[Any]:
    original = ReminderSchedules.schedule

    def schedule(self: ReminderSchedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return original(self, wake_up, due_at, min(due_at, now) - timedelta(days=1))

    return replacing(ReminderSchedules, "schedule", schedule)


def _deciding(
    decide: Callable[[ReminderRule, Cart, int], Send | Skip],
) -> AbstractContextManager[Any]:
    return replacing(ReminderRule, "decide", decide)


@bug("what to mail is decided without a look whether the cart is empty by now")
def _() -> AbstractContextManager[Any]:
    def decide(rule: ReminderRule, cart: Cart, window: int) -> Send | Skip:
        last = cart.last_added_at
        return (
            Skip.SUPERSEDED
            if last and last >= ids.EPOCH + timedelta(seconds=window)
            else Send(window)
        )

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
    return replacing(
        ReminderRule, "due_at", lambda _, window: ids.EPOCH + timedelta(seconds=window)
    )
