"""The routes by which guests leave an address and confirm it, by posting to a page."""

from datetime import timedelta
from string import Template
from typing import Annotated, Final, Literal

import msgspec
from chalice import Blueprint, Response
from msgspec import Meta

from chalicelib import clock, wiring
from chalicelib.domain import events, ids
from chalicelib.domain.addresses import is_mailable
from chalicelib.domain.errors import (
    EventsNotAccepted,
    ExpiredToken,
    GuestUnknown,
    MalformedRequest,
    TransientError,
)
from chalicelib.entrypoints.notice_page import LINK_PAGE, link_page
from chalicelib.extensions.guest_reminders import book, links
from chalicelib.extensions.guest_reminders.book import GuestAddress
from chalicelib.extensions.guest_reminders.events import GuestRemindersAsked
from chalicelib.usecases import tokens, wishes
from chalicelib.usecases.cart_requests import Sent
from chalicelib.web.bodies import GuestHeaders, Query
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

routes = Blueprint(__name__)

ASKED_AGAIN_AFTER: Final = timedelta(days=1)
"""How long one mail is all that a guest gets who leaves the same address again."""

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template('<form method="post"><button>$button</button></form>')


class GuestReminders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a guest wants to be reminded of the cart."""

    email: events.EmailAddress


class GuestRemindersState(msgspec.Struct, frozen=True):
    """Whether the address is confirmed; if not, a mail is on its way to it that asks for that."""

    status: Literal["unconfirmed", "confirmed"]


class ConfirmLink(Query, frozen=True):
    """What the link in a mail holds that asks to confirm; one that was cut has no token."""

    token: Annotated[
        str, Meta(description="A token that is signed for one request and valid for 7 days.")
    ] = ""


@routes.route("/guest/cart/reminders", methods=["PUT"])
@answers(routes, GuestUnknown, MalformedRequest, EventsNotAccepted, TransientError)
def put_guest_reminders(
    wanted: GuestReminders, headers: GuestHeaders, language: Language
) -> GuestRemindersState:
    """Leave an address to be reminded at of the guest's cart.

    It is used once it is confirmed: a mail asks for that, one for each address and day.
    """
    sent = Sent(clock.now())
    cart_id = tokens.cart_of(headers.guest_token, sent.at)
    if wiring.adapters.carts.owner_of(cart_id) is not None:
        raise GuestUnknown("This guest's cart has become a customer's.")
    if not is_mailable(wanted.email):
        raise MalformedRequest("No mail can be sent to this address.")
    known, asked = book.read(cart_id), GuestRemindersAsked(cart_id)
    if known and known.email == wanted.email:
        if known.confirmed:
            return GuestRemindersState("confirmed")
        if sent.at < ids.time_of(known.asked) + ASKED_AGAIN_AFTER:  # its link must stay valid
            wiring.adapters.event_bus.publish(events.first(known.asked, asked))
            return GuestRemindersState("unconfirmed")
    event_id = sent.event_id(cart_id, asked.detail_type)
    wording = wiring.adapters.texts.consent(language)
    book.write(cart_id, GuestAddress(wanted.email, language, wording, event_id), sent.at)
    wiring.adapters.event_bus.publish(events.first(event_id, asked))
    return GuestRemindersState("unconfirmed")


@routes.route("/guest/confirm", methods=["GET"], content_types=[])
@answers(routes, TransientError, **LINK_PAGE)
def get_guest_confirm(link: ConfirmLink, language: Language) -> Response:
    """Show a page that asks whether to remind the reader."""
    return _answer(link, language, confirms=False)


@routes.route("/guest/confirm", methods=["POST"], content_types=[])
@answers(routes, EventsNotAccepted, TransientError, **LINK_PAGE)
def post_guest_confirm(link: ConfirmLink, language: Language) -> Response:
    """Confirm the address; repeating it changes nothing."""
    return _answer(link, language, confirms=True)


def _answer(link: ConfirmLink, language: str, *, confirms: bool) -> Response:
    from chalicelib.extensions.guest_reminders.texts import (  # noqa: PLC0415 - no other view needs it
        SHOP_TEXTS,
    )

    def follow() -> bool:
        now = clock.now()
        cart_id, asked = links.read(link.token, now)
        if confirms:
            confirmed = book.confirm(cart_id, asked, now)
            if confirmed is None:
                raise ExpiredToken("Another address was left since, or none is known.")
            wishes.allow(cart_id, now, confirmed.wording)
        return confirms

    texts = wiring.adapters.texts.of(language, *SHOP_TEXTS)
    return link_page(texts, language, _FORM, follow, root="../")
