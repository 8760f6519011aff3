"""The page behind a mail's opt-out link, and the one-click opt-out of mail programs.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, because programs that scan mails open every link; posting to it does (RFC 8058).
"""

from html import escape
from string import Template
from typing import Any, Final

from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain.errors import EventsNotAccepted, ExpiredToken, ForgedToken, TransientError
from chalicelib.entrypoints.notice_page import HTML, notice_page
from chalicelib.usecases import wishes
from chalicelib.usecases.tokens import cart_to_unsubscribe
from chalicelib.web.bodies import UnsubscribeLink
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

_FORGED: Final = 403
_EXPIRED: Final = 410

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template(
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<button>$button</button></form><p><a href="./">$to_shop</a></p>'
)
_LINK: Final = Template('<a class="button" href="./">$to_shop</a>')

unsubscribing = Blueprint(__name__)

_PAGES: Final[dict[str, Any]] = {"media_types": (HTML,), "pages": (_FORGED, _EXPIRED)}


@unsubscribing.route("/unsubscribe", methods=["GET"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def get_unsubscribe(link: UnsubscribeLink, language: Language) -> Response:
    """Show a page that asks whether to stop the reminders."""
    return _answer(link, language, stops=False)


@unsubscribing.route("/unsubscribe", methods=["POST"], content_types=[])
@answers(unsubscribing, EventsNotAccepted, TransientError, **_PAGES)
def post_unsubscribe(link: UnsubscribeLink, language: Language) -> Response:
    """Stop the reminders, immediately and permanently; repeating it changes nothing."""
    return _answer(link, language, stops=True)


def _answer(link: UnsubscribeLink, language: str, *, stops: bool) -> Response:
    now = clock.now()
    texts = wiring.adapters.texts.unsubscribe(language)
    status, notice, actions = 200, texts.done, _LINK
    try:
        cart_id = cart_to_unsubscribe(link.token, now)
        if stops:
            wishes.stop(cart_id, now, "link")
        else:
            notice, actions = texts.question, _FORM
    except ForgedToken:
        status, notice = _FORGED, texts.broken
    except ExpiredToken:
        status, notice = _EXPIRED, texts.expired
    words = {"button": escape(texts.button), "to_shop": escape(texts.to_shop)}
    return notice_page(notice, language, actions.substitute(words), status=status)
