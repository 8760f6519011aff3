"""Bugs in plans of reminders: steps, hours, limits, consent, links, and what is told of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any, Final

from msgspec.structs import replace

from chalicelib import extensions
from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.adapters.dynamodb.preferences import Preferences
from chalicelib.adapters.dynamodb.reminder_claims import ReminderLog
from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.domain import ids
from chalicelib.domain.cart import Cart, Kind
from chalicelib.domain.events import RemindersAllowed, ReminderSent, caused_by
from chalicelib.domain.reminder_outcomes import SentReminder, Skip
from chalicelib.domain.reminder_policy import MaxMails, QuietHours, ReminderPolicy
from chalicelib.domain.reminders import ReminderRule
from chalicelib.entrypoints import consumers
from chalicelib.usecases import cart_links, cart_view, wishes
from tests.simulation.bugs.registry import replacing, unseen_by_histories
from tests.support.fakes import InMemoryReminderLog

_EXTENSIONS: Final = "../chalicelib/extensions"
PLANS: Final = f"{_EXTENSIONS}/next_reminder/tests/test_histories.py"
STEPS: Final = f"{_EXTENSIONS}/next_reminder/tests/test_next_reminder.py"
RECOVERED: Final = f"{_EXTENSIONS}/recovered/tests/test_recovered.py"
GUESTS: Final = tuple(
    f"{_EXTENSIONS}/guest_reminders/tests/test_{what}.py"
    for what in ("guest_reminders", "histories")
)
LINKS: Final = "end_to_end/test_cart_links.py"
CONSENT: Final = "end_to_end/test_consent.py"
HOURS: Final = "unit/domain/test_reminder_policy.py"
FACTS: Final = "unit/entrypoints/test_consumers.py"


def _bug(what: str, tests: str, owner: Any, name: str, value: Any) -> None:
    unseen_by_histories(what, partial(replacing, owner, name, value), tests)


def _changed(owner: Any, name: str, change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that calls ``change`` with the one that is there, and its arguments."""
    original = getattr(owner, name)
    return lambda *arguments, **options: change(original, *arguments, **options)


_counted = [0]


def _count() -> int:
    _counted[0] += 1
    return _counted[0]


# Steps

_bug(
    "every step is claimed as if it was the first",
    *(PLANS, SentReminder, "covers"),
    lambda self, _step, at: ids.EPOCH + timedelta(seconds=self.window) > at,
)
_bug(
    "a step is mailed as often as its wake-up comes",
    *(PLANS, ReminderLog, "sent", lambda *_: ()),
)
_bug(
    "two steps of one night are mailed in the same minute",
    PLANS,
    *(ReminderRule, "due_at"),
    lambda self, window, step=1, _zone=None: (
        ids.EPOCH + timedelta(seconds=window) + (self.delay, *self.later)[step - 1]
    ),
)
for next_step in extensions.modules("consumers"):
    if hasattr(next_step, "next_reminder"):
        _bug(
            "a plan ends with the first step that is skipped",
            *(CONSENT, next_step, "ENDS_PLAN", frozenset(Skip)),
        )
_bug(
    "a reminder is promised though no address was known at the last add",
    *("unit/entrypoints/test_customer_api.py", ReminderRule, "has_wake_up", lambda *_: True),
)
_bug(
    "no step follows where the cart was ordered a minute ago, and the order is cancelled",
    *("unit/domain/test_reminders.py", Cart, "may_return", False),
)
_bug(
    "the plan begins anew when a guest's cart is merged again with nothing new",
    *("unit/domain/test_merging.py", Cart, "_merges_of_something"),
    lambda cart: (
        one.event_id for one in cart._of(Kind.MERGE) if not cart._guests[one.sku].is_empty
    ),
)
_bug(
    "a later step is mailed though something was added since",
    PLANS,
    *(ReminderRule, "decide"),
    _changed(
        ReminderRule,
        "decide",
        lambda decide, self, cart, window, step, sent: decide(
            self, cart, window if step == 1 else 2**40, step, sent
        ),
    ),
)
_bug(
    "the next step is due so long after it was scheduled, not after the cart was left alone",
    STEPS,
    *(ReminderRule, "due_at"),
    _changed(
        ReminderRule,
        "due_at",
        lambda due_at, self, window, step=1, zone=None: (
            due_at(self, window, step, zone) + (step - 1) * timedelta(hours=2)
        ),
    ),
)

# Hours and limits

_bug(
    "quiet hours are those of the shop, wherever the customer is",
    PLANS,
    *(ReminderPolicy, "zone"),
    _changed(ReminderPolicy, "zone", lambda zone, self, _name: zone(self, None)),
)
_bug(
    "quiet hours are looked at when a reminder is scheduled, and not when it is due",
    PLANS,
    *(ReminderRule, "limit"),
    _changed(
        ReminderRule,
        "limit",
        lambda limit, *arguments: found if isinstance(found := limit(*arguments), Skip) else None,
    ),
)
_bug(
    "a night has the hours that it has in UTC",
    *(HOURS, QuietHours, "include"),
    _changed(QuietHours, "include", lambda include, self, at, _zone: include(self, at, UTC)),
)
_bug(
    "a mail that waits for the morning is lost",
    *(PLANS, consumers, "PUT_OFF", "nothing"),
)
_bug(
    "a greatest number of mails is one too many",
    PLANS,
    *(MaxMails, "are_reached"),
    _changed(
        MaxMails, "are_reached", lambda reached, self, sent, now: reached(self, list(sent)[1:], now)
    ),
)
_bug(
    "mails of any time count against the greatest number",
    *(HOURS, MaxMails, "are_reached"),
    lambda self, sent, _now: len(list(sent)) >= self.mails,
)
_bug(
    "a cart tells the time of a reminder whatever the limits",
    *(PLANS, cart_view, "unwanted", lambda *_: None),
)

# Consent

_bug(
    "who never asked for reminders is reminded where consent is required",
    *(CONSENT, Preferences, "has_opted_in", lambda *_: True),
)
_bug(
    "consent that was taken back still counts",
    CONSENT,
    *(Preferences, "opt_out"),
    lambda self, cart_id, now: self.opt_in(cart_id, now, ""),
)
_bug(
    "nobody knows what was agreed to",
    CONSENT,
    *(wishes, "RemindersAllowed"),
    lambda cart_id, how, _wording: RemindersAllowed(cart_id, how),
)

# What is told

_bug(
    "what could not be told at first is never told",
    FACTS,
    *(InMemoryReminderLog, "sent"),
    _changed(
        InMemoryReminderLog,
        "sent",
        lambda sent, *arguments: tuple(replace(one, wake_up="") for one in sent(*arguments)),
    ),
)
_bug(
    "a retry tells of a mail by another event",
    FACTS,
    *(SentReminder, "event_of"),
    lambda self, wake_up: caused_by(
        wake_up,
        ids.event_id(datetime.now(UTC), ids.intent_bits(str(datetime.now(UTC)))),
        ReminderSent(wake_up.data.cart_id, self.window, self.step),
    ),
)
_bug(
    "each reading of a link is told as another one",
    *(LINKS, cart_links, "tell"),
    _changed(
        cart_links,
        "tell",
        lambda tell, link: tell(link._replace(at=datetime.fromtimestamp(_count(), UTC))),
    ),
)
_bug(
    "the link of a mail shows the cart for ever",
    *(LINKS, cart_links, "LIFETIME", timedelta(days=3_650)),
)
for report in extensions.modules("report"):
    _bug(
        "an order counts for a reminder of any time before it",
        *(RECOVERED, report, "COUNTS_FOR", timedelta(days=365)),
    )
for recovered in extensions.modules("consumers"):
    if hasattr(recovered, "latest_before"):
        _bug(
            "the dashboard counts an order for any reminder before it",
            *(RECOVERED, recovered, "latest_before", lambda _, mails: next(iter(mails), None)),
        )

# Guests


def _confirmed(known: Callable[..., Any], cart_id: str) -> Any:
    found = known(cart_id)
    return found and replace(found, confirmed=1)


def _whatever_was_asked(
    confirm: Callable[..., Any], book: Any, cart_id: str, _: str, now: datetime
) -> Any:
    return confirm(cart_id, book.read(cart_id).asked, now)


for book, links, routes, guests in (
    [import_module(f"{package}.{name}") for name in ("book", "links", "routes", "consumers")]
    for package in {module.__package__ for module in extensions.modules("book")}
    if (extensions.FOLDER / package.rpartition(".")[2] / "links.py").exists()
):
    for what, owner, name, value in (
        (
            *("an address counts as confirmed as soon as it is left", book, "read"),
            partial(_confirmed, book.read),
        ),
        (
            *("opening the link confirms an address", routes, "_answer"),
            _changed(routes, "_answer", lambda answer, *link, confirms: answer(*link, confirms=1)),
        ),
        (
            *("a link confirms whichever address was left last", book, "confirm"),
            partial(_whatever_was_asked, book.confirm, book),
        ),
        (
            *("an address is asked as often as somebody leaves it", guests, "_claim"),
            _changed(
                *(guests, "_claim"),
                lambda claim, email, request, now: {**claim(email, request, now), "sk": request},
            ),
        ),
        ("a replay asks an address again", guests, "MAX_AGE", timedelta(days=365)),
        ("a link confirms an address for ever", links, "LIFETIME", timedelta(days=3_650)),
        ("an address that bounced is asked", Suppressions, "contains", lambda *_: False),
        ("the address of who became a customer stays", book, "forget", lambda _: 0),
        ("who became a customer is a guest, too", CartsTable, "owner_of", lambda *_: None),
        (
            *("what waits is sent to who became a customer", Preferences, "opt_out"),
            lambda *_: None,
        ),
        ("guests get the first step only", ReminderRule, "steps", property(lambda _: 1)),
    ):
        unseen_by_histories(what, partial(replacing, owner, name, value), *GUESTS)
