"""Figures that no longer stand in the relation to others that they must stand in."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from botocore.config import Config

from chalicelib.adapters import scheduler, sdk
from chalicelib.adapters.dynamodb import items, preferences
from chalicelib.domain import cart, ids, reminder_policy, reminders, signing
from chalicelib.entrypoints import consumers
from chalicelib.usecases import cart_requests, send_reminder, tokens
from tests.simulation.bugs.files import config, edited, template
from tests.simulation.bugs.registry import replacing, unseen_by_histories

RELATIONS: Final = "policies/test_relations.py"


def _figure(what: str, owner: Any, name: str, value: Any) -> None:
    """Register a bug: a constant of the code has another value."""
    unseen_by_histories(what, partial(replacing, owner, name, value), RELATIONS)


def _setting(what: str, change: Any) -> None:
    """Register a bug: a template or ``config.json`` has another value."""
    unseen_by_histories(what, partial(edited, change), RELATIONS)


_figure(
    "a claim is a lease of 25 seconds, and its holder may run for longer",
    *(send_reminder, "LEASE", timedelta(seconds=25)),
)
_figure(
    "a claim outlives the time after which its message comes back",
    *(send_reminder, "LEASE", timedelta(minutes=10)),
)
_figure(
    "an add that is written while its wake-up fires is not taken for late",
    *(reminders, "_TAKEN_FOR_NOW", timedelta(0)),
)
_figure(
    "every add is taken for one that its wake-up missed",
    *(reminders, "_TAKEN_FOR_NOW", timedelta(days=2)),
)
_figure(
    "a job is told to be lost while Lambda still retries it",
    *(cart_requests, "PENDING_FOR", timedelta(minutes=3)),
)
_figure(
    "the API takes requests from further in the future than consumers do",
    *(ids, "MAX_CLOCK_SKEW", timedelta(minutes=10)),
)
_figure(
    "a reminder is too late while it is still tried again",
    *(reminder_policy, "DEFAULT_LATENESS", timedelta(hours=6)),
)
_figure(
    "a reminder comes months after it was due",
    *(reminder_policy, "DEFAULT_LATENESS", timedelta(days=90)),
)
_figure(
    "a run begins with a reminder that it has no time for",
    *(consumers, "TIME_FOR_A_REMINDER", timedelta(seconds=1)),
)
_figure(
    "a run gives most of its batch back, though it has the time",
    *(consumers, "TIME_FOR_A_REMINDER", timedelta(seconds=89)),
)
_figure(
    "DynamoDB deletes a claim before the archive has forgotten its reminder",
    *(items, "RETENTION", timedelta(days=20)),
)
_figure(
    "the link that stops reminders expires before the law lets it",
    *(tokens, "LINK_LIFETIME", timedelta(days=7)),
)
_figure(
    "a guest is known for longer than what they put into the cart counts",
    *(tokens, "GUEST_LIFETIME", timedelta(days=90)),
)
_figure(
    "a cart expires before its reminder comes",
    *(cart, "LIFETIME", timedelta(days=1)),
)
_figure(
    "an opt-out is forgotten after half a year",
    *(preferences, "KEPT_FOR", timedelta(days=180)),
)
_figure(
    "a new key signs before every function knows it",
    *(signing, "KEYS_KEPT_FOR", timedelta(0)),
)
_figure(
    "a message that failed comes back at once",
    *(reminders, "retry_delay", lambda _attempt, _jitter: 0),
)
_figure(
    "Scheduler delivers a reminder days after it was due",
    scheduler,
    "_RETRY_POLICY",
    {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 3 * 86_400},
)
_figure(
    "Scheduler gives up on a reminder after a minute",
    scheduler,
    "_RETRY_POLICY",
    {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
)
_figure(
    "a call to AWS waits for an answer for longer than its function may run",
    *(sdk, "_DEFAULT", sdk._LEAN.merge(Config(read_timeout=30, retries={"total_max_attempts": 3}))),
)
_figure(
    "a client waits for a connection for a minute, as the SDK does by itself",
    *(sdk, "_DEFAULT", sdk._DEFAULT.merge(Config(connect_timeout=60))),
)

_setting(
    "functions are stopped in the middle of the retries of a call",
    config('"lambda_timeout": 20', '"lambda_timeout": 6'),
)
_setting(
    "the API works on after API Gateway has given up on it",
    config('"lambda_timeout": 20', '"lambda_timeout": 60'),
)
_setting(
    "a message that is being handled is handed out once more",
    template("foundation", "VisibilityTimeout: 360", "VisibilityTimeout: 60"),
)
_setting(
    "the archive remembers for longer than a cart counts",
    template("foundation", "RetentionDays: 30", "RetentionDays: 90"),
)
_setting(
    "the archive forgets before the queues do",
    template("foundation", "RetentionDays: 30", "RetentionDays: 7"),
)
_setting(
    "the queue forgets a reminder that is still to be tried again",
    template("foundation", "MessageRetentionPeriod: 345600", "MessageRetentionPeriod: 3600"),
)
_setting(
    "an event is dropped when it waited for a minute",
    template("subscriptions", "MaximumEventAgeInSeconds: 21600", "MaximumEventAgeInSeconds: 60"),
)
_setting(
    "a consumer is never tried again",
    template("subscriptions", "MaximumRetryAttempts: 2\n", "MaximumRetryAttempts: 0\n"),
)
_setting(
    "a reminder comes weeks after the cart is gone",
    config('"REMINDER_DELAY_SECONDS": "86400"', '"REMINDER_DELAY_SECONDS": "8640000"'),
)
