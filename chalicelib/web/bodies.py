"""What the HTTP API takes and answers, one typed class per body.

Views are annotated with these classes; what they take is validated by them, and
``chalicelib/web/openapi.py`` describes the API from the same annotations. Amounts are integer minor
units (cents) of the named currency, times are UTC in ISO 8601.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain import events, ids
from chalicelib.domain.errors import ErrorBody
from chalicelib.domain.events import UtcTime

VERSION: Final = "1.0"
"""``major.minor`` of the whole contract; a breaking change needs a new major version."""

# These two are described here but checked in the domain, because violating them is answered 422,
# while a malformed body is answered 400.
Sku = Annotated[
    str,
    Meta(
        description="The SKU of a product in the catalogue.",
        extra_json_schema={"pattern": events.SKU_PATTERN},
    ),
]
Quantity = Annotated[
    int,
    Meta(
        description="How many to add, written without a fraction: 2, not 2.0.",
        examples=[1, 2],
        extra_json_schema={"minimum": 1, "maximum": events.MAX_QUANTITY},
    ),
]
RequestId = Annotated[
    str,
    Meta(
        description="The id of an accepted request: a UUIDv7.",
        extra_json_schema={"pattern": ids.PATTERN},
    ),
]
FollowedId = Annotated[
    str,
    Meta(
        description="The id of an accepted request of this client that this one follows.",
        examples=["019b7f3a-0000-7000-8000-000000000000"],
        extra_json_schema={"pattern": ids.PATTERN},
    ),
]
IdempotencyKey = Annotated[
    str,
    Meta(
        description="Names one request for 60 days: its repetitions count once. Another request "
        "with the same key does not count; its status is `repeated`.",
        examples=["3f0c9d1e-first-mug"],
        pattern=r"^[\x21-\x7e]{1,255}\Z",
    ),
]
FileName = Annotated[
    str,
    Meta(
        description="A style sheet, a script or an image of the shop page.",
        examples=["shop.js", "shop.css", "icon.svg"],
    ),
]
PictureName = Annotated[
    str,
    Meta(
        description="A picture of the shop's own, as its products name them.",
        examples=["mug.svg"],
        extra_json_schema={"pattern": r"^[A-Za-z0-9_-]{1,60}\.svg\Z"},
    ),
]
GuestToken = Annotated[
    str, Meta(description="The token that `POST /guest` returned.", max_length=200, min_length=1)
]

CartLinkToken = Annotated[
    str, Meta(description="The token in the link of a reminder.", max_length=200, min_length=1)
]


class Headers(msgspec.Struct, frozen=True):
    """Headers that a view takes."""


class Query(msgspec.Struct, frozen=True):
    """Parameters that a view takes from the query."""


class UnsubscribeLink(Query, frozen=True):
    """What a reminder's link to stop the reminders holds; one that was cut has no token."""

    token: Annotated[
        str, Meta(description="A token that is signed for one cart and valid for 60 days.")
    ] = ""


class ChangeHeaders(Headers, frozen=True):
    """The optional headers of a request that changes a cart.

    ``After`` is the id of a request of the same client that this one follows.
    """

    key: IdempotencyKey | UnsetType = msgspec.field(name="Idempotency-Key", default=UNSET)
    after: FollowedId | UnsetType = msgspec.field(name="After", default=UNSET)


class GuestHeaders(Headers, frozen=True):
    """The header by which a guest is known."""

    guest_token: GuestToken = msgspec.field(name="Guest-Token")


class GuestCartHeaders(Headers, frozen=True):
    """How a cart is known that is read without signing in: a guest's token, or a mail's link."""

    guest_token: GuestToken | UnsetType = msgspec.field(name="Guest-Token", default=UNSET)
    cart_link: CartLinkToken | UnsetType = msgspec.field(name="Cart-Link", default=UNSET)

    def __post_init__(self) -> None:
        if (self.guest_token is UNSET) == (self.cart_link is UNSET):
            raise ValueError("one of Guest-Token and Cart-Link is needed")


class GuestChangeHeaders(ChangeHeaders, frozen=True, kw_only=True):
    """The headers of a guest's request that changes a cart."""

    guest_token: GuestToken = msgspec.field(name="Guest-Token")


class MergeGuestCart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Merge a guest's cart into the customer's."""

    guest_token: GuestToken


class Reminders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether reminders of the cart are wanted."""

    wanted: bool


class NewGuest(msgspec.Struct, frozen=True):
    """A guest with an empty cart; the token alone gives access to it."""

    guest_token: GuestToken
    expires_at: UtcTime


class AddItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Add ``quantity`` of a product to the cart."""

    sku: Sku
    quantity: Quantity


class Links(msgspec.Struct, frozen=True):
    """Where to go next; paths on the same host."""

    status: str
    cart: str


class Accepted(msgspec.Struct, frozen=True):
    """The request was accepted; ``links.status`` shows what became of it."""

    request_id: RequestId
    status: Literal["accepted"]
    links: Links


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The one shape of every error."""

    error: ErrorBody


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product on sale; ``unit_price`` is in minor units of the catalogue's currency.

    ``image`` is the address of its picture, relative to the API's root or at another host, and
    ``url`` that of its own page.
    """

    sku: str
    name: str
    description: str
    unit_price: int
    category: str | None = None
    image: str | None = None
    url: str | None = None


class Products(msgspec.Struct, frozen=True):
    """The catalogue; prices are in minor units of ``currency``."""

    currency: str
    products: tuple[Product, ...]
