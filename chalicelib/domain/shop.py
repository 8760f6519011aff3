"""What a shop's developer decides: name, money, languages, mail, reminders, who may call.

The values come from ``shop.toml``; ``chalicelib/adapters/shop_folder.py`` reads and checks it.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from chalicelib.domain import durations
from chalicelib.domain.events import MAX_STEPS
from chalicelib.domain.mail_rate import MAX_RATE
from chalicelib.domain.reminder_policy import Consent, MaxMails, QuietHours

Text = Annotated[str, Meta(min_length=1, max_length=500, description="a text")]
Language = Annotated[
    str,
    Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?\Z", description='a language such as "en" or "de-CH"'),
]
Colour = Annotated[
    str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z", description='a colour such as "#2c5a4b"')
]
Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?\Z",
        description='an origin such as "https://www.example.com"',
    ),
]
Issuer = Annotated[
    str,
    Meta(
        pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?(/[^\s?#]*)?\Z",
        max_length=200,
        description='an issuer such as "https://login.example.com"',
    ),
]
Audience = Annotated[
    str,
    Meta(pattern=r"^[\x21-\x7e]{1,200}\Z", description="the id of a client of the issuer"),
]
Duration = Annotated[
    str, Meta(pattern=durations.PATTERN, description='a duration such as "15m", "3h" or "1d"')
]

DEFAULT_WINDOW: Final = "45m"
"""What a window trades, and why it is no longer: decision 2."""

Prefix = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]{0,15}\Z",
        description="a prefix: up to 16 lower-case letters and digits, a letter first",
    ),
]


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colours of page and mail, for light and dark surroundings."""

    accent: Colour = "#2c5a4b"
    accent_dark: Colour = "#9ccdb8"
    background: Colour = "#f8f5ee"
    background_dark: Colour = "#161512"


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The identity provider of the customers, if it is not the stage's own user pool.

    Attributes:
        issuer: the OpenID Connect issuer, exactly as its tokens name it.
        audience: whom its id tokens are for: the id of the page's client, which has no secret.
    """

    issuer: Issuer
    audience: Audience


class ReminderStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the plan of reminders.

    Attributes:
        after: how long a cart is left alone before it, from the end of the coalescing window.
        texts: the file of ``texts/<language>/`` with its words, without ".toml".
    """

    after: Duration
    texts: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9_]{1,40}\Z",
            description='the name of a file: up to 40 lower-case letters, digits and "_"',
        ),
    ] = "reminder"


class Shop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop on one stage.

    Attributes:
        prefix: what all names on AWS begin with, so that several shops fit into one account.
        name: as page and mail show it.
        support: the address that customers may write to.
        postal_address: the sender's postal address, line by line, which mails have to name.
        currency: ISO 4217.
        time_zone: an IANA name; quiet hours are those of its clock where a customer's own time zone
            is not known.
        languages: BCP 47 tags; the first is used where a customer's own is not among them.
        sender: whom mails come from, an address with or without a display name.
        reply_to: where answers to mails go; the support address where it is left out.
        products: where they are kept: in products.json, or in a table that events feed.
        reminders: when a cart that is left alone is reminded of, and in which words; each later
            than the one before it.
        reminder_window: adds within one such span of time share a wake-up.
        quiet_hours: when nobody is mailed, by the customer's clock.
        max_mails: how many reminders a customer gets in so many days at most.
        max_lateness: how late a reminder may be, after an outage for instance, and still be sent.
        consent: whether reminders are sent until somebody stops them, or to whom asked for them.
        holdout_percent: of so many in a hundred carts nobody is reminded, to compare with.
        mail_rate: mails a second that SES takes from the account, or the shop's part of it.
        allowed_origins: the other origins whose pages may call the API.
        api: which kind of API Gateway's APIs customers call.
        identity: who signs customers in; the stage's user pool where it is left out.
    """

    prefix: Prefix = "cart"
    name: Text
    support: Text
    postal_address: Annotated[
        tuple[Text, ...], Meta(min_length=1, description="a list of one line or more")
    ]
    currency: Annotated[
        str, Meta(pattern=r"^[A-Z]{3}\Z", description="a currency of ISO 4217, in three capitals")
    ]
    time_zone: Text
    languages: Annotated[
        tuple[Language, ...], Meta(min_length=1, description="a list of one language or more")
    ]
    sender: Text
    reply_to: Text | None = None
    colours: Colours = Colours()
    products: Annotated[
        Literal["file", "table"],
        Meta(description='"file" or "table"'),
    ] = "file"
    reminders: Annotated[
        tuple[ReminderStep, ...],
        Meta(min_length=1, max_length=MAX_STEPS, description=f"from 1 to {MAX_STEPS} reminders"),
    ]
    reminder_window: Duration = DEFAULT_WINDOW
    quiet_hours: QuietHours | None = None
    max_mails: MaxMails | None = None
    max_lateness: Duration = "2d"
    consent: Consent = "implied"
    holdout_percent: Annotated[int, Meta(ge=0, le=50, description="from 0 to 50 percent")] = 0
    mail_rate: Annotated[
        int, Meta(ge=1, le=MAX_RATE, description=f"a whole number from 1 to {MAX_RATE}")
    ] = 14
    allowed_origins: tuple[Origin, ...] = ()
    api: Annotated[Literal["rest", "http"], Meta(description='"rest" or "http"')] = "rest"
    identity: Identity | None = None
