"""What differs from stage to stage, and every name that derives from prefix and stage.

Values come from the function's environment: ``.chalice/config.json`` sets some, and the outputs
of ``infra/templates/foundation.yaml`` the rest. Nothing is read before somebody asks, so
importing, testing and packaging need no environment.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.reminder_policy import DEFAULT_LATENESS, ReminderPolicy
from chalicelib.domain.reminders import ReminderRule

PREFIX: Final = "cart"
"""What all names begin with, unless ``shop.toml`` says otherwise."""
API_HANDLER: Final = "api_handler"
"""What Chalice calls the function behind the API, whose name in Lambda is :attr:`Names.base`."""

REST: Final = "rest"
HTTP: Final = "http"

FILE: Final = "file"
TABLE: Final = "table"
"""Where a shop has its products: in the file of its folder, or in a table of their own."""

MAX_WINDOW: Final = timedelta(days=1)
MAX_DELAY: Final = LIFETIME - MAX_WINDOW - DEFAULT_LATENESS
"""A later reminder would find an empty cart: its changes have expired by then."""

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


class UnusableSetting(Exception):
    """An environment variable is not set, or has a value with which something could not work."""


class Names(msgspec.Struct, frozen=True):
    """The names of a stage's resources on AWS, as in the templates."""

    prefix: str
    stage: str

    @property
    def base(self) -> str:
        """What the names of functions, stacks, alarms and metrics begin with."""
        return f"{self.prefix}-{self.stage}"

    @property
    def bus(self) -> str:
        """The custom bus that all events of this stage are on."""
        return self.base

    @property
    def table(self) -> str:
        """The DynamoDB table with cart lines, reminder claims and failures."""
        return self.base

    @property
    def products_table(self) -> str:
        """The DynamoDB table with the products of a shop that keeps them in one."""
        return f"{self.prefix}-products-{self.stage}"

    @property
    def configuration_set(self) -> str:
        """The SES configuration set that reports bounces and complaints."""
        return self.base

    @property
    def signing_keys_parameter(self) -> str:
        """The SecureString in Parameter Store that tokens are signed with."""
        return f"/{self.base}/signing-keys"

    @property
    def schedule_group(self) -> str:
        """The group of the one-time reminder schedules."""
        return f"{self.prefix}-reminders-{self.stage}"

    def queue(self, consumer: str) -> str:
        """Return the queue of a consumer, such as ``place-order``, or that of the ``reminders``."""
        return f"{self.prefix}-{consumer}-{self.stage}"

    def function(self, name: str) -> str:
        """Return the Lambda function that Chalice makes of ``name``, such as ``persist_cart``."""
        return self.base if name == API_HANDLER else f"{self.base}-{name}"

    def short(self, function: str) -> str:
        """Return what Chalice calls a Lambda function of this stage: the reverse."""
        return function.removeprefix(self.base).removeprefix("-") or API_HANDLER


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one stage; ARNs are AWS's, the shop's URL ends with a slash.

    Customers are those of the user pool, or those of the OpenID Connect ``issuer``.
    """

    names: Names
    event_bus_arn: str
    scheduler_role_arn: str
    schedules_dlq_arn: str
    api: str
    user_pool_arn: str | None
    user_pool_client_id: str | None
    issuer: str | None
    audience: str | None
    reminder_rule: ReminderRule
    mail_sender: str
    mail_rate: int
    products: str
    currency: str
    languages: tuple[str, ...]
    shop_url: str

    @property
    def stage(self) -> str:
        """The stage's own name."""
        return self.names.stage

    @property
    def region(self) -> str:
        """The AWS region that everything is in."""
        return self.event_bus_arn.split(":")[3]


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        UnusableSetting: a variable is missing or empty, or has an invalid value.
    """

    def value(name: str) -> str:
        if not environment.get(name):
            raise UnusableSetting(
                f"{name} is not set. `python -m infra deploy` writes it to .chalice/config.json; "
                "the local cloud sets it by itself."
            )
        return environment[name]

    def matching(name: str, pattern: str, what: str) -> str:
        if not re.fullmatch(pattern, value(name)):
            raise UnusableSetting(f"{name} must be {what}.")
        return value(name)

    def seconds(name: str, least: int, most: timedelta) -> tuple[timedelta, ...]:
        """Read one number of seconds, or several after one another."""
        text = matching(name, r"[0-9]{1,9}(,[0-9]{1,9})*", "a whole number of seconds, or several")
        numbers = [int(number) for number in text.split(",")]
        if not all(least <= number <= most.total_seconds() for number in numbers):
            raise UnusableSetting(
                f"{name} must be from {least} to {most.total_seconds():.0f} seconds."
            )
        return tuple(timedelta(seconds=number) for number in numbers)

    def policy() -> ReminderPolicy:
        try:
            return msgspec.json.decode(
                environment.get("REMINDER_POLICY") or "{}", type=ReminderPolicy
            )
        except msgspec.DecodeError as error:
            raise UnusableSetting(f"REMINDER_POLICY must be as configured: {error}.") from None

    delay, *later = seconds("REMINDER_DELAY_SECONDS", 0, MAX_DELAY)
    issuer = environment.get("IDENTITY_ISSUER") or None
    return Settings(
        names=Names(
            matching("NAME_PREFIX", r"[a-z][a-z0-9]{0,15}", "lower-case letters and digits"),
            matching("STAGE", r"[a-z][a-z0-9]{0,11}", "lower-case letters and digits"),
        ),
        event_bus_arn=value("EVENT_BUS_ARN"),
        scheduler_role_arn=value("SCHEDULER_ROLE_ARN"),
        schedules_dlq_arn=value("SCHEDULES_DLQ_ARN"),
        api=api_type(environment),
        user_pool_arn=None if issuer else value("USER_POOL_ARN"),
        user_pool_client_id=None if issuer else value("USER_POOL_CLIENT_ID"),
        issuer=issuer,
        audience=value("IDENTITY_AUDIENCE") if issuer else None,
        reminder_rule=ReminderRule(
            window=seconds("REMINDER_WINDOW_SECONDS", 1, MAX_WINDOW)[0],
            delay=delay,
            later=tuple(later),
            policy=policy(),
        ),
        mail_sender=value("MAIL_SENDER"),
        mail_rate=int(matching("MAIL_RATE", r"[1-9][0-9]{0,3}", "mails a second, up to 4 digits")),
        products=environment.get("PRODUCTS") or FILE,
        currency=matching("CURRENCY", r"[A-Z]{3}", "a code of ISO 4217"),
        languages=tuple(value("LANGUAGES").split(",")),
        shop_url=matching("SHOP_URL", r"https?://[^\s?#]+/", "an address that ends with a slash"),
    )


def name_prefix(environment: Mapping[str, str]) -> str:
    """Read what all names begin with; it is asked for before the rest is known."""
    return environment.get("NAME_PREFIX") or PREFIX


def api_type(environment: Mapping[str, str]) -> str:
    """Read which kind of API customers call: :data:`REST` or :data:`HTTP`."""
    return environment.get("API_TYPE") or REST


def allowed_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Read which other origins' pages may call the API, such as ``https://www.example.com``.

    They are no part of :class:`Settings`, for answers to errors in those need them, too.

    Raises:
        UnusableSetting: one of them is not an origin; "*" is not one either.
    """
    origins = tuple(filter(None, environment.get("ALLOWED_ORIGINS", "").split(",")))
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise UnusableSetting("ALLOWED_ORIGINS are origins, such as https://www.example.com.")
    return origins
