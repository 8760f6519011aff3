"""The composition root: which adapter stands behind which name, built when first asked for.

Every Lambda function imports the whole application, so nothing is built at import: a function
pays only for the AWS clients that it uses, once for each execution environment.
"""

import os
from functools import cache

from chalicelib import settings as environment
from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.adapters.dynamodb.failures import Failures
from chalicelib.adapters.dynamodb.preferences import Preferences
from chalicelib.adapters.dynamodb.reminder_claims import ReminderLog
from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.adapters.scheduler import ReminderSchedules
from chalicelib.adapters.ses import Mailer
from chalicelib.adapters.sqs import ReminderQueue
from chalicelib.adapters.ssm import SigningKeys
from chalicelib.settings import Settings


@cache
def settings() -> Settings:
    """Return this stage's settings."""
    return environment.read(os.environ)


@cache
def allowed_origin() -> str | None:
    """Return the other origin whose pages may call the API, if there is one."""
    return environment.allowed_origin(os.environ)


@cache
def carts() -> CartsTable:
    """Return the cart lines in DynamoDB."""
    return CartsTable(sdk.client("dynamodb"), settings().table_name)


@cache
def failures() -> Failures:
    """Return the failed jobs in DynamoDB."""
    return Failures(sdk.client("dynamodb"), settings().table_name)


@cache
def reminder_log() -> ReminderLog:
    """Return the claims on reminders in DynamoDB."""
    return ReminderLog(sdk.client("dynamodb"), settings().table_name)


@cache
def suppressions() -> Suppressions:
    """Return the addresses that take no more mail, in DynamoDB."""
    return Suppressions(sdk.client("dynamodb"), settings().table_name)


@cache
def preferences() -> Preferences:
    """Return what customers do not want, in DynamoDB."""
    return Preferences(sdk.client("dynamodb"), settings().table_name)


@cache
def signing_keys() -> SigningKeys:
    """Return the keys for tokens, in Parameter Store."""
    return SigningKeys(sdk.client("ssm"), settings().signing_keys_parameter)


@cache
def event_bus() -> EventBus:
    """Return the publisher to this stage's EventBridge bus."""
    return EventBus(sdk.client("events"), settings().event_bus_name)


@cache
def reminder_schedules() -> ReminderSchedules:
    """Return the one-time schedules in EventBridge Scheduler."""
    return ReminderSchedules(
        sdk.client("scheduler"),
        group=settings().schedule_group,
        role_arn=settings().scheduler_role_arn,
        bus_arn=settings().event_bus_arn,
        dlq_arn=settings().schedules_dlq_arn,
    )


@cache
def reminder_queue() -> ReminderQueue:
    """Return the SQS queue of reminders that are due."""
    return ReminderQueue(sdk.client("sqs"), settings().reminder_queue_name)


@cache
def mailer() -> Mailer:
    """Return the sender of mails through SES."""
    return Mailer(sdk.client("sesv2"), settings().mail_sender, settings().mail_configuration_set)


def reset() -> None:
    """Forget everything that was built, settings and AWS clients included."""
    accessors = (
        settings,
        allowed_origin,
        carts,
        failures,
        reminder_log,
        suppressions,
        preferences,
        signing_keys,
        event_bus,
        reminder_schedules,
        reminder_queue,
        mailer,
    )
    for accessor in accessors:
        accessor.cache_clear()
    sdk.reset()
