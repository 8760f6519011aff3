"""One-time schedules of Amazon EventBridge Scheduler: the wake-ups of reminders, and others.

A schedule puts its event on the bus when it is due, and is deleted after that. None is ever
changed or cancelled, so none can be changed while it fires.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain import events
from chalicelib.domain.events import CartReminderDue, Envelope

# Scheduler refuses a time that has passed and works to the minute, so what is due already is
# scheduled for then.
SOONEST: Final = timedelta(seconds=60)

REMEMBERED: Final = timedelta(minutes=10)
"""How long a process takes it for granted that a schedule exists which it has made or met."""

_MOST_REMEMBERED: Final = 10_000

# Scheduler's default is 185 attempts within a day; a reminder that late is better looked into.
_RETRY_POLICY: Final = {"MaximumRetryAttempts": 30, "MaximumEventAgeInSeconds": 6 * 3600}


class Schedules:
    """The schedules of one schedule group; undeliverable events go to ``dlq_arn``.

    A process remembers the wake-ups of reminders that it has met. Each method raises a
    ``TransientError`` if Scheduler failed for now.
    """

    def __init__(self, client: Any, group: str, role_arn: str, bus_arn: str, dlq_arn: str) -> None:
        self._client = client
        self._group = group
        self._role_arn = role_arn
        self._bus_arn = bus_arn
        self._dlq_arn = dlq_arn
        self._met: dict[str, datetime] = {}

    @translated_errors
    def put(self, name: str, event: Envelope[Any], due_at: datetime, now: datetime) -> bool:
        """Put an event on the bus at ``due_at`` (UTC), or soon if that has passed by ``now``.

        Returns False if there is a schedule with this name already.
        """
        expression = _at(max(due_at, now + SOONEST))
        detail = events.encode(event)
        try:
            self._client.create_schedule(
                Name=name,
                GroupName=self._group,
                ScheduleExpression=expression,
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._bus_arn,
                    "RoleArn": self._role_arn,
                    "Input": detail,
                    "EventBridgeParameters": {
                        "Source": event.data.source,
                        "DetailType": event.data.detail_type,
                    },
                    "RetryPolicy": _RETRY_POLICY,
                    "DeadLetterConfig": {"Arn": self._dlq_arn},
                },
                ClientToken=_token(name, expression, detail),
            )
        except self._client.exceptions.ConflictException:
            return False
        return True

    def schedule(self, wake_up: Envelope[CartReminderDue], due_at: datetime, now: datetime) -> bool:
        """Schedule the wake-up for ``due_at`` (UTC), or for soon if that has passed by ``now``.

        Returns False if there is one for this cart, window and step already. Scheduler is not
        asked where this process knows of it and it cannot have fired.
        """
        due = wake_up.data
        step = "" if due.step == 1 else f".{due.step}"
        name = f"{due.cart_id}-{due.window}{step}"
        met_at = self._met.get(name)
        if met_at and met_at <= now < met_at + REMEMBERED and due_at > now + SOONEST:
            return False
        made = self.put(name, wake_up, due_at, now)
        if len(self._met) >= _MOST_REMEMBERED:
            self._met.clear()
        self._met[name] = now
        return made


def _at(due_at: datetime) -> str:
    """Return the expression for this time in whole seconds, rounded up: never too early."""
    due_at = due_at.astimezone(UTC)
    if due_at.microsecond:
        due_at += timedelta(seconds=1)  # the expression leaves out what is less than a second
    return f"at({due_at:%Y-%m-%dT%H:%M:%S})"


def _token(*parts: str) -> str:
    """Return the same token for the same request, and another one for any other.

    A request that is repeated after a timeout then gets the answer of the first.
    """
    return sha256("\0".join(parts).encode()).hexdigest()
