"""The page behind a mail's opt-out link, and the one-click opt-out of mail programs.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, for programs that scan mails look at every link; posting to it does (RFC 8058).
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain.colours import palette
from chalicelib.domain.errors import ExpiredToken, ForgedToken, TransientError
from chalicelib.domain.shop import Colours
from chalicelib.usecases import wishes
from chalicelib.usecases.tokens import cart_to_unsubscribe
from chalicelib.web.bodies import UnsubscribeLink
from chalicelib.web.languages import language_of
from chalicelib.web.views import answers

_HTML: Final = "text/html; charset=utf-8"
_FORGED: Final = 403
_EXPIRED: Final = 410

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template(
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>$button</button></form>"
)

# What the shop page's style sheet calls the colours of a palette.
_VARIABLES: Final = {
    "background": "paper",
    "card": "card",
    "ink": "ink",
    "soft": "muted",
    "rule": "rule",
    "accent": "tea",
    "on_accent": "on-tea",
}

unsubscribing = Blueprint(__name__)

_PAGES: Final[dict[str, Any]] = {"media_types": (_HTML,), "pages": (_FORGED, _EXPIRED)}


@unsubscribing.route("/unsubscribe", methods=["GET"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def get_unsubscribe(link: UnsubscribeLink) -> Response:
    """Show a page that asks whether to stop the reminders."""
    return _answer(link, stops=False)


@unsubscribing.route("/unsubscribe", methods=["POST"], content_types=[])
@answers(unsubscribing, TransientError, **_PAGES)
def post_unsubscribe(link: UnsubscribeLink) -> Response:
    """Stop the reminders, immediately and permanently; repeating it changes nothing."""
    return _answer(link, stops=True)


def _answer(link: UnsubscribeLink, *, stops: bool) -> Response:
    now, language = clock.now(), language_of(unsubscribing.current_request)
    texts = wiring.adapters.texts.unsubscribe(language)
    status, notice, form = 200, texts.done, ""
    try:
        cart_id = cart_to_unsubscribe(link.token, now)
        if stops:
            wishes.stop(cart_id, now)
        else:
            notice, form = texts.question, _FORM.substitute(button=escape(texts.button))
    except ForgedToken:
        status, notice = _FORGED, texts.broken
    except ExpiredToken:
        status, notice = _EXPIRED, texts.expired
    shop = wiring.adapters.shop
    style = _style(shop.colours)
    words = {
        "language": language,
        "shop": shop.name,
        "title": notice.title,
        "text": notice.text,
        "to_shop": texts.to_shop,
    }
    escaped = {name: escape(text) for name, text in words.items()}
    html = _template().substitute(escaped, form=form, style=style)
    return Response(html, headers=_headers(language, style), status_code=status)


def _headers(language: str, style: str) -> dict[str, str | list[str]]:
    """Return the page's headers; no style but the shop's page's and ``style`` is allowed."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return {
        "Content-Type": _HTML,
        "Content-Language": language,
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'self' 'sha256-{digest}'; img-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",  # the address of the page is the permission
        "X-Content-Type-Options": "nosniff",
    }


@cache
def _style(colours: Colours) -> str:
    """Return the variables that give the shop page's style sheet the shop's colours."""
    light = palette(colours.background, colours.accent)._asdict()
    dark = palette(colours.background_dark, colours.accent_dark)._asdict()
    pairs = (
        f"--{variable}:light-dark({light[name]},{dark[name]})"
        for name, variable in _VARIABLES.items()
    )
    return f":root{{{';'.join(pairs)}}}"


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
