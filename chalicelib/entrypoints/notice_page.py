"""A page with one thing to say, and perhaps something to decide, in the shop's name and colours."""

from collections.abc import Callable
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from chalice import Response

from chalicelib import wiring
from chalicelib.domain.errors import ExpiredToken, ForgedToken

if TYPE_CHECKING:  # at run time, only who reads texts needs what they are checked with
    from chalicelib.domain.texts import LinkTexts, Notice

HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = {
    "Content-Type": HTML,
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of the page may be a permission
    "X-Content-Type-Options": "nosniff",
}
_FORGED: Final = 403
_EXPIRED: Final = 410
_BACK: Final = Template('<a class="button" href="$back">$to_shop</a>')

LINK_PAGE: Final[dict[str, Any]] = {"media_types": (HTML,), "pages": (_FORGED, _EXPIRED)}
"""What :func:`link_page` may answer."""


def notice_page(
    notice: "Notice",
    language: str,
    actions: Template,
    *,
    root: str = "",
    status: int = HTTPStatus.OK,
    **words: str,
) -> Response:
    """Answer with a page that shows a notice in a language, and what its reader may do.

    ``actions`` are HTML, forms and links, in which ``words`` are filled. ``root`` is the relative
    path from the page to the shop.
    """
    shop = wiring.adapters.shop.name
    words |= {"language": language, "shop": shop, "title": notice.title, "text": notice.text}
    escaped = {name: escape(text) for name, text in words.items()}
    html = _template().substitute(escaped, actions=actions.substitute(escaped), root=root)
    return Response(html, {**_HEADERS, "Content-Language": language}, status_code=status)


def link_page(
    texts: "LinkTexts", language: str, form: Template, follow: Callable[[], bool], *, root: str = ""
) -> Response:
    """Answer who follows the link of a mail.

    ``follow`` reads the link's token, and tells whether it did what the link is for. Looking must
    change nothing, because programs that scan mails open every link: the page asks by ``form``.
    """
    status, notice, actions = int(HTTPStatus.OK), texts.done, _BACK
    try:
        if not follow():
            notice, actions = texts.question, form
    except ForgedToken:
        status, notice = _FORGED, texts.broken
    except ExpiredToken:
        status, notice = _EXPIRED, texts.expired
    words = {"button": texts.button, "to_shop": texts.to_shop, "back": root or "./"}
    return notice_page(notice, language, actions, root=root, status=status, **words)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
