"""The routes by which guests leave an address and confirm it.

Looking at the page behind the mail's link changes nothing, because programs that scan mails open
every link; posting to it does.
"""

from datetime import timedelta
from html import escape
from string import Template
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from chalice import Blueprint, Response
from msgspec import Meta

from chalicelib import clock, wiring
from chalicelib.domain import events, ids
from chalicelib.domain.addresses import is_mailable
from chalicelib.domain.errors import (
    EventsNotAccepted,
    ExpiredToken,
    ForgedToken,
    GuestUnknown,
    MalformedRequest,
    TransientError,
)
from chalicelib.entrypoints.notice_page import HTML, notice_page
from chalicelib.extensions.guest_reminders import book, links
from chalicelib.extensions.guest_reminders.book import GuestAddress
from chalicelib.extensions.guest_reminders.events import GuestRemindersAsked
from chalicelib.usecases import tokens, wishes
from chalicelib.usecases.cart_requests import Sent
from chalicelib.web.bodies import GuestHeaders, Query
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

if TYPE_CHECKING:
    from chalicelib.domain.texts import Notice
    from chalicelib.extensions.guest_reminders.texts import GuestTexts

routes = Blueprint(__name__)

ASKED_AGAIN_AFTER: Final = timedelta(days=1)
"""How long one mail is all that a guest gets who leaves the same address again."""

_FORGED: Final = 403
_EXPIRED: Final = 410
_PAGES: Final[dict[str, Any]] = {"media_types": (HTML,), "pages": (_FORGED, _EXPIRED)}

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template('<form method="post"><button>$button</button></form>')
_LINK: Final = Template('<a class="button" href="../">$to_shop</a>')


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
@answers(routes, TransientError, **_PAGES)
def get_guest_confirm(link: ConfirmLink, language: Language) -> Response:
    """Show a page that asks whether to remind the reader."""
    return _answer(link, language, confirms=False)


@routes.route("/guest/confirm", methods=["POST"], content_types=[])
@answers(routes, EventsNotAccepted, TransientError, **_PAGES)
def post_guest_confirm(link: ConfirmLink, language: Language) -> Response:
    """Confirm the address; repeating it changes nothing."""
    return _answer(link, language, confirms=True)


def _answer(link: ConfirmLink, language: str, *, confirms: bool) -> Response:
    texts, now = _texts(language), clock.now()
    status, notice, actions = 200, texts.done, _LINK
    try:
        cart_id, asked = links.read(link.token, now)
        if not confirms:
            notice, actions = texts.question, _FORM
        elif (confirmed := book.confirm(cart_id, asked, now)) is not None:
            wishes.allow(cart_id, now, confirmed.wording)
        else:
            status, notice = _EXPIRED, texts.expired
    except ForgedToken:
        status, notice = _FORGED, texts.broken
    except ExpiredToken:
        status, notice = _EXPIRED, texts.expired
    words = {"button": escape(texts.button), "to_shop": escape(texts.to_shop)}
    return _page(notice, language, actions.substitute(words), status)


def _page(notice: "Notice", language: str, actions: str, status: int) -> Response:
    return notice_page(notice, language, actions, root="../", status=status)


def _texts(language: str) -> "GuestTexts":
    from chalicelib.extensions.guest_reminders.texts import (  # noqa: PLC0415 - no other view needs it
        SHOP_TEXTS,
    )

    return wiring.adapters.texts.of(language, *SHOP_TEXTS)
