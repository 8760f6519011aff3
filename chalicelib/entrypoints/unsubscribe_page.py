"""No more reminders: the page behind a mail's link, and what mail programs do with one click.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, for programs that scan mails look at every link; posting to it does (RFC 8058).
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import msgspec
from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain import signing
from chalicelib.domain.errors import ExpiredToken, ForgedToken, TransientError
from chalicelib.domain.signing import Purpose
from chalicelib.web.bodies import UnsubscribeLink
from chalicelib.web.views import answers

LINK_LIFETIME: Final = timedelta(days=60)

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


def link_for(cart_id: str) -> str:
    """Return the link that a mail about this cart carries.

    Raises:
        TransientError: the keys could not be read now.
    """
    now = clock.now()
    keys = wiring.signing_keys().current(now)
    token = signing.sign(keys, Purpose.UNSUBSCRIBE, cart_id, now, LINK_LIFETIME)
    return f"{wiring.settings().shop_url}unsubscribe?token={token}"


@unsubscribing.route("/unsubscribe", methods=["GET"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def get_unsubscribe(link: UnsubscribeLink) -> Response:
    """Ask whether the reminders are to stop."""
    return _page(_answer_to(link, lambda _: QUESTION))


@unsubscribing.route("/unsubscribe", methods=["POST"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def post_unsubscribe(link: UnsubscribeLink) -> Response:
    """Stop the reminders, at once and for good; asking twice is the same as once."""

    def opt_out(cart_id: str) -> Words:
        wiring.preferences().opt_out(cart_id, clock.now())
        return DONE

    return _page(_answer_to(link, opt_out))


def _answer_to(link: UnsubscribeLink, do: Callable[[str], Words]) -> Words:
    now = clock.now()
    keys = wiring.signing_keys().current(now)
    try:
        cart_id = signing.cart_in(link.token, Purpose.UNSUBSCRIBE, keys, now)
    except ForgedToken:
        return FORGED
    except ExpiredToken:
        return EXPIRED
    return do(cart_id)


def _page(words: Words) -> Response:
    html = _template().substitute(title=words.title, text=words.text, form=words.form)
    return Response(html, headers=dict(_HEADERS), status_code=words.status)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
