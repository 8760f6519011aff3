"""A page with one thing to say, and perhaps something to decide, in the shop's name and colours."""

from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from chalice import Response

from chalicelib import wiring

if TYPE_CHECKING:  # at run time, only who reads texts needs what they are checked with
    from chalicelib.domain.texts import Notice

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


def notice_page(
    notice: "Notice", language: str, actions: str, *, root: str = "", status: int = HTTPStatus.OK
) -> Response:
    """Answer with a page that shows a notice in a language, and what its reader may do.

    ``actions`` are HTML: forms and links. ``root`` is the relative path from the page to the shop.
    """
    words = {
        "language": language,
        "shop": wiring.adapters.shop.name,
        "title": notice.title,
        "text": notice.text,
    }
    escaped = {name: escape(text) for name, text in words.items()}
    html = _template().substitute(escaped, actions=actions, root=root)
    return Response(html, {**_HEADERS, "Content-Language": language}, status_code=status)


@cache
def _template() -> Template:
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
