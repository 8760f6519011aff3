"""What differs from stage to stage, and every name that derives from the stage.

Values come from the function's environment: ``.chalice/config.json`` sets some, and the outputs
of ``infra/templates/foundation.yaml`` the rest. Nothing is read before somebody asks, so
importing, testing and packaging need no environment.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from chalicelib.domain.reminders import ReminderRule

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


class MissingSetting(Exception):
    """An environment variable that this function needs is not set."""


class MalformedSetting(Exception):
    """An environment variable has a value that means nothing."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one stage; ARNs are AWS's, the shop's URL ends with a slash."""

    stage: str
    event_bus_arn: str
    scheduler_role_arn: str
    schedules_dlq_arn: str
    user_pool_arn: str
    user_pool_client_id: str
    reminder_rule: ReminderRule
    mail_sender: str
    shop_url: str

    @property
    def region(self) -> str:
        """The AWS region that everything is in."""
        return self.event_bus_arn.split(":")[3]

    @property
    def event_bus_name(self) -> str:
        """The custom bus that all events of this stage are on."""
        return f"cart-{self.stage}"

    @property
    def table_name(self) -> str:
        """The DynamoDB table with cart lines, reminder claims and failures."""
        return f"cart-{self.stage}"

    @property
    def signing_keys_parameter(self) -> str:
        """The SecureString in Parameter Store that tokens are signed with."""
        return f"/cart-{self.stage}/signing-keys"

    @property
    def schedule_group(self) -> str:
        """The group of the one-time reminder schedules."""
        return f"cart-reminders-{self.stage}"

    @property
    def mail_configuration_set(self) -> str:
        """The SES configuration set by which bounces and complaints are heard of."""
        return f"cart-{self.stage}"

    @property
    def reminder_queue_name(self) -> str:
        """The queue of reminders that are due."""
        return f"cart-reminders-{self.stage}"


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        MissingSetting: a variable is missing or empty.
    """

    def value(name: str) -> str:
        if not environment.get(name):
            raise MissingSetting(
                f"{name} is not set. `python -m infra deploy` writes it to .chalice/config.json; "
                "the local cloud sets it by itself."
            )
        return environment[name]

    def seconds(name: str) -> timedelta:
        return timedelta(seconds=int(value(name)))

    return Settings(
        stage=value("STAGE"),
        event_bus_arn=value("EVENT_BUS_ARN"),
        scheduler_role_arn=value("SCHEDULER_ROLE_ARN"),
        schedules_dlq_arn=value("SCHEDULES_DLQ_ARN"),
        user_pool_arn=value("USER_POOL_ARN"),
        user_pool_client_id=value("USER_POOL_CLIENT_ID"),
        reminder_rule=ReminderRule(
            window=seconds("REMINDER_WINDOW_SECONDS"), delay=seconds("REMINDER_DELAY_SECONDS")
        ),
        mail_sender=value("MAIL_SENDER"),
        shop_url=value("SHOP_URL"),
    )


def allowed_origin(environment: Mapping[str, str]) -> str | None:
    """Read which other origin's pages may call the API, such as ``https://www.example.com``.

    It is no part of :class:`Settings`, for packaging asks for it before the rest is known.

    Raises:
        MalformedSetting: it is no origin; "*" is none either.
    """
    origin = environment.get("ALLOWED_ORIGIN") or None
    if origin is not None and not _ORIGIN.fullmatch(origin):
        raise MalformedSetting("ALLOWED_ORIGIN is one origin, such as https://www.example.com.")
    return origin
