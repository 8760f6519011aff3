"""The page behind a mail's opt-out link, and the one-click opt-out of mail programs.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, for programs that scan mails look at every link; posting to it does (RFC 8058).
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import msgspec
from chalice import Blueprint, Response

from chalicelib import clock
from chalicelib.domain.errors import ExpiredToken, ForgedToken, TransientError
from chalicelib.usecases import wishes
from chalicelib.usecases.tokens import cart_to_unsubscribe
from chalicelib.web.bodies import UnsubscribeLink
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


class Words(msgspec.Struct, frozen=True):
    """What the page says, and with which status."""

    status: int
    title: str
    text: str
    form: str = ""


QUESTION: Final = Words(
    200,
    "No more reminders?",
    "We will not write to you again about what you left in your cart.",
    # To the page's own address, so the token is nowhere in the page.
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>Stop the reminders</button></form>",
)
DONE: Final = Words(
    200, "No more reminders", "Your cart is kept, and we will not remind you of it."
)
FORGED: Final = Words(
    403, "This link is not complete", "Please open it from the mail again, as it is there."
)
EXPIRED: Final = Words(410, "This link has expired", "The link in a more recent mail will work.")

unsubscribing = Blueprint(__name__)

_PAGES: Final[dict[str, Any]] = {"media_types": (_HTML,), "pages": (FORGED.status, EXPIRED.status)}


@unsubscribing.route("/unsubscribe", methods=["GET"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def get_unsubscribe(link: UnsubscribeLink) -> Response:
    """Show a page that asks whether to stop the reminders."""
    return _page(_answer_to(link, clock.now(), lambda _: QUESTION))


@unsubscribing.route("/unsubscribe", methods=["POST"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def post_unsubscribe(link: UnsubscribeLink) -> Response:
    """Stop the reminders, immediately and permanently; repeating it changes nothing."""
    now = clock.now()

    def opt_out(cart_id: str) -> Words:
        wishes.stop(cart_id, now)
        return DONE

    return _page(_answer_to(link, now, opt_out))


def _answer_to(link: UnsubscribeLink, now: datetime, do: Callable[[str], Words]) -> Words:
    try:
        return do(cart_to_unsubscribe(link.token, now))
    except ForgedToken:
        return FORGED
    except ExpiredToken:
        return EXPIRED


def _page(words: Words) -> Response:
    html = _template().substitute(title=words.title, text=words.text, form=words.form)
    return Response(html, headers=dict(_HEADERS), status_code=words.status)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
