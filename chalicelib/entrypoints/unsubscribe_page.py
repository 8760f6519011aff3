"""The page behind a mail's opt-out link, and the one-click opt-out of mail programs.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, because programs that scan mails open every link; posting to it does (RFC 8058).
"""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain.errors import EventsNotAccepted, ExpiredToken, ForgedToken, TransientError
from chalicelib.usecases import wishes
from chalicelib.usecases.tokens import cart_to_unsubscribe
from chalicelib.web.bodies import UnsubscribeLink
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

_HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = {
    "Content-Type": _HTML,
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of the page is the permission
    "X-Content-Type-Options": "nosniff",
}
_FORGED: Final = 403
_EXPIRED: Final = 410

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template(
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>$button</button></form>"
)

unsubscribing = Blueprint(__name__)

_PAGES: Final[dict[str, Any]] = {"media_types": (_HTML,), "pages": (_FORGED, _EXPIRED)}


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
    status, notice, form = 200, texts.done, ""
    try:
        cart_id = cart_to_unsubscribe(link.token, now)
        if stops:
            wishes.stop(cart_id, now, "link")
        else:
            notice, form = texts.question, _FORM.substitute(button=escape(texts.button))
    except ForgedToken:
        status, notice = _FORGED, texts.broken
    except ExpiredToken:
        status, notice = _EXPIRED, texts.expired
    words = {
        "language": language,
        "shop": wiring.adapters.shop.name,
        "title": notice.title,
        "text": notice.text,
        "to_shop": texts.to_shop,
    }
    escaped = {name: escape(text) for name, text in words.items()}
    html = _template().substitute(escaped, form=form)
    return Response(html, {**_HEADERS, "Content-Language": language}, status_code=status)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
