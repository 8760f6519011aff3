"""Bugs in when a reminder is due and whether it is one at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from chalicelib.adapters import scheduler
from chalicelib.adapters.scheduler import Schedules
from chalicelib.domain import ids
from chalicelib.domain.cart import Cart
from chalicelib.domain.pricing import PricedCart
from chalicelib.domain.reminder_outcomes import Send, SentReminder, Skip
from chalicelib.domain.reminders import ReminderRule
from tests.simulation.bugs.ingredients import step
from tests.simulation.bugs.registry import bug, replacing
from tests.simulation.steps import Deploy


@bug("a schedule is named for the cart alone: one reminder a cart, and no more")
def _() -> AbstractContextManager[Any]:
    original = scheduler.Schedules.schedule

    def schedule(self: Schedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        create = self._client.create_schedule

        def without_window(**request: Any) -> Any:
            return create(**{**request, "Name": request["Name"].rpartition("-")[0]})

        with mock.patch.object(self._client, "create_schedule", without_window):
            return original(self, wake_up, due_at, now)

    return replacing(Schedules, "schedule", schedule)


@bug("a reminder whose time has passed already is dropped")
def _() -> AbstractContextManager[Any]:
    original = Schedules.schedule

    def schedule(self: Schedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return due_at > now and original(self, wake_up, due_at, now)

    return replacing(Schedules, "schedule", schedule)


@bug("a time that has passed is scheduled as it is, which Scheduler refuses")
def _() -> AbstractContextManager[Any]:
    original = Schedules.schedule

    def schedule(self: Schedules, wake_up: Any, due_at: Any, now: Any) -> bool:
        return original(self, wake_up, due_at, min(due_at, now) - timedelta(days=1))

    return replacing(Schedules, "schedule", schedule)


def _deciding(
    decide: Callable[[ReminderRule, Cart, int], Send | Skip],
) -> AbstractContextManager[Any]:
    return replacing(ReminderRule, "decide", decide)


class _TakenForSomething(tuple[Any, ...]):
    """Line items that count as some even if there are none."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


@bug("what to mail is decided without a look whether the cart is empty by now")
@contextmanager
def _() -> Iterator[None]:
    def decide(rule: ReminderRule, cart: Cart, window: int) -> Send | Skip:
        last = cart.last_added_at
        return (
            Skip.SUPERSEDED
            if last and last >= ids.EPOCH + timedelta(seconds=window)
            else Send(window)
        )

    items = property(lambda priced: _TakenForSomething(priced.items))
    with _deciding(decide), replacing(PricedCart, "available", items):
        yield


@bug("a younger add does not supersede a reminder")
def _() -> AbstractContextManager[Any]:
    return _deciding(lambda _, cart, window: Skip.CART_EMPTY if cart.is_empty else Send(window))


@bug("a mail is accounted to its wake-up, not to the last add")
@contextmanager
def _() -> Iterator[None]:
    original = ReminderRule.decide

    def decide(rule: ReminderRule, cart: Cart, window: int) -> Send | Skip:
        decision = original(rule, cart, window)
        return Send(window) if isinstance(decision, Send) else decision

    with _deciding(decide), replacing(SentReminder, "covers", lambda *_: False):
        yield


@bug("a cart is mailed again when windows have another length", needs=step(Deploy))
def _() -> AbstractContextManager[Any]:
    return replacing(SentReminder, "covers", lambda *_: False)


@bug("a wake-up is due when the window ends, without the delay")
def _() -> AbstractContextManager[Any]:
    return replacing(
        ReminderRule, "due_at", lambda _, window, *_step: ids.EPOCH + timedelta(seconds=window)
    )
