"""The events that this application emits and consumes, one frozen class each.

On the bus an event is Amazon EventBridge's envelope around
``detail = {"metadata": {...}, "data": {...}}``. A class here is the ``data``, and
:class:`Envelope` the detail. Who publishes them:
``chalicelib/usecases/cart_requests.py`` by way of ``chalicelib/adapters/eventbridge.py``; who
consumes them: ``chalicelib/entrypoints/consumers.py``.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain import ids
from chalicelib.domain.errors import MalformedEvent, UnknownEvent, UnsupportedVersion
from chalicelib.domain.validation import UNREADABLE, check_nesting, problem

MAX_QUANTITY: Final = 99
MAX_NAME_LENGTH: Final = 100
MAX_STEPS: Final = 10
"""How many reminders a cart that is left alone may get at most."""
GUEST: Final = "guest-"
"""What the id of a guest's cart begins with, and no customer's."""
MAX_AHEAD: Final = timedelta(minutes=5)
"""How far ahead of a consumer's clock an event may be dated: far more than the assumed skew."""
_MAJOR: Final = re.compile(r"[0-9]{1,4}")
SKU_PATTERN: Final = r"^[A-Z0-9-]{1,32}\Z"

CartId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,48}\Z")]
GuestCartId = Annotated[str, msgspec.Meta(pattern=r"^guest-[0-9a-f]{32}\Z")]
TraceId = Annotated[str, msgspec.Meta(pattern=ids.TRACE_PATTERN)]
EventId = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]
Sku = Annotated[str, msgspec.Meta(pattern=SKU_PATTERN)]
Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\Z")]
Window = Annotated[int, msgspec.Meta(ge=0, le=2**48)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]
# One "@", no white space or control characters; 254 characters is the limit of RFC 5321.
EmailAddress = Annotated[
    str, msgspec.Meta(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+\Z")
]
PersonName = Annotated[str, msgspec.Meta(max_length=MAX_NAME_LENGTH)]
LanguageTag = Annotated[
    str, msgspec.Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
]
TimeZone = Annotated[
    str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*\Z")
]
"""A name of the IANA time zone database. It may be one that nobody knows."""
Step = Annotated[int, msgspec.Meta(ge=1, le=MAX_STEPS)]
ReasonCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}\Z")]
"""A reason from a list that may grow; a consumer has to expect ones that it does not know."""
Wording = Annotated[str, msgspec.Meta(max_length=500, pattern=r"\S")]
AddressHash = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class Recipient(msgspec.Struct, frozen=True):
    """The recipient of a reminder: a customer with a verified address.

    ``locale`` is the language to write in, a BCP 47 tag, and ``time_zone`` where it is read.
    """

    id: CartId
    email: EmailAddress
    name: PersonName | None = None
    locale: LanguageTag | None = None
    time_zone: TimeZone | None = None


class Customer(msgspec.Struct, frozen=True):
    """The owner of the cart; ``id`` is the verified ``sub`` of the id token.

    ``email`` is present only if the user pool has verified it. ``locale`` is the language that the
    customer is answered in, a BCP 47 tag; ``time_zone`` is the customer's own, if it is known.
    """

    id: CartId
    email: EmailAddress | UnsetType = UNSET
    name: PersonName | None = None
    locale: LanguageTag | None = None
    time_zone: TimeZone | None = None

    @property
    def recipient(self) -> Recipient | None:
        """The recipient of a reminder, None if there is no verified address."""
        if self.email is UNSET:
            return None
        return Recipient(self.id, self.email, self.name, self.locale, self.time_zone)


class Event(msgspec.Struct, frozen=True):
    """Something that happened; subclasses say what, and their name is its detail-type.

    ``older`` makes of the data of an older major version that of the next one.
    """

    source: ClassVar[str]
    detail_type: ClassVar[str]
    version: ClassVar[str] = "1.0"
    older: ClassVar[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.detail_type = cls.__name__


class CartEvent(Event, frozen=True):
    """Something that happened to the cart ``cart_id``."""

    cart_id: CartId


class CustomerEvent(CartEvent, frozen=True):
    """Something that a customer did and may be reminded of."""

    customer: Customer

    def __post_init__(self) -> None:
        _require_own_cart(self.cart_id, self.customer)


class ItemAddedToCart(CustomerEvent, frozen=True):
    """A customer, or a guest, put ``quantity`` more of a product into the cart.

    ``unit_price`` is that of the catalogue at this time, in minor units of ``currency``.
    """

    source = "cart.api"
    version = "1.1"

    sku: Sku
    quantity: Quantity
    unit_price: Amount | None = None
    currency: Currency | None = None


class ItemRemovedFromCart(CartEvent, frozen=True):
    """A customer took a product, whatever its quantity, out of the cart."""

    source = "cart.api"

    sku: Sku


class CartCheckedOut(CartEvent, frozen=True):
    """A customer ordered what was in the cart, which is empty from then on."""

    source = "cart.api"


class GuestCartMerged(CustomerEvent, frozen=True):
    """A customer signed in, and what they put into a cart as a guest is in theirs from then on."""

    source = "cart.api"
    version = "1.1"

    guest_cart_id: GuestCartId

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cart_id.startswith(GUEST):
            raise ValueError("`cart_id` is that of a guest")


class RemindersStopped(CartEvent, frozen=True):
    """A customer wants no reminders of the cart any more, as a mail's link or the page told."""

    source = "cart.api"

    how: Literal["link", "page", "operator"]


class RemindersAllowed(CartEvent, frozen=True):
    """A customer wants reminders of the cart, or wants them again.

    ``wording`` is what the customer agreed to, as the page says it.
    """

    source = "cart.api"

    how: Literal["link", "page", "operator"]
    wording: Wording | None = None


class CartReminderDue(CartEvent, frozen=True):
    """It is time to look whether the cart was left alone since a coalescing window.

    ``window`` is the window's end, in epoch seconds; ``step`` is the number of the reminder.
    """

    source = "cart.reminders"
    version = "1.1"

    window: Window
    customer: Recipient
    step: Step = 1

    def __post_init__(self) -> None:
        _require_own_cart(self.cart_id, self.customer)


class ReminderEvent(CartEvent, frozen=True):
    """What became of the reminder ``step`` of a cart that was left alone since a window."""

    source = "cart.reminders"

    window: Window
    step: Step


class ReminderSent(ReminderEvent, frozen=True):
    """A reminder was mailed; ``window`` is that of the last add."""


class ReminderSkipped(ReminderEvent, frozen=True):
    """A reminder was due and was not sent; ``reason`` is one of ``Skip``.

    Should the wake-up be repeated, it is decided again, so that a reminder may still follow.
    """

    reason: ReasonCode


class ReminderFollowed(ReminderEvent, frozen=True):
    """The link in a reminder brought somebody back to the cart; it is dated as the mail is."""


class AddressSuppressed(Event, frozen=True):
    """An address gets no more mail; ``address_hash`` is the same for all spellings of it.

    It is keyed with the stage's signing key, so nobody else can tell whose address it is. A new
    key makes another hash. ``reason`` is ``bounced`` or ``complained``.
    """

    source = "cart.reminders"

    address_hash: AddressHash
    reason: ReasonCode


def _require_own_cart(cart_id: str, customer: Customer | Recipient) -> None:
    """Ensure that a reminder can only concern the customer's own cart."""
    if cart_id != customer.id:
        raise ValueError("`cart_id` is not that of the customer")


EVENTS: Final[tuple[type[Event], ...]] = (
    ItemAddedToCart,
    ItemRemovedFromCart,
    CartCheckedOut,
    GuestCartMerged,
    RemindersStopped,
    RemindersAllowed,
    CartReminderDue,
    ReminderSent,
    ReminderSkipped,
    ReminderFollowed,
    AddressSuppressed,
)

E = TypeVar("E", bound=Event)


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What every event carries besides its data.

    Attributes:
        event_id: UUIDv7; consumers deduplicate on it, because EventBridge's own id changes when an
            event is replayed.
        version: ``major.minor`` of the data's shape; a new major version is a breaking change.
        occurred_at: UTC.
        correlation_id: the event_id of the request that started it all.
        causation_id: the event_id of the event that this one follows from, if there is one.
    """

    event_id: EventId
    version: Version
    occurred_at: UtcTime
    correlation_id: TraceId
    causation_id: TraceId | None = None


class Envelope(msgspec.Struct, Generic[E], frozen=True):
    """An event with its metadata: the ``detail`` of what is on the bus."""

    metadata: Metadata
    data: E


def first(event_id: str, data: E) -> Envelope[E]:
    """Wrap an event that does not follow from another event."""
    return _wrap(event_id, data, correlation_id=event_id, causation_id=None)


def caused_by(cause: Envelope[Any], event_id: str, data: E) -> Envelope[E]:
    """Wrap an event that follows from ``cause``."""
    return _wrap(
        event_id,
        data,
        correlation_id=cause.metadata.correlation_id,
        causation_id=cause.metadata.event_id,
    )


def _wrap(event_id: str, data: E, *, correlation_id: str, causation_id: str | None) -> Envelope[E]:
    metadata = Metadata(
        event_id=event_id,
        version=data.version,
        occurred_at=ids.time_of(event_id),
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
    return Envelope(metadata, data)


def encode(envelope: Envelope[Any]) -> str:
    """Return the JSON text of ``detail``."""
    return msgspec.json.encode(envelope).decode()


def parse(event: Mapping[str, Any], *kinds: type[E], now: datetime) -> Envelope[E]:
    """Read an event of one of these kinds from the envelope that EventBridge delivers.

    Unknown fields are ignored, so that producers can add some. Data of an older major version is
    made that of the class, where the class says how. An event dated after ``now`` is
    refused: the id is the cart's clock. Such an add could never be removed, and such a removal
    would remove every later add.

    Raises:
        UnknownEvent: it is not of one of these kinds.
        UnsupportedVersion: its major version is not the one of the class.
        MalformedEvent: it does not have the shape of the class, or is dated in the future.
    """
    kind = _kind_of(event, kinds)
    detail = event.get("detail")
    try:
        check_nesting(detail)
        _check_text(detail)
        of_its_version = _of_its_version(detail, kind)
        envelope: Envelope[E] = msgspec.convert(of_its_version, Envelope[kind])  # type: ignore[valid-type]
    except UNREADABLE as error:
        raise MalformedEvent(problem(f"The event {kind.detail_type}", error)) from None
    if ids.time_of(envelope.metadata.event_id) > now + MAX_AHEAD:
        raise MalformedEvent(f"The event {kind.detail_type} is dated in the future.")
    return envelope


def _kind_of(event: Mapping[str, Any], kinds: tuple[type[E], ...]) -> type[E]:
    source, detail_type = event.get("source"), event.get("detail-type")
    for kind in kinds:
        if (kind.source, kind.detail_type) == (source, detail_type):
            return kind
    raise UnknownEvent(
        "This consumer does not know the event.",
        source=str(source)[:64],
        detail_type=str(detail_type)[:64],
    )


def _check_text(detail: object) -> None:
    """Refuse lone surrogates: JSON can escape one, but no log or mail can contain it."""
    try:
        msgspec.json.encode(detail)
    except UnicodeEncodeError as error:
        raise MalformedEvent("The event holds text that is not Unicode.") from error


def _of_its_version(detail: Any, kind: type[Event]) -> Any:
    """Return the detail with its data as the class has it, whatever older version it is of."""
    match detail:
        case {"metadata": {"version": str(version)}}:
            major, own = version.partition(".")[0], kind.version.partition(".")[0]
        case _:
            raise MalformedEvent(f"The event {kind.detail_type} has no version in its metadata.")
    data = detail.get("data")
    while major != own and _MAJOR.fullmatch(major) and int(major) in kind.older:
        try:
            data, major = kind.older[int(major)](data), str(int(major) + 1)
        except (KeyError, TypeError, ValueError):
            raise MalformedEvent(
                f"The event {kind.detail_type} is not of the version that it claims."
            ) from None
    if major != own:
        raise UnsupportedVersion(
            f"The event {kind.detail_type} is supported in version {kind.version}.",
            version=version[:16],
        )
    return {**detail, "data": data} if "data" in detail else detail
