"""The composition root: builds each adapter on first use.

Members are imported when they are built, too: a function pays only for the AWS clients that it
uses, once for each execution environment.
"""

import os
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import clock
from chalicelib import settings as environment
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.adapters.dynamodb.carts import CartsTable
    from chalicelib.adapters.dynamodb.failures import Failures
    from chalicelib.adapters.dynamodb.preferences import Preferences
    from chalicelib.adapters.dynamodb.reminder_claims import ReminderLog
    from chalicelib.adapters.dynamodb.suppressions import Suppressions
    from chalicelib.adapters.dynamodb.table import Table
    from chalicelib.adapters.eventbridge import EventBus
    from chalicelib.adapters.page_files import PageFiles
    from chalicelib.adapters.scheduler import Schedules
    from chalicelib.adapters.ses import Mailer
    from chalicelib.adapters.shop_folder import Texts
    from chalicelib.adapters.sqs import Queue
    from chalicelib.adapters.ssm import SigningKeys
    from chalicelib.domain.catalog import Catalog
    from chalicelib.domain.locales import Locale
    from chalicelib.domain.shop import Shop

# ruff: noqa: PLC0415  a function that never asks for a member must not load its module


def shop_folder() -> Path:
    """Return the shop's folder, another one where ``SHOP_FOLDER`` names it."""
    return Path(os.environ.get("SHOP_FOLDER") or Path(__file__).with_name("shop"))


def _client(service: str) -> Any:
    from chalicelib.adapters import sdk

    return sdk.client(service)


class Adapters:
    """Everything outside of the application, behind its adapters."""

    @cached_property
    def settings(self) -> Settings:
        """This stage's settings."""
        return environment.read(os.environ)

    @cached_property
    def shop(self) -> "Shop":
        """The shop as it is on this stage."""
        from chalicelib.adapters.shop_folder import read_shop

        return read_shop(shop_folder(), self.settings.stage)

    @cached_property
    def catalog(self) -> "Catalog":
        """What the shop sells on this stage."""
        currency, names = self.settings.currency, self.settings.names
        if self.settings.products == environment.TABLE:
            from chalicelib.adapters.dynamodb.products import TableCatalog

            return TableCatalog(_client("dynamodb"), names.products_table, currency, clock.now)
        from chalicelib.adapters.shop_folder import FileCatalog

        return FileCatalog(shop_folder(), currency, names.stage)

    @cached_property
    def locales(self) -> "dict[str, Locale]":
        """How each of the shop's languages writes money and counts."""
        from chalicelib.adapters.shop_folder import read_locales

        return {locale.language: locale for locale in read_locales(shop_folder())}

    @cached_property
    def texts(self) -> "Texts":
        """What mails and pages say, in each of the shop's languages."""
        from chalicelib.adapters.shop_folder import Texts

        return Texts(shop_folder())

    @cached_property
    def page_files(self) -> "PageFiles":
        """The files of the shop page."""
        from chalicelib.adapters.page_files import PageFiles

        return PageFiles(self.shop, shop_folder())

    @cached_property
    def allowed_origins(self) -> tuple[str, ...]:
        """The other origins whose pages may call the API."""
        return environment.allowed_origins(os.environ)

    @property
    def _table(self) -> tuple[Any, str]:
        return _client("dynamodb"), self.settings.names.table

    @cached_property
    def carts(self) -> "CartsTable":
        """The cart lines in DynamoDB."""
        from chalicelib.adapters.dynamodb.carts import CartsTable

        return CartsTable(*self._table)

    @cached_property
    def failures(self) -> "Failures":
        """The failed jobs in DynamoDB."""
        from chalicelib.adapters.dynamodb.failures import Failures

        return Failures(*self._table)

    @cached_property
    def reminder_log(self) -> "ReminderLog":
        """The claims on reminders in DynamoDB."""
        from chalicelib.adapters.dynamodb.reminder_claims import ReminderLog

        return ReminderLog(*self._table)

    @cached_property
    def suppressions(self) -> "Suppressions":
        """The addresses that get no more mail, in DynamoDB."""
        from chalicelib.adapters.dynamodb.suppressions import Suppressions

        return Suppressions(*self._table)

    @cached_property
    def preferences(self) -> "Preferences":
        """The preferences of customers, in DynamoDB."""
        from chalicelib.adapters.dynamodb.preferences import Preferences

        return Preferences(*self._table)

    @cached_property
    def table(self) -> "Table":
        """The table itself, for what extensions keep in it."""
        from chalicelib.adapters.dynamodb.table import Table

        return Table(*self._table)

    @property
    def signing_keys(self) -> "SigningKeys":
        """The keys for tokens, in Parameter Store."""
        return self.keys("signing-keys")

    @cached_property
    def event_bus(self) -> "EventBus":
        """The publisher to this stage's EventBridge bus."""
        from chalicelib.adapters.eventbridge import EventBus

        return EventBus(_client("events"), self.settings.names.bus)

    @cached_property
    def reminder_schedules(self) -> "Schedules":
        """The one-time schedules in EventBridge Scheduler."""
        return self._schedules(self.settings.scheduler_role_arn)

    # What extensions have of their own, by name.

    @cached_property
    def queue(self) -> "Callable[[str], Queue]":
        """The queue of a consumer, such as ``place-order``."""
        from chalicelib.adapters.sqs import Queue

        return cache(lambda name: Queue(_client("sqs"), self.settings.names.queue(name)))

    @cached_property
    def schedules(self) -> "Callable[[str], Schedules]":
        """The one-time schedules of an extension, such as ``orders``."""
        role_arn = self.settings.scheduler_role_arn
        return cache(lambda name: self._schedules(f"{role_arn}-{name}"))

    def _schedules(self, role_arn: str) -> "Schedules":
        from chalicelib.adapters.scheduler import Schedules

        group, settings = self.settings.names.schedule_group, self.settings
        arns = role_arn, settings.event_bus_arn, settings.schedules_dlq_arn
        return Schedules(_client("scheduler"), group, *arns)

    @cached_property
    def keys(self) -> "Callable[[str], SigningKeys]":
        """The keys of an extension, such as ``payment-keys``."""
        from chalicelib.adapters.ssm import SigningKeys

        base = self.settings.names.base
        return cache(lambda name: SigningKeys(_client("ssm"), f"/{base}/{name}"))

    @cached_property
    def mailer(self) -> "Mailer":
        """The sender of mails through SES."""
        from chalicelib.adapters.ses import Mailer
        from chalicelib.domain.mail_rate import pace

        return Mailer(
            _client("sesv2"),
            self.settings.mail_sender,
            self.settings.names.configuration_set,
            pace=pace(self.settings.mail_rate),
        )


adapters = Adapters()
"""What every entry point and use case asks; tests put their own in its place."""


def reset() -> None:
    """Forget everything that was built, including settings and AWS clients."""
    from chalicelib.adapters import sdk

    global adapters  # noqa: PLW0603 - one object a process is the point
    adapters = Adapters()
    sdk.reset()
