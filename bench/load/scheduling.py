"""When the carts of an hour wake up: their adds, their schedules, and Scheduler's quotas."""

import heapq
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from bench.load.aws import PerSecond
from chalicelib.domain.reminders import ReminderRule

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
INVOCATIONS_A_SECOND: Final = 1_000

_RETRIES_OF_LAMBDA: Final = (60.0, 120.0)
"""Seconds before each retry of an asynchronous invocation."""

_ATTEMPTS_OF_THE_SDK: Final = 3


class WakeUp(NamedTuple):
    """A cart, and when its add was made, its reminder is due, and its schedule fires (seconds)."""

    cart: str
    added: float
    due: float
    fires: float


def wake_ups(
    carts: int, within: float, creations: int, random: Random, rule: ReminderRule
) -> tuple[list[WakeUp], int]:
    """Schedule a wake-up for each of so many carts, filled ``within`` seconds.

    Of ``creations`` calls of CreateSchedule a second more are refused. Returns the wake-ups in the
    order in which they fire, and how many schedules could not be made in all attempts.
    """
    quota, lost = PerSecond(creations), 0
    adds = sorted(random.random() * within for _ in range(carts))
    waiting = [(at, 0, number) for number, at in enumerate(adds)]
    made: list[tuple[float, int]] = []
    while waiting:
        at, attempt, number = heapq.heappop(waiting)
        if _is_taken(quota, at, random):
            cart = f"cart-{number}"
            own, added = rule.of(cart), START + timedelta(seconds=adds[number])
            due = (own.due_at(own.window_of(added)) - START).total_seconds()
            made.append((due, number))
        elif attempt < len(_RETRIES_OF_LAMBDA):
            heapq.heappush(waiting, (at + _RETRIES_OF_LAMBDA[attempt], attempt + 1, number))
        else:
            lost += 1
    made.sort()
    fired, invocations = [], PerSecond(INVOCATIONS_A_SECOND)
    last = 0.0
    for due, number in made:
        fires = max(due, last)
        while not invocations.takes(fires):
            fires = int(fires) + 1.0
        last = fires
        fired.append(WakeUp(f"cart-{number}", adds[number], due, fires))
    return fired, lost


def _is_taken(quota: PerSecond, at: float, random: Random) -> bool:
    """Ask as often as the SDK does, with its pauses."""
    for attempt in range(_ATTEMPTS_OF_THE_SDK):
        if quota.takes(at):
            return True
        at += random.random() * 2**attempt
    return False
